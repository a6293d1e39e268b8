//! The stylesheet, the script and the icon, embedded in the binary. Their addresses contain the hash of what they hold, so a
//! browser keeps each for ever and still never sees an old one.

use std::sync::LazyLock;

use axum::extract::RawPathParams;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::refusal::{PageError, PageResult};

/// A file of the site's own.
pub(crate) struct Asset {
    content: &'static str,
    content_type: &'static str,
    address: LazyLock<String>,
}

macro_rules! asset {
    ($name:literal, $content_type:literal) => {
        Asset {
            content: include_str!(concat!("../../assets/", $name)),
            content_type: $content_type,
            address: LazyLock::new(|| address($name, include_str!(concat!("../../assets/", $name)))),
        }
    };
}

pub(super) static STYLE: Asset = asset!("site.css", "text/css; charset=utf-8");
pub(super) static SCRIPT: Asset = asset!("site.js", "text/javascript; charset=utf-8");
static ICON: Asset = asset!("icon.svg", "image/svg+xml");

impl Asset {
    /// Where it is served.
    pub(super) fn address(&'static self) -> &'static str {
        &self.address
    }
}

fn address(name: &str, content: &str) -> String {
    let hash = Sha256::digest(content.as_bytes());
    format!("/assets/{}/{name}", BASE64_URL_SAFE_NO_PAD.encode(&hash[..9]))
}

/// A file by its address; one of an older release is not there any more.
pub(super) async fn file(params: RawPathParams) -> PageResult {
    let params: Vec<&str> = params.iter().map(|(_, value)| value).collect();
    let path = format!("/assets/{}", params.join("/"));
    let asset = [&STYLE, &SCRIPT, &ICON].into_iter().find(|asset| asset.address() == path);
    let asset = asset.ok_or_else(|| PageError::not_found("there is no such file; reload the page that named it"))?;
    Ok(kept_for_ever(asset))
}

/// The icon at the address where browsers look for one.
pub(super) async fn icon() -> Response {
    ([(CONTENT_TYPE, ICON.content_type), (CACHE_CONTROL, "public, max-age=86400")], ICON.content).into_response()
}

fn kept_for_ever(asset: &Asset) -> Response {
    let headers = [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, asset.content).into_response()
}

//! What the addresses of these pages name.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use cargohold_protocol::Version;

use crate::extract::param;
use crate::pages::refusal::PageError;

/// A crate and one of its versions.
pub(in crate::pages) struct VersionPath {
    pub(in crate::pages) name: String,
    pub(in crate::pages) version: Version,
}

impl<S: Send + Sync> FromRequestParts<S> for VersionPath {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let version = version(&param(parts, state, "version").await?)?;
        Ok(Self { name: param(parts, state, "name").await?, version })
    }
}

/// A file or a folder in a package, without a `/` at the end; nothing for the package itself.
pub(super) struct FilePath(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for FilePath {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let path = param(parts, state, "path").await.unwrap_or_default();
        Ok(Self(path.trim_end_matches('/').to_owned()))
    }
}

/// The version that a text spells.
///
/// # Errors
/// When it spells none: then there is no page of it.
pub(super) fn version(text: &str) -> Result<Version, PageError> {
    let no_version = |_| PageError::not_found(format!("`{text}` is no version; versions look like `1.2.3`"));
    text.parse().map_err(no_version)
}

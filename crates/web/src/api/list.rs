//! `GET /api/v1/crates`: what `cargo search` asks for.

use axum::extract::State;
use axum::http::Uri;
use cargohold_protocol::api::{CrateList, CrateListMeta};
use cargohold_registry::ListQuery;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::Json;

const DEFAULT_PER_PAGE: usize = 10;
const MAX_PER_PAGE: usize = 100;
/// The last page that is served; what lies behind it belongs into a dump.
const MAX_PAGE: usize = 200;

pub(super) async fn list(State(app): State<App>, uri: Uri) -> ApiResult<Json<CrateList>> {
    let pairs: Vec<(String, String)> = query_pairs(uri.query().unwrap_or_default());
    let page = positive(&pairs, "page")?.unwrap_or(1);
    let per_page = positive(&pairs, "per_page")?.unwrap_or(DEFAULT_PER_PAGE);
    if scalar(&pairs, "seek")?.is_some() {
        return Err(ApiError::bad_request("`seek` is not supported yet; use `page`"));
    }
    if per_page > MAX_PER_PAGE {
        return Err(ApiError::bad_request(format!("`per_page` is at most {MAX_PER_PAGE}; ask for several pages")));
    }
    if page > MAX_PAGE {
        return Err(ApiError::bad_request(format!(
            "page {page} is behind the last one, {MAX_PAGE}; narrow the search"
        )));
    }
    let text = scalar(&pairs, "q")?.filter(|text| !text.is_empty()).map(|text| text.replace('+', " "));
    let query = ListQuery { text, offset: (page - 1) * per_page, limit: per_page };
    let (crates, total) = app.registry.list_crates(&query).await?;
    let next_page = (crates.len() >= per_page).then(|| with_page(&pairs, page + 1));
    let prev_page = (page > 1).then(|| with_page(&pairs, page - 1));
    Ok(Json(CrateList { crates, meta: CrateListMeta { total, next_page, prev_page } }))
}

fn query_pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into();
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// The value of a parameter that may be given once.
fn scalar(pairs: &[(String, String)], key: &str) -> Result<Option<String>, ApiError> {
    let mut values = pairs.iter().filter(|(name, _)| name == key).map(|(_, value)| value.clone());
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(ApiError::bad_request(format!("`{key}` is given twice; give it once"))),
        (Some(value), None) if value.contains('\0') => {
            Err(ApiError::bad_request(format!("`{key}` contains a NUL character; remove it")))
        }
        (value, None) => Ok(value),
    }
}

fn positive(pairs: &[(String, String)], key: &str) -> Result<Option<usize>, ApiError> {
    let Some(text) = scalar(pairs, key)? else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(number @ 1..) => Ok(usize::try_from(number).ok()),
        _ => Err(ApiError::bad_request(format!("`{key}` must be a positive number, not `{text}`"))),
    }
}

/// The query string of another page of the same list.
fn with_page(pairs: &[(String, String)], page: usize) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let kept =
        pairs.iter().filter(|(key, _)| key != "page").map(|(key, value)| format!("{}={}", encode(key), encode(value)));
    let all: Vec<_> = kept.chain([format!("page={page}")]).collect();
    format!("?{}", all.join("&"))
}

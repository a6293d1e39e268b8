//! The table of API routes.

mod download;
mod list;
mod owners;
mod publish;
mod yank;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, get, put};

use crate::app::App;
use crate::error::envelope;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/crates", get(list::list))
        .route("/api/v1/crates/new", put(publish::publish))
        .route("/api/v1/crates/{name}/owners", get(owners::list).put(owners::add).delete(owners::remove))
        .route("/api/v1/crates/{name}/{version}/yank", delete(yank::yank))
        .route("/api/v1/crates/{name}/{version}/unyank", put(yank::unyank))
        .route("/api/v1/crates/{name}/{version}/download", get(download::redirect))
}

/// The answer to an address that is none.
pub(crate) async fn not_found() -> Response {
    envelope(StatusCode::NOT_FOUND, "Not Found: there is nothing at this address; check its spelling".to_owned())
}

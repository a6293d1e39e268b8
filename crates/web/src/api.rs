//! The table of API routes. A handler's annotation is its entry in the `OpenAPI` document.

mod categories;
mod dependencies;
mod download;
mod downloads;
mod follow;
mod keywords;
mod krate;
mod list;
mod owners;
mod publish;
pub(crate) mod session;
mod sessions;
mod site;
mod trustpub;
mod version_extras;
mod versions;
mod yank;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::envelope;

/// All routes, in the order of the contract (§1.1). The order of the methods is the order in `Allow`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(list::suggest))
        .routes(routes!(publish::publish, krate::find_new))
        .routes(routes!(krate::find, krate::change, krate::delete))
        .routes(routes!(versions::list))
        .routes(routes!(downloads::of_crate))
        .routes(routes!(dependencies::list_reverse))
        .routes(routes!(follow::follow, follow::unfollow))
        .routes(routes!(follow::is_following))
        .routes(routes!(owners::list, owners::add, owners::remove))
        .routes(routes!(versions::find, versions::change))
        .routes(routes!(yank::yank))
        .routes(routes!(yank::unyank))
        .routes(routes!(download::tarball))
        .routes(routes!(download::readme))
        .routes(routes!(dependencies::list))
        .routes(routes!(downloads::of_version))
        .routes(routes!(version_extras::authors))
        .routes(routes!(version_extras::rebuild_docs))
        .routes(routes!(keywords::list))
        .routes(routes!(keywords::find))
        .routes(routes!(categories::list))
        .routes(routes!(categories::find))
        .routes(routes!(categories::list_slugs))
        .routes(routes!(site::summary))
        .routes(routes!(site::metadata))
        .routes(routes!(trustpub::exchange, trustpub::revoke))
        .routes(routes!(trustpub::github::list, trustpub::github::create))
        .routes(routes!(trustpub::github::delete))
        .routes(routes!(trustpub::gitlab::list, trustpub::gitlab::create))
        .routes(routes!(trustpub::gitlab::delete))
        .routes(routes!(trustpub::oidc::list, trustpub::oidc::create))
        .routes(routes!(trustpub::oidc::delete))
        .routes(routes!(session::sign_in, session::sign_out))
        .routes(routes!(session::complete))
        .routes(routes!(session::change_password))
        .routes(routes!(sessions::list, sessions::end_all))
        .routes(routes!(sessions::end))
        .routes(routes!(
            sessions::find_second_factor,
            sessions::offer_second_factor,
            sessions::confirm_second_factor,
            sessions::remove_second_factor
        ))
}

/// The answer to an address that is none. A `HEAD` gets nothing but the status.
pub(crate) async fn not_found(method: Method) -> Response {
    if method == Method::HEAD {
        return StatusCode::NOT_FOUND.into_response();
    }
    envelope(StatusCode::NOT_FOUND, "Not Found: there is nothing at this address; check its spelling".to_owned())
}

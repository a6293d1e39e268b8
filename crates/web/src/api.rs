//! The table of API routes. A handler's annotation is its entry in the `OpenAPI` document.

mod administration;
mod categories;
mod dependencies;
mod download;
mod downloads;
pub(crate) mod elsewhere;
mod follow;
mod invitations;
mod keywords;
mod krate;
mod list;
mod me;
mod owners;
mod public_keys;
mod publish;
mod secret_scanning;
pub(crate) mod session;
mod sessions;
mod sign_up;
mod site;
mod teams;
mod tokens;
mod trustpub;
mod users;
mod version_extras;
mod versions;
mod yank;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::envelope;

/// All routes. The order of the methods is the order in `Allow`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    of_crates().merge(of_people()).merge(of_sessions())
}

/// What there is to read and to publish (contract §1.1).
fn of_crates() -> OpenApiRouter<App> {
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
        .routes(routes!(owners::list_users))
        .routes(routes!(owners::list_teams))
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
}

/// People, their tokens and teams, and pipelines they trust (contract part 2, §4 to §8).
fn of_people() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me::me))
        .routes(routes!(me::updates))
        .routes(routes!(me::set_email_notifications))
        .routes(routes!(users::find, users::change))
        .routes(routes!(users::stats))
        .routes(routes!(users::resend))
        .routes(routes!(users::confirm))
        .routes(routes!(users::review))
        .routes(routes!(tokens::list, tokens::create, tokens::revoke_all))
        .routes(routes!(tokens::find, tokens::revoke))
        .routes(routes!(tokens::revoke_current))
        .routes(routes!(secret_scanning::verify_github))
        .routes(routes!(secret_scanning::verify))
        .routes(routes!(public_keys::list, public_keys::register))
        .routes(routes!(public_keys::revoke))
        .routes(routes!(teams::create))
        .routes(routes!(teams::find, teams::change, teams::delete))
        .routes(routes!(teams::list_members, teams::add_members, teams::remove_members))
        .routes(routes!(invitations::list))
        .routes(routes!(invitations::list_mine))
        .routes(routes!(invitations::answer))
        .routes(routes!(invitations::accept))
        .routes(routes!(trustpub::exchange, trustpub::revoke))
        .routes(routes!(trustpub::github::list, trustpub::github::create))
        .routes(routes!(trustpub::github::delete))
        .routes(routes!(trustpub::gitlab::list, trustpub::gitlab::create))
        .routes(routes!(trustpub::gitlab::delete))
        .routes(routes!(trustpub::oidc::list, trustpub::oidc::create))
        .routes(routes!(trustpub::oidc::delete))
}

/// Signing in, and what only the web site and administrators do (contract part 2, §3).
fn of_sessions() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(session::sign_in, session::sign_out))
        .routes(routes!(elsewhere::list_providers))
        .routes(routes!(elsewhere::begin))
        .routes(routes!(elsewhere::authorize))
        .routes(routes!(sign_up::find, sign_up::sign_up, sign_up::forget))
        .routes(routes!(sign_up::open_account))
        .routes(routes!(sign_up::list_invitations, sign_up::invite))
        .routes(routes!(sign_up::withdraw_invitation))
        .routes(routes!(elsewhere::list_identities))
        .routes(routes!(elsewhere::unlink))
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
        .routes(routes!(administration::list_audit))
        .routes(routes!(administration::lock, administration::unlock))
        .routes(routes!(administration::list_rates))
        .routes(routes!(administration::set_rate, administration::remove_rate))
}

/// The answer to an address that is none. A `HEAD` gets nothing but the status.
pub(crate) fn not_found(method: &Method) -> Response {
    if *method == Method::HEAD {
        return StatusCode::NOT_FOUND.into_response();
    }
    envelope(StatusCode::NOT_FOUND, "Not Found: there is nothing at this address; check its spelling".to_owned())
}

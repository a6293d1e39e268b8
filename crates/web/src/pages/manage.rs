//! What owners do with a crate: follow, owners, trusted publishers, yank, settings, delete; and teams.

mod delete;
mod docs;
mod follow;
mod pending;
mod pipeline;
mod publisher;
mod settings;
mod teams;
mod yank;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// These pages.
pub(super) fn routes() -> Router<App> {
    Router::new().merge(of_crates()).merge(of_versions()).merge(of_pending()).merge(of_teams())
}

fn of_crates() -> Router<App> {
    Router::new()
        .route("/crates/{name}/follow", post(follow::follow))
        .route("/crates/{name}/unfollow", post(follow::unfollow))
        .route("/crates/{name}/owners", get(settings::moved))
        .route("/crates/{name}/settings", get(settings::show))
        .route("/crates/{name}/settings/owners", post(settings::add_owner))
        .route("/crates/{name}/settings/owners/remove", post(settings::remove_owner))
        .route("/crates/{name}/settings/owners/withdraw", post(settings::withdraw_invitation))
        .route("/crates/{name}/settings/trusted-only", post(settings::set_trusted_only))
        .route("/crates/{name}/settings/publishers/remove", post(publisher::remove))
        .route("/crates/{name}/settings/new-trusted-publisher", get(publisher::show).post(publisher::add))
        .route("/crates/{name}/delete", get(delete::show).post(delete::delete))
}

fn of_versions() -> Router<App> {
    Router::new()
        .route("/crates/{name}/{version}/yank", get(yank::show).post(yank::yank))
        .route("/crates/{name}/{version}/unyank", get(yank::show_unyank).post(yank::unyank))
        .route("/crates/{name}/{version}/rebuild-docs", get(docs::show).post(docs::rebuild))
}

fn of_pending() -> Router<App> {
    Router::new()
        .route("/me/pending-publishers", get(pending::show))
        .route("/me/pending-publishers/new", get(pending::show_new).post(pending::add))
        .route("/me/pending-publishers/remove", post(pending::remove))
}

fn of_teams() -> Router<App> {
    Router::new()
        .route("/teams/new", get(teams::new::show).post(teams::new::create))
        .route("/teams/{login}/edit", get(teams::show).post(teams::rename))
        .route("/teams/{login}/members", post(teams::put_member))
        .route("/teams/{login}/members/remove", post(teams::remove_member))
        .route("/teams/{login}/delete", post(teams::delete))
}

#[cfg(test)]
pub(super) fn samples() -> Vec<super::samples::Sample> {
    let mut all = settings::samples();
    all.extend(publisher::samples());
    all.extend(pending::samples());
    all.extend(yank::samples());
    all.extend(delete::samples());
    all.extend(docs::samples());
    all.extend(teams::samples());
    all
}

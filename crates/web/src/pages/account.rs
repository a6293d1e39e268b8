//! Signing in and up, and what people see and change of themselves: settings, tokens, invitations, their dashboard.

mod accounts;
mod colors;
mod dashboard;
mod destination;
mod elsewhere;
mod email;
mod invites;
mod keys;
mod mailed;
mod new_token;
mod password;
mod patterns;
mod profile;
mod second_factor;
mod security;
mod sign_in;
mod sign_up;
mod token_form;
mod tokens;

use axum::Router;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};

use super::refusal::{PageResult, redirect};
use super::visit::Visit;
use crate::app::App;

/// These pages.
pub(super) fn routes() -> Router<App> {
    Router::new().merge(entry()).merge(settings()).merge(own())
}

/// How people get in.
fn entry() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-in/code", get(sign_in::show_code).post(sign_in::complete))
        .route("/sign-in/password", get(password::show).post(password::choose))
        .route("/sign-in/with/{provider}", get(elsewhere::begin))
        .route("/sign-in/return", get(elsewhere::come_back))
        .route("/github-redirect.html", get(elsewhere::come_back))
        .route("/sign-in/new", get(sign_up::show_pending).post(sign_up::decide))
        .route("/sign-in/new/forget", post(sign_up::forget))
        .route("/sign-up", get(sign_up::show).post(sign_up::sign_up))
        .route("/sign-up/{invitation}", get(sign_up::show_invited))
        .route("/sign-out", post(sign_in::sign_out))
}

/// What people change of themselves. Where a form that is shown again stays at an address of its own, that leads back to its
/// page.
fn settings() -> Router<App> {
    let security = || get(async || redirect("/settings/security"));
    Router::new()
        .route("/me", get(async || Redirect::permanent("/settings/tokens")))
        .route("/settings", get(async || Redirect::permanent("/settings/profile")))
        .route("/settings/profile", get(profile::show).post(profile::change))
        .route("/settings/email", get(email::show).post(email::change))
        .route("/settings/email/resend", post(email::resend))
        .route("/settings/email/notifications", post(email::set_notifications))
        .route("/settings/security", get(security::show))
        .route("/settings/security/password", security().post(password::change))
        .route("/settings/security/second-factor", get(second_factor::show).post(second_factor::offer))
        .route("/settings/security/second-factor/confirm", security().post(second_factor::confirm))
        .route("/settings/security/second-factor/remove", security().post(second_factor::remove))
        .route("/settings/security/sessions/{id}/end", post(security::end_session))
        .route("/settings/security/sessions/end", post(security::end_all_sessions))
        .route("/settings/accounts", get(accounts::show))
        .route("/settings/accounts/link", post(accounts::link))
        .route("/settings/accounts/{id}/unlink", post(accounts::unlink))
        .route("/settings/keys", get(keys::show).post(keys::register))
        .route("/settings/keys/{id}/revoke", post(keys::revoke))
        .route("/settings/tokens", get(tokens::show))
        .route("/settings/tokens/{id}/revoke", post(tokens::revoke))
        .route("/settings/tokens/revoke", post(tokens::revoke_all))
        .route("/settings/tokens/new", get(new_token::show).post(new_token::create))
}

/// What concerns people themselves.
fn own() -> Router<App> {
    Router::new()
        .route("/colors", get(colors::choose))
        .route("/dashboard", get(dashboard::show))
        .route("/me/following", get(dashboard::show_following))
        .route("/me/crates", get(show_crates))
        .route("/me/pending-invites", get(invites::show))
        .route("/me/pending-invites/{crate_id}/accept", post(invites::accept))
        .route("/me/pending-invites/{crate_id}/decline", post(invites::decline))
        .route("/accept-invite/{token}", get(mailed::show_invitation).post(mailed::accept))
        .route("/confirm/{token}", get(mailed::show_confirmation).post(mailed::confirm))
}

/// Leads to the crates of whoever is signed in.
async fn show_crates(visit: Visit) -> PageResult {
    let login = &visit.signed_in()?.login;
    Ok::<Response, _>(redirect(&format!("/users/{login}")))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;

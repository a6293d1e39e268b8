//! Following a crate, and no longer. The buttons are on the page of the crate.

use axum::extract::State;

use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::form::Form;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

pub(super) async fn follow(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, _: Form) -> PageResult {
    app.registry.set_following(visit.call(), &at.name, true).await?;
    Ok(redirect(&format!("/crates/{}?done=followed", at.name)))
}

pub(super) async fn unfollow(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, _: Form) -> PageResult {
    app.registry.set_following(visit.call(), &at.name, false).await?;
    Ok(redirect(&format!("/crates/{}?done=unfollowed", at.name)))
}

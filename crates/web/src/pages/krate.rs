//! A crate: its readme, versions, dependencies, files and what changed between two versions.

pub(super) mod address;
mod chart;
mod code;
mod dependencies;
mod dependents;
mod diff;
mod elsewhere;
mod features;
mod head;
mod install;
mod overview;
mod publisher;
mod raw;
mod security;
mod source_tree;
mod versions;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// These pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/crates/{name}", get(overview::show))
        .route("/crates/{name}/{version}", get(overview::show_version_or_file))
        .route("/crates/{name}/versions", get(versions::show))
        .route("/crates/{name}/dependencies", get(dependencies::show_default))
        .route("/crates/{name}/{version}/dependencies", get(dependencies::show))
        .route("/crates/{name}/reverse_dependencies", get(dependents::show))
        .route("/crates/{name}/features", get(features::show_default))
        .route("/crates/{name}/{version}/features", get(features::show))
        .route("/crates/{name}/code", get(code::show_default))
        .route("/crates/{name}/code/{*path}", get(code::show_default))
        .route("/crates/{name}/{version}/code", get(code::show))
        .route("/crates/{name}/{version}/code/{*path}", get(code::show))
        .route("/crates/{name}/{version}/raw/{*path}", get(raw::send))
        .route("/crates/{name}/diff", get(diff::show))
        .route("/crates/{name}/security", get(security::show))
        .route("/crates/{name}/range/{req}", get(elsewhere::resolve_range))
        .route("/crates/{name}/docs", get(elsewhere::documentation))
        .route("/crates/{name}/repo", get(elsewhere::repository))
}

#[cfg(test)]
pub(super) fn samples() -> Vec<super::samples::Sample> {
    let mut all = overview::samples();
    all.extend(versions::samples());
    all.extend(dependencies::samples());
    all.extend(dependents::samples());
    all.extend(features::samples());
    all.extend(code::samples());
    all.extend(diff::samples());
    all.extend(security::samples());
    all
}

#[cfg(test)]
mod sample;

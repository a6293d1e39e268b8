//! The features of a version.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;

use super::address::VersionPath;
use super::head::{Head, Tab};
use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageResult, redirect};
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "crate_features.html")]
pub(super) struct Features {
    frame: Frame,
    head: Head,
    rows: Vec<Row>,
}

/// A feature.
struct Row {
    name: String,
    /// What it switches on; `true` for features of the same crate.
    values: Vec<(String, bool)>,
    /// Whether it is on unless somebody switches default features off.
    is_on: bool,
}

impl Features {
    fn new(frame: Frame, head: Head) -> Self {
        let features = &head.page.version.features;
        let on = on_by_default(features);
        let row = |(name, values): (&String, &Vec<String>)| Row {
            name: name.clone(),
            values: values.iter().map(|value| (value.clone(), features.contains_key(value))).collect(),
            is_on: on.contains(name.as_str()),
        };
        let mut rows: Vec<Row> = features.iter().map(row).collect();
        rows.sort_by_key(|row| row.name != "default");
        Self { frame, head, rows }
    }
}

/// The features that `default` switches on, directly or by way of others, itself among them.
fn on_by_default(features: &BTreeMap<String, Vec<String>>) -> BTreeSet<&str> {
    let mut on = BTreeSet::new();
    let mut next: Vec<&str> = features.contains_key("default").then_some("default").into_iter().collect();
    while let Some(name) = next.pop() {
        if let Some(values) = features.get(name)
            && on.insert(name)
        {
            next.extend(values.iter().map(String::as_str));
        }
    }
    on
}

pub(super) async fn show(State(app): State<App>, visit: Visit, at: VersionPath) -> PageResult {
    let head = Head::load(&app, &visit, &at.name, Some(&at.version), Tab::Features).await?;
    visit.page(&Features::new(visit.frame(), head))
}

pub(super) async fn show_default(State(app): State<App>, visit: Visit, At(at): At<CrateAt>) -> PageResult {
    let head = Head::load(&app, &visit, &at.name, None, Tab::Features).await?;
    Ok(redirect(&format!("{}/features", head.version_path())))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;

//! What a version depends on.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::{CRATES_IO_INDEX, DependencyKind};
use cargohold_registry::DescribedDependency;

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
#[template(path = "crate_dependencies.html")]
pub(super) struct Dependencies {
    frame: Frame,
    head: Head,
    /// The dependencies of each kind, with what it is called.
    groups: Vec<(&'static str, Vec<Row>)>,
}

/// A dependency in the list.
struct Row {
    of: DescribedDependency,
    /// Where the crate is.
    origin: Origin,
}

/// Where a crate that is depended upon is.
enum Origin {
    /// In this registry.
    Here,
    /// It should be in this registry.
    Gone,
    CratesIo,
    /// In another registry, with the address of its index.
    Elsewhere(String),
}

impl Dependencies {
    fn new(frame: Frame, head: Head, dependencies: Vec<DescribedDependency>) -> Self {
        let mut groups = vec![
            ("Dependencies", Vec::new()),
            ("Build dependencies", Vec::new()),
            ("Development dependencies", Vec::new()),
        ];
        for dependency in dependencies {
            let group = match dependency.dependency.kind {
                DependencyKind::Normal => 0,
                DependencyKind::Build => 1,
                DependencyKind::Dev => 2,
            };
            groups[group].1.push(Row { origin: Origin::of(&dependency), of: dependency });
        }
        groups.retain(|(_, rows)| !rows.is_empty());
        Self { frame, head, groups }
    }
}

impl Origin {
    fn of(dependency: &DescribedDependency) -> Self {
        match &dependency.registry {
            None if dependency.krate.is_some() => Self::Here,
            None => Self::Gone,
            Some(index) if index == CRATES_IO_INDEX => Self::CratesIo,
            Some(index) => Self::Elsewhere(index.clone()),
        }
    }
}

impl Row {
    fn description(&self) -> Option<&str> {
        self.of.krate.as_ref()?.description.as_deref()
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, at: VersionPath) -> PageResult {
    let head = Head::load(&app, &visit, &at.name, Some(&at.version), Tab::Dependencies).await?;
    let dependencies = app.registry.describe_dependencies(&at.name, &at.version).await?;
    visit.page(&Dependencies::new(visit.frame(), head, dependencies))
}

pub(super) async fn show_default(State(app): State<App>, visit: Visit, At(at): At<CrateAt>) -> PageResult {
    let head = Head::load(&app, &visit, &at.name, None, Tab::Dependencies).await?;
    Ok(redirect(&format!("{}/dependencies", head.version_path())))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;

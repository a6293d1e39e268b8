//! What has changed from one version to another.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use cargohold_protocol::Version;
use cargohold_registry::{Change, Comparison, DependencyFacts, FileChange, Hunk, LineKind};

use super::address;
use super::head::{Head, Tab};
use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult};
use crate::pages::visit::Visit;
use crate::params::Params;

/// How many lines of differences are shown, in all files together.
const MAX_LINES: usize = 10_000;

#[derive(Template)]
#[template(path = "crate_diff.html")]
pub(super) struct Changes {
    frame: Frame,
    head: Head,
    comparison: Arc<Comparison>,
    files: Vec<FileView>,
    added: usize,
    removed: usize,
}

/// A file in the list.
struct FileView {
    path: String,
    /// What happened to it, in a word.
    what: &'static str,
    /// Where it was before.
    from: Option<String>,
    /// How many lines were added and removed, if that is known.
    counts: Option<(usize, usize)>,
    /// Why its lines are not shown.
    why_not: Option<&'static str>,
    hunks: Vec<Hunk>,
}

impl Changes {
    fn new(frame: Frame, head: Head, comparison: Arc<Comparison>) -> Self {
        let mut lines_left = MAX_LINES;
        let files: Vec<FileView> = comparison.files.iter().map(|file| FileView::new(file, &mut lines_left)).collect();
        let counts = files.iter().filter_map(|file| file.counts);
        let (added, removed) = counts.fold((0, 0), |sums, counts| (sums.0 + counts.0, sums.1 + counts.1));
        Self { frame, head, comparison, files, added, removed }
    }

    fn is_equal(&self) -> bool {
        let Comparison { files, dependencies, features, facts, .. } = &*self.comparison;
        files.is_empty() && dependencies.is_empty() && features.is_empty() && facts.is_empty()
    }

    /// Whether a version in one of the two lists of all is the one that is compared.
    fn is_old(&self, version: &Version) -> bool {
        *version == self.comparison.old
    }

    fn is_new(&self, version: &Version) -> bool {
        *version == self.comparison.new
    }
}

impl FileView {
    fn new(file: &FileChange, lines_left: &mut usize) -> Self {
        let lines: usize = file.diff.iter().flat_map(|diff| &diff.hunks).map(|hunk| hunk.lines.len()).sum();
        let is_too_much = lines > *lines_left;
        *lines_left = lines_left.saturating_sub(lines);
        let (what, from) = match &file.kind {
            Change::Added => ("added", None),
            Change::Removed => ("removed", None),
            Change::Changed => ("changed", None),
            Change::Renamed { from } => ("renamed", Some(from.clone())),
        };
        let shown = file.diff.as_ref().filter(|_| !is_too_much);
        Self {
            path: file.path.clone(),
            what,
            from,
            counts: file.diff.as_ref().map(|diff| (diff.added, diff.removed)),
            why_not: if is_too_much { Some("too much has changed to show all of it here") } else { file.why_not },
            hunks: shown.map(|diff| diff.hunks.clone()).unwrap_or_default(),
        }
    }

    fn is_removed(&self) -> bool {
        self.what == "removed"
    }
}

/// The sign in front of a line, and its class.
fn mark(kind: LineKind) -> (&'static str, &'static str) {
    match kind {
        LineKind::Kept => (" ", "kept"),
        LineKind::Removed => ("-", "removed"),
        LineKind::Added => ("+", "added"),
    }
}

/// What a value of the manifest is called in manifests, or in a word.
fn fact(name: &str) -> &str {
    match name {
        "rust_version" => "rust-version",
        "lib_links" => "links",
        "has_lib" => "library",
        "bin_names" => "binaries",
        name => name,
    }
}

/// A dependency in a line.
fn describe(facts: &DependencyFacts) -> String {
    let mut words = vec![facts.req.clone()];
    let mut add = |is_so: bool, text: String| words.extend(is_so.then_some(text));
    add(facts.kind.as_str() != "normal", facts.kind.as_str().to_owned());
    add(facts.is_optional, "optional".to_owned());
    add(!facts.default_features, "without default features".to_owned());
    add(!facts.features.is_empty(), format!("features {}", facts.features.join(" ")));
    for (word, value) in [("on", &facts.target), ("called", &facts.explicit_name), ("from", &facts.registry)] {
        words.extend(value.as_ref().map(|value| format!("{word} {value}")));
    }
    words.join(", ")
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(at): At<CrateAt>, params: Params) -> PageResult {
    let to = params.text("to")?.map(address::version).transpose()?;
    let head = Head::load(&app, &visit, &at.name, to.as_ref(), Tab::Changes).await?;
    let to = address::version(head.num())?;
    let from = match params.text("from")? {
        Some(from) => address::version(from)?,
        None => below(&head, &to)?,
    };
    let comparison = app.registry.compare_versions(&at.name, &from, &to).await?;
    visit.page(&Changes::new(visit.frame(), head, comparison))
}

/// The version below another one.
fn below(head: &Head, version: &Version) -> Result<Version, PageError> {
    let mut versions = head.page.versions.iter().skip_while(|other| other.num != *version).skip(1);
    let below = versions.next().map(|version| version.num.clone());
    below.ok_or_else(|| {
        let text = format!(
            "`{}` has no version below {version}; choose one to compare it with, as `?from=1.2.3`",
            head.name()
        );
        PageError::not_found(text)
    })
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;

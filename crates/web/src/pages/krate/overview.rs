//! The page of a crate, or of one of its versions: what it is, how to use it, who is behind it.

use askama::Template;
use axum::extract::{Request, State};
use cargohold_protocol::Version;
use cargohold_registry::PublishedVersion;

use super::address;
use super::chart::Chart;
use super::head::{Head, Tab, without_scheme};
use super::install::Install;
use super::publisher::Publisher;
use crate::app::App;
use crate::download;
use crate::extract::{CrateAt, PathPair};
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

/// How many versions are offered to compare with.
const OFFERED_VERSIONS: usize = 100;

#[derive(Template)]
#[template(path = "crate.html")]
pub(super) struct Overview {
    frame: Frame,
    head: Head,
    install: Install,
    publisher: Option<Publisher>,
    links: Vec<Link>,
    /// Code lines by language, the most first.
    languages: Vec<(String, u64)>,
    chart: Option<Chart>,
}

/// An address that the publisher gave.
struct Link {
    label: &'static str,
    href: String,
    /// The same without its scheme.
    shown: String,
}

impl Overview {
    fn new(frame: Frame, head: Head) -> Self {
        let version = &head.page.version;
        let links = [
            ("Homepage", &version.homepage),
            ("Documentation", &version.documentation),
            ("Repository", &version.repository),
        ];
        let counts = version.linecounts.iter().flat_map(|counts| &counts.languages);
        let mut languages: Vec<(String, u64)> = counts.map(|(name, lines)| (name.clone(), lines.code_lines)).collect();
        languages.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
        Self {
            install: Install::new(&frame, &head.page),
            publisher: Publisher::of(version),
            links: links.into_iter().filter_map(|(label, url)| Link::new(label, url.as_deref()?)).collect(),
            languages,
            chart: Chart::new(&head.page.downloads),
            frame,
            head,
        }
    }

    /// What the version can be compared with.
    fn others(&self) -> impl Iterator<Item = &PublishedVersion> {
        let others = self.head.page.versions.iter().filter(|version| version.num.to_string() != self.head.num());
        others.take(OFFERED_VERSIONS)
    }

    fn total_code_lines(&self) -> u64 {
        self.languages.iter().map(|(_, lines)| lines).sum()
    }
}

impl Link {
    fn new(label: &'static str, url: &str) -> Option<Self> {
        let shown = without_scheme(url)?.trim_end_matches('/').to_owned();
        Some(Self { label, href: url.to_owned(), shown })
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, At(at): At<CrateAt>) -> PageResult {
    show_any(&app, &visit, &at.name, None).await
}

pub(super) async fn show_version_or_file(
    State(app): State<App>,
    visit: Visit,
    At(PathPair(name, last)): At<PathPair>,
    request: Request,
) -> PageResult {
    if download::is_file_name(&last) {
        return Ok(download::by_file(&app, visit.call(), &name, &last, request).await);
    }
    show_any(&app, &visit, &name, Some(&address::version(&last)?)).await
}

async fn show_any(app: &App, visit: &Visit, name: &str, version: Option<&Version>) -> PageResult {
    let head = Head::load(app, visit, name, version, Tab::Readme).await?;
    visit.readme_page(&Overview::new(visit.frame(), head))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;

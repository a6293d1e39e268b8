//! What all pages of a crate begin with.

use std::sync::Arc;

use cargohold_protocol::Version;
use cargohold_registry::{CratePage, MyRights};

use crate::app::App;
use crate::pages::refusal::PageError;
use crate::pages::visit::Visit;

/// The crate, what the viewer may do with it, and which of its pages this is.
pub(super) struct Head {
    pub(super) page: Arc<CratePage>,
    pub(super) rights: MyRights,
    pub(super) tab: Tab,
}

/// One of the pages of a crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Readme,
    Versions,
    Dependencies,
    Dependents,
    Files,
    Features,
    Security,
    Changes,
}

/// The way to one of the pages.
pub(super) struct TabLink {
    pub(super) label: &'static str,
    /// How much there is on that page.
    pub(super) count: Option<String>,
    pub(super) href: String,
    pub(super) is_current: bool,
}

impl Head {
    /// The crate with its default version, or with the one that the address names.
    pub(super) async fn load(
        app: &App,
        visit: &Visit,
        name: &str,
        version: Option<&Version>,
        tab: Tab,
    ) -> Result<Self, PageError> {
        let page = app.registry.crate_page(visit.call(), name, version).await?;
        let rights = match visit.viewer() {
            Some(_) => app.registry.find_my_rights(visit.call(), name).await?,
            None => MyRights::default(),
        };
        Ok(Self { page, rights, tab })
    }

    pub(super) fn name(&self) -> &str {
        self.page.krate.name.as_str()
    }

    pub(super) fn num(&self) -> &str {
        &self.page.version.num
    }

    /// Whether the viewer may yank and unyank.
    pub(super) fn may_yank(&self) -> bool {
        self.rights.may_publish || self.rights.is_admin
    }

    /// The address below which the pages of the version are.
    pub(super) fn version_path(&self) -> String {
        format!("/crates/{}/{}", self.name(), self.num())
    }

    /// Where search engines find this version, or the crate if it is the one that is shown by default.
    pub(super) fn own_path(&self) -> String {
        if self.page.is_default() { format!("/crates/{}", self.name()) } else { self.version_path() }
    }

    /// What stands on the tab of the browser.
    pub(super) fn title(&self) -> String {
        let (name, num) = (self.name(), self.num());
        match self.tab {
            Tab::Readme if self.page.is_default() => name.to_owned(),
            Tab::Readme => format!("{name} {num}"),
            Tab::Versions => format!("Versions of {name}"),
            Tab::Dependencies => format!("Dependencies of {name} {num}"),
            Tab::Dependents => format!("Dependents of {name}"),
            Tab::Files => format!("Files of {name} {num}"),
            Tab::Features => format!("Features of {name} {num}"),
            Tab::Security => format!("Security of {name}"),
            Tab::Changes => format!("Changes of {name}"),
        }
    }

    /// The ways to the pages of the crate.
    pub(super) fn tabs(&self) -> Vec<TabLink> {
        let (page, own) = (&self.page, self.version_path());
        let krate = format!("/crates/{}", self.name());
        let readme = if page.is_default() { krate.clone() } else { own.clone() };
        let count = |count: usize| Some(count.to_string());
        let link = |tab: Tab, label: &'static str, count: Option<String>, href: String| TabLink {
            label,
            count,
            href,
            is_current: self.tab == tab,
        };
        let mut tabs = vec![
            link(Tab::Readme, "Readme", None, readme),
            link(Tab::Versions, "Versions", count(page.versions.len()), format!("{krate}/versions")),
            link(Tab::Dependencies, "Dependencies", count(page.num_dependencies), format!("{own}/dependencies")),
            link(
                Tab::Dependents,
                "Dependents",
                Some(page.num_dependents.to_string()),
                format!("{krate}/reverse_dependencies"),
            ),
            link(Tab::Files, "Files", None, format!("{own}/code")),
        ];
        if !page.version.features.is_empty() {
            tabs.push(link(Tab::Features, "Features", count(page.version.features.len()), format!("{own}/features")));
        }
        tabs.push(link(Tab::Security, "Security", None, format!("{krate}/security")));
        tabs
    }
}

/// An address without its scheme, if it is one that a browser may be led to; none of `javascript:` and its kin is (S11).
pub(super) fn without_scheme(url: &str) -> Option<&str> {
    ["https://", "http://"].iter().find_map(|scheme| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// The address of a page that compares two versions.
pub(super) fn diff_path(name: &str, from: &str, to: &str) -> String {
    let mut query = form_urlencoded::Serializer::for_suffix(format!("/crates/{name}/diff?"), name.len() + 14);
    query.append_pair("from", from).append_pair("to", to).finish()
}

#[cfg(test)]
mod tests;

//! The values a crate derives from its versions, and the JSON object made of them (contract §3.1, §4).

use cargohold_protocol::Version;
use cargohold_protocol::api::{self, CrateLinks};
use cargohold_store::Tx;
use cargohold_store::crates::Crate;
use cargohold_store::versions::{self, Summary};

use crate::Result;

/// What a crate without such a version shows.
const NO_VERSION: &str = "0.0.0";

/// What follows from all versions of a crate.
pub(crate) struct Derived(Vec<Summary>);

impl Derived {
    pub(crate) async fn load(tx: &mut Tx, crate_id: i64) -> Result<Self> {
        Ok(Self(versions::list_summaries(tx, crate_id).await?))
    }

    /// The version shown by default: the highest that is stable and not yanked, else the highest not yanked, else the
    /// highest stable, else the highest.
    fn default_version(&self) -> Option<&Summary> {
        let rank = |version: &Summary| (!version.is_yanked, !version.num.is_prerelease());
        self.0.iter().max_by(|a, b| {
            rank(a).cmp(&rank(b)).then_with(|| a.num.cmp_precedence(&b.num)).then_with(|| a.id.cmp(&b.id))
        })
    }

    /// The default version as the answer to the publish of `new` names it: the version just published, unless a stable one
    /// outranks it. The reference server compares no numbers here, so a back-port names itself; recorded clients see that,
    /// and only the next read shows the default version proper.
    pub(crate) fn default_after_publish(&self, new: &Version) -> Version {
        match self.default_version() {
            Some(default) if default.num.is_prerelease() != new.is_prerelease() => default.num.clone(),
            _ => new.clone(),
        }
    }

    /// The id of the default version; 0 for a crate without versions, which is no id.
    pub(crate) fn default_version_id(&self) -> i64 {
        self.default_version().map_or(0, |version| version.id)
    }

    pub(crate) fn num_versions(&self) -> i64 {
        i64::try_from(self.0.len()).unwrap_or(i64::MAX)
    }

    fn not_yanked(&self) -> impl Iterator<Item = &Summary> {
        self.0.iter().filter(|version| !version.is_yanked)
    }

    fn max_version(&self) -> Option<&Version> {
        self.not_yanked().map(|version| &version.num).max()
    }

    fn newest_version(&self) -> Option<&Version> {
        let newest = self.not_yanked().max_by(|a, b| (a.created_at, &a.num).cmp(&(b.created_at, &b.num)));
        newest.map(|version| &version.num)
    }

    fn max_stable_version(&self) -> Option<&Version> {
        self.not_yanked().map(|version| &version.num).filter(|num| !num.is_prerelease()).max()
    }

    /// The crate object, without the lists that only some endpoints fill.
    pub(crate) fn show(&self, krate: &Crate, recent_downloads: Option<i64>, exact_match: bool) -> api::Crate {
        let default_version = self.default_version();
        let or_none = |version: Option<&Version>| version.map_or(NO_VERSION.to_owned(), ToString::to_string);
        api::Crate {
            id: krate.name.clone(),
            name: krate.name.clone(),
            updated_at: krate.updated_at,
            versions: None,
            keywords: None,
            categories: None,
            badges: [],
            created_at: krate.created_at,
            downloads: krate.downloads.max(recent_downloads.unwrap_or(0)),
            recent_downloads,
            default_version: default_version.map(|version| version.num.clone()),
            num_versions: self.num_versions(),
            yanked: default_version.is_some_and(|version| version.is_yanked),
            max_version: or_none(self.max_version()),
            newest_version: or_none(self.newest_version()),
            max_stable_version: self.max_stable_version().cloned(),
            description: krate.texts.description.clone(),
            homepage: show_url(krate.texts.homepage.as_deref()),
            documentation: show_url(krate.texts.documentation.as_deref()),
            repository: show_url(krate.texts.repository.as_deref()),
            links: CrateLinks::of(&krate.name),
            exact_match,
            trustpub_only: krate.is_trustpub_only,
        }
    }
}

/// Hosts whose addresses no longer lead where they once did.
const DEAD_HOSTS: [&str; 6] =
    ["rust-ci.org", "rustless.org", "ironframework.io", "nebulanet.cc", "esp-rs.org", "ncollide.org"];

/// An address worth showing: it has a host, and none of those that changed hands.
fn show_url(text: Option<&str>) -> Option<String> {
    let text = text?;
    let url = url::Url::parse(text).ok()?;
    let host = url.host_str()?;
    let is_dead = |dead: &&str| host == *dead || host.strip_suffix(*dead).is_some_and(|rest| rest.ends_with('.'));
    (!DEAD_HOSTS.iter().any(is_dead)).then(|| text.to_owned())
}

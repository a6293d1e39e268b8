//! The values a crate derives from its versions, and the JSON object made of them (contract §3.1, §4).

use cargohold_protocol::Version;
use cargohold_protocol::api::{self, CrateLinks};
use cargohold_store::Tx;
use cargohold_store::crates::{self, Crate, DerivedValues};
use cargohold_store::reverse_dependencies;
use cargohold_store::versions::{self, Summary};

use cargohold_protocol::Timestamp;

use crate::Result;
use crate::publish::MAX_URL_BYTES;

/// What a crate without such a version shows.
const NO_VERSION: &str = "0.0.0";

/// All versions of a crate, from which its derived values follow.
pub(crate) struct Derived(Vec<Summary>);

impl Derived {
    pub(crate) async fn load(tx: &mut Tx, crate_id: i64) -> Result<Self> {
        Ok(Self(versions::list_summaries(tx, crate_id).await?))
    }

    /// Computes the derived values anew and stores them, and what the default version depends on with them. Whoever changes
    /// a version calls this in the same transaction.
    pub(crate) async fn refresh(tx: &mut Tx, crate_id: i64, now: Timestamp) -> Result<Self> {
        let derived = Self::load(tx, crate_id).await?;
        crates::set_derived(tx, crate_id, &derived.values(), now).await?;
        reverse_dependencies::refresh(tx, crate_id).await?;
        Ok(derived)
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

    pub(crate) fn values(&self) -> DerivedValues {
        let text = |version: Option<&Version>| version.map(ToString::to_string);
        let default = self.default_version();
        DerivedValues {
            num_versions: i64::try_from(self.0.len()).unwrap_or(i64::MAX),
            default_version_id: default.map(|version| version.id),
            default_version: text(default.map(|version| &version.num)),
            is_yanked: default.is_some_and(|version| version.is_yanked),
            max_version: text(self.max_version()),
            newest_version: text(self.newest_version()),
            max_stable_version: text(self.max_stable_version()),
        }
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
}

/// The crate object as lists show it: without the lists of versions, keywords and categories.
pub(crate) fn show(krate: &Crate, recent_downloads: Option<i64>, exact_match: bool) -> api::Crate {
    let derived = &krate.derived;
    let or_none = |version: &Option<String>| version.clone().unwrap_or_else(|| NO_VERSION.to_owned());
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
        default_version: derived.default_version.clone(),
        num_versions: derived.num_versions,
        yanked: derived.is_yanked,
        max_version: or_none(&derived.max_version),
        newest_version: or_none(&derived.newest_version),
        max_stable_version: derived.max_stable_version.clone(),
        description: krate.texts.description.clone(),
        homepage: show_url(krate.texts.homepage.as_deref()),
        documentation: show_url(krate.texts.documentation.as_deref()),
        repository: show_url(krate.texts.repository.as_deref()),
        links: CrateLinks::of(&krate.name),
        exact_match,
        trustpub_only: krate.is_trustpub_only,
    }
}

/// The crate object without anything that follows from its versions but the default one.
pub(crate) fn show_plain(krate: &Crate, recent_downloads: Option<i64>) -> api::Crate {
    api::Crate {
        max_version: NO_VERSION.to_owned(),
        newest_version: NO_VERSION.to_owned(),
        max_stable_version: None,
        ..show(krate, recent_downloads, false)
    }
}

/// Hosts whose addresses no longer lead where they once did.
const DEAD_HOSTS: [&str; 6] =
    ["rust-ci.org", "rustless.org", "ironframework.io", "nebulanet.cc", "esp-rs.org", "ncollide.org"];

/// An address worth showing: it has a host, and none of those that changed hands. Longer ones than are accepted today were stored
/// once.
pub(crate) fn show_url(text: Option<&str>) -> Option<String> {
    let text = text.filter(|text| text.len() <= MAX_URL_BYTES)?;
    let url = url::Url::parse(text).ok()?;
    let host = url.host_str()?;
    let is_dead = |dead: &&str| host == *dead || host.strip_suffix(*dead).is_some_and(|rest| rest.ends_with('.'));
    (!DEAD_HOSTS.iter().any(is_dead)).then(|| text.to_owned())
}

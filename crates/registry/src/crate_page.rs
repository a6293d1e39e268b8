//! What the pages of a crate show of it, kept in memory: most visits of a registry are visits to these.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cargohold_protocol::api::{self, Category, Owner, VersionObject};
use cargohold_protocol::{CrateName, Day, Timestamp, Version};
use cargohold_render::highlight;
use cargohold_render::readme::embed;
use cargohold_store::crates::Crate;
use cargohold_store::versions::{self, Summary, VersionRow};
use cargohold_store::{Tx, categories, dependencies, derived_files, keywords, reverse_dependencies};
use moka::sync::Cache;
use url::Url;

use crate::access::load_crate;
use crate::cache::FeedCache;
use crate::categories::show_category;
use crate::crate_view::show;
use crate::download_history::DownloadHistory;
use crate::list_versions::{VersionOrder, load_version, sort};
use crate::stored_file::StoredFile;
use crate::{Call, Error, Registry, Result};

/// How long a page is kept. What others do to it changes no row of the crate: downloads are counted, other crates come to
/// depend on it, its owners call themselves otherwise.
const MAX_AGE: Duration = Duration::from_mins(1);

/// How many versions of one crate are kept.
const MAX_KEPT: usize = 16;

/// How much memory pages may take, in bytes.
const MAX_PAGES_BYTES: u64 = 64 * 1024 * 1024;

/// How much memory readmes may take, in bytes.
const MAX_READMES_BYTES: u64 = 64 * 1024 * 1024;

/// A crate and one of its versions, with what people want to know of them first.
#[derive(Clone, Debug)]
pub struct CratePage {
    /// The crate.
    pub krate: api::Crate,
    /// The version.
    pub version: VersionObject,
    /// The keywords.
    pub keywords: Vec<String>,
    /// The categories.
    pub categories: Vec<Category>,
    /// The people and then the teams that own it.
    pub owners: Vec<Owner>,
    /// The version's readme as HTML that is safe to show, with its code marked; `None` if there is none, or not yet.
    pub readme: Option<Arc<str>>,
    /// All versions of the crate, the highest first.
    pub versions: Vec<PublishedVersion>,
    /// How many dependencies the version has.
    pub num_dependencies: usize,
    /// How many crates depend on this one.
    pub num_dependents: i64,
    /// The downloads of the last 90 days: of the crate, or of the version if that was asked for.
    pub downloads: DownloadHistory,
    /// Whether the version was asked for.
    pub is_asked_for: bool,
}

/// A version in the list of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    /// The number.
    pub num: Version,
    /// Whether it is yanked.
    pub is_yanked: bool,
    /// When it was published.
    pub created_at: Timestamp,
}

/// The pages of crates, and readmes by the keys of their blobs, which are never used for anything else.
pub(crate) struct PageCache {
    crates: FeedCache<Arc<CratePages>>,
    readmes: Cache<String, Arc<str>>,
}

/// The pages of one crate, by the version that was asked for.
#[derive(Default)]
struct CratePages(Mutex<HashMap<Option<Version>, KeptPage>>);

#[derive(Clone)]
struct KeptPage {
    page: Arc<CratePage>,
    since: Timestamp,
}

impl Default for PageCache {
    fn default() -> Self {
        let weigh = |pages: &Arc<CratePages>| {
            let pages = pages.0.lock().unwrap_or_else(PoisonError::into_inner);
            pages.values().map(|kept| kept.page.weight()).sum()
        };
        let weigh_readme =
            |key: &String, readme: &Arc<str>| u32::try_from(key.len() + readme.len()).unwrap_or(u32::MAX);
        let readmes = Cache::builder().max_capacity(MAX_READMES_BYTES).weigher(weigh_readme).build();
        Self { crates: FeedCache::new(MAX_PAGES_BYTES, weigh), readmes }
    }
}

impl PageCache {
    pub(crate) fn drop_changed(&self, change: &cargohold_store::changes::Change) {
        self.crates.drop_changed(change);
    }
}

impl CratePages {
    fn find(&self, num: Option<&Version>, now: Timestamp) -> Option<Arc<CratePage>> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = pages.get(&num.cloned()).filter(|kept| (kept.since..kept.since.after(MAX_AGE)).contains(&now));
        kept.map(|kept| kept.page.clone())
    }

    fn keep(&self, num: Option<Version>, page: KeptPage) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= MAX_KEPT && !pages.contains_key(&num) {
            pages.clear();
        }
        pages.insert(num, page);
    }
}

impl CratePage {
    /// Whether the version is the one that is shown if nobody asks for another.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.krate.default_version.as_ref() == Some(&self.version.num)
    }

    /// About how many bytes it takes. Its readme is weighed elsewhere.
    fn weight(&self) -> usize {
        let features: usize = self.version.features.values().map(|values| 100 + 60 * values.len()).sum();
        let series = self.downloads.series.len() * 800;
        8000 + 120 * self.versions.len() + 300 * self.owners.len() + features + series
    }
}

impl Registry {
    /// A crate, by any spelling of its name, with its default version or the one asked for. At most a minute old, and never older
    /// than the last change of the crate.
    ///
    /// # Errors
    /// When there is no such crate or it has no such version, or what is stored of its readme is corrupt.
    pub async fn crate_page(
        self: &Arc<Self>,
        call: &Call,
        name: &str,
        num: Option<&Version>,
    ) -> Result<Arc<CratePage>> {
        let parsed: CrateName = name.parse().map_err(|_| Error::NoSuchCrate(name.to_owned()))?;
        let canonical = parsed.canonical().to_string();
        let noted = self.pages.crates.note();
        let pages = self.pages.crates.get(&canonical).unwrap_or_default();
        if let Some(page) = pages.find(num, call.now) {
            return Ok(page);
        }
        let page = Arc::new(self.load_page(call.now, name, num).await?);
        pages.keep(num.cloned(), KeptPage { page: page.clone(), since: call.now });
        self.pages.crates.keep(canonical, pages, noted);
        Ok(page)
    }

    async fn load_page(self: &Arc<Self>, now: Timestamp, name: &str, num: Option<&Version>) -> Result<CratePage> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let row = match num {
            Some(num) => load_version(&mut tx, name, num).await?.1,
            None => load_default(&mut tx, &krate).await?,
        };
        let all = versions::list_summaries(&mut tx, krate.id).await?;
        let mut sorted: Vec<&Summary> = all.iter().collect();
        sort(&mut sorted, VersionOrder::Semver);
        let counted = sorted.iter().copied().filter(|version| num.is_none() || version.id == row.id);
        let counted: Vec<&Summary> = counted.collect();
        let keywords = keywords::list_of_crate(&mut tx, krate.id).await?;
        let categories = categories::list_of_crate(&mut tx, krate.id).await?;
        let readme = format!("readmes/{}/{}-{}.html", row.crate_name, row.crate_name, row.num);
        let readme = derived_files::find(&mut tx, &readme).await?;
        let mut page = CratePage {
            krate: show(&krate, krate.recent_downloads, false),
            keywords: keywords.into_iter().map(|keyword| keyword.keyword).collect(),
            categories: categories.iter().map(show_category).collect(),
            owners: self.show_owners(&mut tx, krate.id).await?,
            readme: None,
            num_dependencies: dependencies::list(&mut tx, row.id).await?.len(),
            num_dependents: reverse_dependencies::count(&mut tx, krate.name.as_str()).await?,
            downloads: DownloadHistory::load(&mut tx, &counted, Day::of(now)).await?,
            is_asked_for: num.is_some(),
            version: self.show_version(&mut tx, row).await?,
            versions: sorted.into_iter().map(PublishedVersion::of).collect(),
        };
        drop(tx);
        if let Some(readme) = readme {
            let file = StoredFile::new(&readme.blob_key, readme.cksum, readme.size_bytes)?;
            page.readme = Some(self.load_readme(&file).await?);
        }
        Ok(page)
    }

    /// A rendered readme, ready to be shown.
    async fn load_readme(self: &Arc<Self>, file: &StoredFile) -> Result<Arc<str>> {
        let key = file.key().to_string();
        if let Some(readme) = self.pages.readmes.get(&key) {
            return Ok(readme);
        }
        let _charge = self.charge_answer(file.size_bytes).await?;
        let html = String::from_utf8(self.load_file(file).await?.into()).map_err(Error::internal)?;
        let own = Url::parse(&self.settings.base_url).map(|own| own.origin()).map_err(Error::internal)?;
        let has_external = self.settings.external_images;
        // A picture of this registry would be asked for with the cookies of whoever reads, at any address the author likes.
        let is_kept = move |src: &str| {
            has_external && Url::parse(src).is_ok_and(|src| src.scheme() == "https" && src.origin() != own)
        };
        let finish = move || embed(&highlight::readme(&html), is_kept);
        let readme: Arc<str> = tokio::task::spawn_blocking(finish).await.map_err(Error::internal)?.into();
        self.pages.readmes.insert(key, readme.clone());
        Ok(readme)
    }
}

impl PublishedVersion {
    fn of(summary: &Summary) -> Self {
        Self { num: summary.num.clone(), is_yanked: summary.is_yanked, created_at: summary.created_at }
    }
}

/// The version that is shown if nobody asks for another.
async fn load_default(tx: &mut Tx, krate: &Crate) -> Result<VersionRow> {
    let ids: Vec<i64> = krate.derived.default_version_id.into_iter().collect();
    let row = versions::list_by_ids(tx, &ids).await?.into_iter().next();
    row.ok_or_else(|| Error::NoSuchCrate(krate.name.to_string()))
}

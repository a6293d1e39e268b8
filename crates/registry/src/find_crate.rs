//! `GET /crates/{name}`: a crate with its versions, keywords and categories (contract §5.2).

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{CrateFound, CrateLinks, Keyword, VersionObject};
use cargohold_store::{Tx, categories, crates, keywords, versions};

use crate::access::load_crate;
use crate::categories::show_category;
use crate::crate_view::{show, show_plain};
use crate::pieces::sized;
use crate::version_view::Spelling;
use crate::{Registry, Result};

/// What to answer beside the crate itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the answer of its own")]
pub struct Include {
    /// All versions.
    pub versions: bool,
    /// The keywords.
    pub keywords: bool,
    /// The categories.
    pub categories: bool,
    /// The downloads of the last 90 days.
    pub downloads: bool,
    /// The default version, if not all versions are asked for.
    pub default_version: bool,
}

impl Include {
    /// Everything.
    pub const FULL: Self =
        Self { versions: true, keywords: true, categories: true, downloads: true, default_version: true };

    /// Nothing but the crate itself.
    pub const NOTHING: Self =
        Self { versions: false, keywords: false, categories: false, downloads: false, default_version: false };
}

/// How many bytes of versions are put into an answer that is kept, as the database counts them. A thousand ordinary versions fit.
const MAX_KEPT_BYTES: i64 = 2 * 1024 * 1024;

/// A crate that was found.
pub(crate) struct Found {
    pub(crate) answer: CrateFound,
    /// The versions that are to be in the answer, but are too long to be made at once: their ids and bytes, in order.
    pub(crate) left_out: Option<Vec<(i64, i64)>>,
}

impl Registry {
    /// A crate, by any spelling of its name, with what is asked for.
    ///
    /// # Errors
    /// When there is no such crate.
    pub(crate) async fn find_crate(&self, name: &str, include: Include) -> Result<Found> {
        let mut tx = self.store.read().await?;
        let krate = load_crate(&mut tx, name).await?;
        let recent_downloads = krate.recent_downloads.filter(|_| include.downloads);
        let mut shown =
            if include.versions { show(&krate, recent_downloads, false) } else { show_plain(&krate, recent_downloads) };
        let mut all = Vec::new();
        if include.versions {
            let mut ids: Vec<i64> =
                versions::list_summaries(&mut tx, krate.id).await?.iter().map(|version| version.id).collect();
            ids.sort_unstable_by(|a, b| b.cmp(a));
            all = sized(&mut tx, &ids).await?;
            shown.versions = Some(ids);
            shown.links = CrateLinks { versions: None, ..shown.links };
        }
        let is_long = all.iter().map(|(_, bytes)| bytes).sum::<i64>() > MAX_KEPT_BYTES;
        let versions = if is_long { None } else { self.included_versions(&mut tx, &krate, include).await? };
        let keywords = if include.keywords { Some(list_keywords(&mut tx, krate.id).await?) } else { None };
        shown.keywords = keywords.as_ref().map(|list| list.iter().map(|keyword| keyword.id.clone()).collect());
        let categories = if include.categories {
            Some(categories::list_of_crate(&mut tx, krate.id).await?.iter().map(show_category).collect::<Vec<_>>())
        } else {
            None
        };
        shown.categories = categories.as_ref().map(|list| list.iter().map(|category| category.id.clone()).collect());
        let answer = CrateFound { krate: shown, versions, keywords, categories };
        Ok(Found { answer, left_out: is_long.then_some(all) })
    }

    async fn included_versions(
        &self,
        tx: &mut Tx,
        krate: &crates::Crate,
        include: Include,
    ) -> Result<Option<Vec<VersionObject>>> {
        let rows = if include.versions {
            versions::list(tx, krate.id).await?
        } else if include.default_version {
            let default: Vec<i64> = krate.derived.default_version_id.into_iter().collect();
            versions::list_by_ids(tx, &default).await?
        } else {
            return Ok(None);
        };
        Ok(Some(self.show_versions(tx, rows, Spelling::Stored).await?))
    }
}

async fn list_keywords(tx: &mut Tx, crate_id: i64) -> Result<Vec<Keyword>> {
    Ok(keywords::list_of_crate(tx, crate_id).await?.iter().map(show_keyword).collect())
}

/// A keyword as the API shows it.
pub(crate) fn show_keyword(keyword: &keywords::Keyword) -> Keyword {
    Keyword {
        id: keyword.keyword.clone(),
        keyword: keyword.keyword.clone(),
        created_at: Timestamp::from_micros(keyword.created_at),
        crates_cnt: keyword.crates_cnt,
    }
}

//! The front page of the registry (contract §5.13, §5.14).

use cargohold_protocol::api;
use cargohold_store::Tx;
use cargohold_store::crates::{self, Crate, Top};
use cargohold_store::{downloads, keywords};

use crate::crate_view::show;
use crate::find_crate::show_keyword;
use crate::{Registry, Result};

/// How long each list is.
const LENGTH: i64 = 10;

/// What this program was built from.
pub(crate) const COMMIT: &str = match option_env!("CARGOHOLD_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

impl Registry {
    /// What is new, popular and busy.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn summary(&self) -> Result<api::Summary> {
        let mut tx = self.store.read().await?;
        let popular = keywords::list(&mut tx, keywords::Order::Crates, 0, LENGTH).await?;
        Ok(api::Summary {
            num_downloads: downloads::total(&mut tx).await?,
            num_crates: crates::count(&mut tx).await?,
            new_crates: top(&mut tx, Top::New).await?,
            most_downloaded: top(&mut tx, Top::Downloaded).await?,
            most_recently_downloaded: top(&mut tx, Top::RecentlyDownloaded).await?,
            just_updated: top(&mut tx, Top::Updated).await?,
            popular_keywords: popular.iter().map(show_keyword).collect(),
            popular_categories: self.popular_categories(&mut tx, 10).await?,
        })
    }

    /// What runs here.
    #[must_use]
    pub fn site_metadata(&self) -> api::SiteMetadata {
        let commit = COMMIT.to_owned();
        api::SiteMetadata {
            deployed_sha: commit.clone(),
            commit,
            cdn_base: String::new(),
            read_only: false,
            banner_message: self.banner().as_deref().map(str::to_owned),
        }
    }
}

async fn top(tx: &mut Tx, order: Top) -> Result<Vec<api::Crate>> {
    let found = crates::list_top(tx, order, LENGTH).await?;
    Ok(found.iter().map(|krate: &Crate| show(krate, krate.recent_downloads, false)).collect())
}

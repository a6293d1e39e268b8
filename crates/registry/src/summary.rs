//! The front page of the registry (contract §5.13, §5.14).

use std::sync::{Arc, Mutex, PoisonError};

use cargohold_protocol::api;
use cargohold_store::Tx;
use cargohold_store::crates::{self, Crate, Top};
use cargohold_store::{downloads, keywords};

use crate::cache::Noted;
use crate::crate_view::show;
use crate::find_crate::show_keyword;
use crate::finished::Finished;
use crate::{Error, Registry, Result};

/// How long each list is.
const LENGTH: i64 = 10;

/// What this program was built from.
pub(crate) const COMMIT: &str = match option_env!("CARGOHOLD_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// What is new, popular and busy, and the same as the API answers it.
#[derive(Debug)]
pub struct FrontPage {
    /// For pages.
    pub summary: api::Summary,
    /// For programs.
    pub answer: Finished,
}

/// The front page as of some change.
#[derive(Default)]
pub(crate) struct FrontPageCache {
    known: Mutex<Option<(Noted, Arc<FrontPage>)>>,
    /// Held by whoever makes it anew, while the others wait.
    making: tokio::sync::Mutex<()>,
}

impl FrontPageCache {
    fn get(&self, noted: Noted) -> Option<Arc<FrontPage>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(at, _)| *at == noted).map(|(_, page)| page.clone())
    }
}

impl Registry {
    /// What is new, popular and busy; from memory until any crate changes or downloads are taken into the totals.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn front_page(&self) -> Result<Arc<FrontPage>> {
        match self.front_page.get(self.answers.note()) {
            Some(known) => Ok(known),
            None => Box::pin(self.make_front_page()).await,
        }
    }

    /// Makes it anew, unless somebody has just done so.
    async fn make_front_page(&self) -> Result<Arc<FrontPage>> {
        let _alone = self.front_page.making.lock().await;
        let noted = self.answers.note();
        if let Some(known) = self.front_page.get(noted) {
            return Ok(known);
        }
        let summary = self.load_summary().await?;
        let answer = Finished::new(serde_json::to_string(&summary).map_err(Error::internal)?);
        let page = Arc::new(FrontPage { summary, answer });
        *self.front_page.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((noted, page.clone()));
        Ok(page)
    }

    async fn load_summary(&self) -> Result<api::Summary> {
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

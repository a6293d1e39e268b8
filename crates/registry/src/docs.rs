//! Rebuilding documentation at its host (contract §6.5).

use std::time::Duration;

use cargohold_protocol::Version;
use cargohold_store::versions;

use crate::access::{check_publisher, load_crate};
use crate::auth::Need;
use crate::jobs::{self, Work};
use crate::list_versions::load_version;
use crate::{Call, Error, Registry, Result};

/// How long the documentation host may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

impl Registry {
    /// Asks the documentation host to build a version's documentation once more.
    ///
    /// # Errors
    /// When the caller is not signed in or may not publish the crate, there is no such version, or no documentation host.
    pub async fn rebuild_docs(&self, call: &Call, name: &str, num: &Version) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        let (krate, _) = load_version(&mut self.store.read().await?, name, num).await?;
        let rights = self.rights(&actor, krate.id).await?;
        let mut tx = self.store.write().await?;
        let (krate, version) = load_version(&mut tx, name, num).await?;
        check_publisher(&mut tx, &actor, &krate, rights).await?;
        if self.settings.docs_rebuild_url.is_none() {
            return Err(Error::NoDocsHost);
        }
        jobs::enqueue(&mut tx, &Work::RebuildDocs { version_id: version.id }, call.now).await?;
        tx.commit().await?;
        self.jobs_wanted.notify_one();
        Ok(())
    }

    /// Makes sure that the caller may have the documentation of a crate built once more, for a page that asks whether they
    /// really want to.
    ///
    /// # Errors
    /// As [`Registry::rebuild_docs`].
    pub async fn check_may_rebuild_docs(&self, call: &Call, name: &str) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        let krate = load_crate(&mut self.store.read().await?, name).await?;
        let rights = self.rights(&actor, krate.id).await?;
        check_publisher(&mut self.store.read().await?, &actor, &krate, rights).await?;
        if self.settings.docs_rebuild_url.is_none() { Err(Error::NoDocsHost) } else { Ok(()) }
    }

    /// Tells the documentation host. A version that is gone needs no documentation.
    pub(crate) async fn request_docs(&self, version_id: i64) -> Result<()> {
        let Some(template) = &self.settings.docs_rebuild_url else { return Ok(()) };
        let version = versions::find_to_analyze(&mut self.store.read().await?, version_id).await?;
        let Some(version) = version else { return Ok(()) };
        let url = template.replace("{name}", &version.name).replace("{version}", &version.num.replace('+', "%2B"));
        let answer = reqwest::Client::new().post(url).timeout(PATIENCE).send().await;
        // The address may hold a secret, and what goes wrong is shown and kept.
        let failed = |error: reqwest::Error| Error::internal(error.without_url());
        answer.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        Ok(())
    }
}

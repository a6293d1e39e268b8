//! Readmes as HTML (contract §9.3).

use std::sync::Arc;

use cargohold_package::VCS_INFO_FILE;
use cargohold_protocol::Timestamp;
use cargohold_render::readme;
use cargohold_store::versions::{self, ToAnalyze};
use cargohold_store::{changes, crates};

use super::analysis::for_each_file;
use super::{Owner, keep_file};
use crate::{Error, Registry, Result};

impl Registry {
    /// Renders the readme of a version. A version that is gone needs none.
    pub(super) async fn render_readme(self: &Arc<Self>, version_id: i64, text: String, now: Timestamp) -> Result<()> {
        let found = versions::find_to_analyze(&mut self.store.read().await?, version_id).await?;
        let Some(version) = found else { return Ok(()) };
        let path_in_vcs = self.find_path_in_vcs(&version).await?;
        let (file, repository) = (version.readme_file.clone(), version.repository.clone());
        let html = tokio::task::spawn_blocking(move || {
            let repository = repository.as_deref();
            let repository = repository.map(|url| readme::Repository { url, path_in_vcs: path_in_vcs.as_deref() });
            readme::render(&text, file.as_deref(), repository)
        });
        let Some(html) = html.await.map_err(Error::internal)? else { return Ok(()) };
        let bytes = self.put_derived(html.into()).await?;
        let path = format!("readmes/{}/{}-{}.html", version.name, version.name, version.num);
        let mut tx = self.store.write().await?;
        let Some(krate) = crates::find_by_id(&mut tx, version.crate_id).await? else { return Ok(()) };
        crates::lock(&mut tx, krate.id).await?;
        let owner = Owner { crate_id: Some(version.crate_id), version_id: Some(version_id) };
        keep_file(&mut tx, &path, owner, &bytes, now).await?;
        let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        Ok(())
    }

    /// The folder of a package in its repository, which only matters if there is one for links to lead to.
    async fn find_path_in_vcs(self: &Arc<Self>, version: &ToAnalyze) -> Result<Option<String>> {
        if version.repository.is_none() {
            return Ok(None);
        }
        let tarball = self.load_tarball(version).await?;
        let of = version.clone();
        let find = move || {
            let mut path = None;
            for_each_file(&tarball, &of, |file, contents| {
                if file == VCS_INFO_FILE {
                    path = contents.and_then(cargohold_package::path_in_vcs);
                }
            })?;
            Ok(path)
        };
        tokio::task::spawn_blocking(find).await.map_err(Error::internal)?
    }
}

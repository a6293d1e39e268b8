//! The JSON objects of versions and people (contract §3.2, §3.3).

use std::collections::HashMap;

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{self, AuditAction, VersionLinks, VersionObject};
use cargohold_store::Tx;
use cargohold_store::users::{self, User};
use cargohold_store::versions::{self, ActionRow, VersionRow};
use serde::de::DeserializeOwned;

use crate::crate_view::show_url;
use crate::{Error, Registry, Result};

/// Which spelling of the crate's name versions show.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spelling<'a> {
    /// The stored one.
    Stored,
    /// The one in the request's address.
    Requested(&'a str),
}

impl Registry {
    /// A person, as everybody sees them.
    pub(crate) fn show_user(&self, user: &User) -> api::User {
        let base_url = &self.settings.base_url;
        let url = match &user.github_login {
            Some(login) => format!("https://github.com/{login}"),
            None => format!("{base_url}/users/{}", user.login),
        };
        api::User {
            id: user.id,
            login: user.login.clone(),
            name: user.name.clone(),
            avatar: user.avatar.clone(),
            url,
            github_username_matches: user.github_login.as_ref() == Some(&user.login),
            created_at: Some(Timestamp::from_micros(user.created_at)),
        }
    }

    /// Versions as the API shows them, in the order of the rows.
    pub(crate) async fn show_versions(
        &self,
        tx: &mut Tx,
        rows: Vec<VersionRow>,
        spelling: Spelling<'_>,
    ) -> Result<Vec<VersionObject>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let mut actions: HashMap<i64, Vec<AuditAction>> = HashMap::new();
        for row in versions::list_actions(tx, &ids).await? {
            actions.entry(row.version_id).or_default().push(self.show_action(row));
        }
        let mut publisher_ids: Vec<i64> = rows.iter().filter_map(|row| row.published_by).collect();
        publisher_ids.sort_unstable();
        publisher_ids.dedup();
        let publishers = users::list_by_ids(tx, &publisher_ids).await?;
        let publishers: HashMap<i64, api::User> =
            publishers.iter().map(|user| (user.id, self.show_user(user))).collect();
        let loaded_bytes = rows.iter().map(VersionRow::bytes).sum();
        let requested = match spelling {
            Spelling::Stored => None,
            Spelling::Requested(name) => Some(name.to_owned()),
        };
        off_thread_if_long(loaded_bytes, move || {
            let show = |row: VersionRow| {
                let published_by = row.published_by.and_then(|id| publishers.get(&id).cloned());
                show_version(&row, requested.as_deref(), published_by, actions.remove(&row.id).unwrap_or_default())
            };
            rows.into_iter().map(show).collect()
        })
        .await
    }

    /// One version as the API shows it, under the crate's stored name.
    pub(crate) async fn show_version(&self, tx: &mut Tx, row: VersionRow) -> Result<VersionObject> {
        let shown = self.show_versions(tx, vec![row], Spelling::Stored).await?;
        shown.into_iter().next().ok_or_else(|| Error::internal("a version vanished while it was shown"))
    }

    fn show_action(&self, row: ActionRow) -> AuditAction {
        AuditAction { action: row.action, user: self.show_user(&row.user), time: Timestamp::from_micros(row.at) }
    }
}

fn show_version(
    row: &VersionRow,
    requested: Option<&str>,
    published_by: Option<api::User>,
    audit_actions: Vec<AuditAction>,
) -> Result<VersionObject> {
    let krate = requested.unwrap_or(&row.crate_name);
    let path = |tail: &str| format!("/api/v1/crates/{krate}/{}/{tail}", row.num);
    Ok(VersionObject {
        id: row.id,
        krate: krate.to_owned(),
        num: row.num.clone(),
        dl_path: path("download"),
        readme_path: path("readme"),
        updated_at: Timestamp::from_micros(row.updated_at),
        created_at: Timestamp::from_micros(row.created_at),
        downloads: row.downloads,
        features: stored_json(&row.features)?,
        yanked: row.is_yanked,
        yank_message: row.yank_message.clone(),
        lib_links: row.links.clone(),
        license: row.license.clone(),
        links: VersionLinks {
            dependencies: path("dependencies"),
            version_downloads: path("downloads"),
            authors: path("authors"),
        },
        crate_size: row.size_bytes,
        published_by,
        audit_actions,
        checksum: row.cksum.parse().map_err(Error::internal)?,
        rust_version: row.rust_version.clone(),
        has_lib: row.has_lib,
        bin_names: row.bin_names.as_deref().map(stored_json).transpose()?,
        edition: row.edition.clone(),
        description: row.description.clone(),
        homepage: show_url(row.homepage.as_deref()),
        documentation: show_url(row.documentation.as_deref()),
        repository: show_url(row.repository.as_deref()),
        trustpub_data: row.trustpub_data.as_deref().map(stored_json).transpose()?,
        linecounts: row.linecounts.as_deref().map(stored_json).transpose()?,
    })
}

/// Work with more JSON than this keeps a thread busy for so long that others notice, in bytes.
const LONG_BYTES: usize = 128 * 1024;

/// Reads or writes so many bytes of JSON: here if they are few, or else on a thread that may be busy for a while.
pub(crate) async fn off_thread_if_long<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    if bytes <= LONG_BYTES {
        return work();
    }
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// A value that we stored as JSON.
pub(crate) fn stored_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

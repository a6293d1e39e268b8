//! Publish (contract §7): metadata, then tarball, then bytes → one transaction → visible.
//!
//! The commit is the publish. Before it, a crash leaves bytes that nobody refers to, which the sweeper removes; after
//! it, nothing can fail the request.

mod check;
mod publisher;
mod reserved;

use std::collections::BTreeSet;

use bytes::Bytes;
use cargohold_blobs::Key;
use cargohold_package::{Limits as PackageLimits, Package};
use cargohold_protocol::api::{self, PublishWarnings, Published};
use cargohold_protocol::{CrateName, PublishMetadata, Version};
use cargohold_store::crates::{self, Crate};
use cargohold_store::versions;
use cargohold_store::{Tx, categories, changes, dependencies, keywords, tombstones};
use serde_json::json;

use crate::access::Rights;
use crate::auth::check_header;
use crate::crate_view::{Derived, show};
use crate::jobs::{self, Work};
pub(crate) use crate::publish::check::MAX_URL_BYTES;
use crate::publish::check::NewVersion;
use crate::publish::publisher::Publisher;
pub use crate::publish::reserved::is_reserved;
pub(crate) use crate::publish::reserved::reserved_names;
use crate::{Call, Error, Registry, Result};

/// The folder of all tarballs in the blob store.
pub(crate) const BLOB_FOLDER: &str = "crates";

/// How many similar names a publisher is told.
const MAX_HINTS: usize = 3;

/// One day in the count of new versions.
const DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// An upload whose metadata was accepted; it may go on with its tarball.
#[derive(Debug)]
pub struct Upload {
    name: CrateName,
    version: Version,
    metadata: PublishMetadata,
    publisher: Publisher,
    max_features: usize,
    /// Whether there was no crate of this name when the upload began.
    is_new: bool,
    /// The longest tarball this crate may have, in bytes.
    pub max_tarball_bytes: u64,
}

impl Upload {
    /// Whose upload it is: a login, or what stands for a pipeline. All uploads of one publisher share what one may have at once.
    #[must_use]
    pub fn publisher(&self) -> String {
        self.publisher.name()
    }
}

impl Registry {
    /// Decides from the metadata whether the tarball is wanted (steps 4 to 11 of the contract).
    ///
    /// # Errors
    /// The first of the checks that fails.
    pub async fn begin_publish(&self, call: &Call, metadata: PublishMetadata) -> Result<Upload> {
        let name: CrateName = metadata.name.parse()?;
        let version: Version = metadata.vers.parse()?;
        let mut tx = self.store.read().await?;
        if let Some(stone) = tombstones::find(&mut tx, &name.canonical(), call.now).await? {
            return Err(Error::RecentlyDeleted { name: stone.name, available_at: stone.available_at });
        }
        check_header(call)?;
        let existing = crates::find(&mut tx, &name.canonical()).await?;
        drop(tx);
        let publisher = self.authorize_publisher(call, &name, existing.as_ref()).await?;
        let limits = &self.settings.limits;
        let own = |limit: fn(&Crate) -> Option<i64>| existing.as_ref().and_then(limit);
        let max_tarball_bytes = own(|krate| krate.max_upload_bytes).and_then(|max| max.try_into().ok());
        let max_features = own(|krate| krate.max_features).and_then(|max| max.try_into().ok());
        Ok(Upload {
            max_tarball_bytes: max_tarball_bytes.unwrap_or(limits.max_upload_bytes),
            max_features: max_features.unwrap_or(limits.max_features),
            is_new: existing.is_none(),
            name,
            version,
            metadata,
            publisher,
        })
    }

    /// Publishes the tarball (steps 13 to 34 of the contract). When this answers, the version resolves and downloads.
    ///
    /// # Errors
    /// The first of the checks that fails; then nothing is visible.
    pub async fn finish_publish(&self, call: &Call, upload: Upload, tarball: Bytes) -> Result<Published> {
        let version = self.check_tarball(call, &upload, tarball.clone()).await?;
        let cksum = version.cksum.to_string();
        upload.publisher.check_signed(&upload.version, &cksum)?;
        let rights = self.rights_to_publish(&upload).await?;
        let similar = self.similar_names(&upload).await;
        let key = blob_key(call, &version)?;
        let size_bytes = i64::try_from(tarball.len()).unwrap_or(i64::MAX);
        self.blobs.put(&key, tarball).await?;

        let mut tx = self.store.write().await?;
        let (krate, is_new) = self.claim_crate(&mut tx, call, &upload, rights).await?;
        if krate.name != upload.name {
            return Err(Error::OtherSpelling { stored: krate.name, given: upload.name });
        }
        self.check_daily_limit(&mut tx, call, &krate, is_new).await?;
        let (published_by, published_email) = upload.publisher.user();
        let new = versions::NewVersion {
            crate_id: krate.id,
            num: &version.num,
            line: &version.line,
            blob_key: key.as_str(),
            cksum: &version.cksum,
            size_bytes,
            published_by,
            published_email,
            readme_file: upload.metadata.readme_file.as_deref(),
            facts: &version.facts,
        };
        let inserted = versions::insert(&mut tx, &new, call.now).await?;
        let version_id = inserted.ok_or_else(|| Error::VersionExists(version.num.without_build()))?;
        self.check_dependencies(&mut tx, &version).await?;
        version.check_categories(self.settings.policy)?;

        dependencies::insert_all(&mut tx, version_id, &version.dependencies).await?;
        keywords::set_of_crate(&mut tx, krate.id, &version.keywords, call.now).await?;
        categories::set_of_crate(&mut tx, krate.id, &version.known_categories).await?;
        let readme = upload.metadata.readme.as_deref();
        crates::set_texts(&mut tx, krate.id, &version.texts, readme, call.now).await?;
        let derived = Derived::refresh(&mut tx, krate.id, call.now).await?;
        enqueue_work(&mut tx, call, &krate, is_new, version_id, readme).await?;
        if self.mailer.is_on() {
            jobs::enqueue(&mut tx, &Work::SendPublishNotifications { version_id }, call.now).await?;
            if is_new && !similar.is_empty() && !self.settings.operators.is_empty() {
                jobs::enqueue(&mut tx, &Work::ReportLookAlikes { crate_id: krate.id }, call.now).await?;
            }
        }
        let details =
            json!({ "version": version.num.to_string(), "cksum": version.cksum.to_string(), "is_new": is_new });
        upload.publisher.record(&mut tx, call, &krate.name, version_id, details).await?;
        let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), call.now).await?;
        tx.commit().await?;
        self.apply_change(&change);

        let krate = Crate { texts: version.texts, updated_at: call.now, derived: derived.values(), ..krate };
        tracing::info!(krate.name = %krate.name, version.num = %version.num, publisher = upload.publisher.name(), "published");
        let other = if is_new { similar } else { Vec::new() };
        let warnings =
            PublishWarnings { invalid_categories: version.unknown_categories, other, ..PublishWarnings::default() };
        let default_version = Some(derived.default_after_publish(&version.num).to_string());
        let krate = api::Crate { default_version, ..show(&krate, None, false) };
        Ok(Published { krate, warnings })
    }

    /// Opens the tarball and checks everything that needs no database, on a thread that may be busy for a while.
    async fn check_tarball(&self, call: &Call, upload: &Upload, tarball: Bytes) -> Result<NewVersion> {
        let _turn = self.inflating.acquire().await.map_err(Error::internal)?;
        let limits = &self.settings.limits;
        let package_limits = PackageLimits {
            max_unpacked_bytes: limits.max_unpacked_bytes.max(upload.max_tarball_bytes),
            max_entries: limits.max_entries,
        };
        let (name, num) = (upload.name.clone(), upload.version.clone());
        let opened = tokio::task::spawn_blocking(move || Package::open(&tarball, &name, &num, &package_limits));
        let package = opened.await.map_err(Error::internal)??;
        NewVersion::check(upload, package, &self.settings, call.now)
    }

    /// A hint for each crate with a name one edit away from a new one (S44). A hint is not worth failing for.
    async fn similar_names(&self, upload: &Upload) -> Vec<String> {
        if !self.settings.policy.warn_similar_names || !upload.is_new {
            return Vec::new();
        }
        let find = async {
            let mut tx = self.store.read().await?;
            let mut names = Vec::new();
            for id in self.search.similar(upload.name.as_str(), MAX_HINTS)? {
                names.extend(crates::find_by_id(&mut tx, id).await?.map(|krate| krate.name));
            }
            Ok::<_, Error>(names)
        };
        let names = find.await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot look for similar names");
            Vec::new()
        });
        let new = &upload.name;
        let hint = |name| format!("the name `{new}` is one letter away from `{name}`; make sure that you meant it");
        names.into_iter().filter(|name| name.canonical() != new.canonical()).map(hint).collect()
    }

    /// What a user may do with a crate that exists. Asked before the bytes are kept, for it may take a while.
    async fn rights_to_publish(&self, upload: &Upload) -> Result<Rights> {
        let Publisher::User(actor) = &upload.publisher else { return Ok(Rights::None) };
        let existing = crates::find(&mut self.store.read().await?, &upload.name.canonical()).await?;
        let Some(krate) = existing else { return Ok(Rights::None) };
        match self.rights(actor, krate.id).await? {
            Rights::None => Err(Error::CrateTaken(krate.name, actor.user.login.clone())),
            rights => Ok(rights),
        }
    }

    /// The crate to publish to and whether it is new; the publisher becomes the owner of a new one.
    async fn claim_crate(&self, tx: &mut Tx, call: &Call, upload: &Upload, rights: Rights) -> Result<(Crate, bool)> {
        let (name, publisher) = (&upload.name, &upload.publisher);
        self.check_not_reserved(name)?;
        let inserted = match publisher.future_owner() {
            Some(_) => crates::insert(tx, name, call.now).await?,
            None => None,
        };
        if let Some(id) = inserted {
            // The crate may have been deleted since the metadata was judged; then its name is locked, for its owner too.
            if let Some(stone) = tombstones::find(tx, &name.canonical(), call.now).await? {
                return Err(Error::RecentlyDeleted { name: stone.name, available_at: stone.available_at });
            }
            if !upload.is_new {
                return Err(Error::NoSuchCrate(name.to_string()));
            }
            publisher.take_possession(tx, call, name, id).await?;
        }
        let found = crates::find(tx, &name.canonical()).await?;
        let krate = found.ok_or_else(|| Error::NoSuchCrate(name.to_string()))?;
        crates::lock(tx, krate.id).await?;
        if inserted.is_none() {
            publisher.check_may_publish(tx, &krate, rights).await?;
        }
        Ok((krate, inserted.is_some()))
    }

    /// Refuses a name that nobody can publish, where the policy wants that.
    pub(crate) fn check_not_reserved(&self, name: &CrateName) -> Result<()> {
        if self.settings.policy.reserve_names && is_reserved(name) {
            return Err(Error::Refused(format!("the name `{name}` is reserved; choose another one")));
        }
        Ok(())
    }

    async fn check_daily_limit(&self, tx: &mut Tx, call: &Call, krate: &Crate, is_new: bool) -> Result<()> {
        let Some(limit) = self.settings.limits.max_new_versions_daily else { return Ok(()) };
        if !is_new && versions::count_since(tx, krate.id, call.now.before(DAY)).await? >= limit {
            return Err(Error::TooManyVersionsToday(krate.name.clone(), limit));
        }
        Ok(())
    }

    /// Every dependency on this registry must exist here, in exactly that spelling.
    async fn check_dependencies(&self, tx: &mut Tx, version: &NewVersion) -> Result<()> {
        if !self.settings.policy.known_dependencies_only {
            return Ok(());
        }
        let own = || version.dependencies.iter().filter(|dependency| dependency.registry.is_none());
        let names: BTreeSet<CrateName> = own().filter_map(|dependency| dependency.name.parse().ok()).collect();
        let existing = crates::existing_names(tx, &names).await?;
        match own().find(|dependency| !existing.contains(&dependency.name)) {
            None => Ok(()),
            Some(missing) => {
                let name = &missing.name;
                let hint = "publish it first, or say in `Cargo.toml` which registry it comes from";
                Err(Error::Refused(format!("there is no crate `{name}` in this registry to depend on; {hint}")))
            }
        }
    }
}

/// Enqueues what follows a publish (contract §7.7).
async fn enqueue_work(
    tx: &mut Tx,
    call: &Call,
    krate: &Crate,
    is_new: bool,
    version_id: i64,
    readme: Option<&str>,
) -> Result<()> {
    let readme = readme.filter(|text| !text.trim().is_empty());
    let readme = readme.map(|text| Work::RenderReadme { version_id, text: text.to_owned() });
    let work = [Work::AnalyzeVersion { version_id }, Work::CrateFeed { crate_id: krate.id }, Work::UpdatesFeed];
    for work in readme.iter().chain(&work).chain(is_new.then_some(&Work::CratesFeed)) {
        jobs::enqueue(tx, work, call.now).await?;
    }
    Ok(())
}

/// The key of a publish: the checksum tells what is inside, the id of the request makes it this publish's own, so that
/// the sweeper can never remove what another publish is about to refer to.
fn blob_key(call: &Call, version: &NewVersion) -> Result<Key> {
    let cksum = version.cksum.to_string();
    format!("{BLOB_FOLDER}/{}/{cksum}-{}.crate", &cksum[..2], call.id).parse().map_err(Error::internal)
}

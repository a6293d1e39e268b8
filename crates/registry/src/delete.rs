//! Deletion of a crate, which only makes sense while nobody builds on it (contract §6.2).

use std::collections::BTreeSet;
use std::time::Duration;

use cargohold_mail::Letter;
use cargohold_protocol::Timestamp;
use cargohold_store::crates::{self, Crate};
use cargohold_store::tombstones::{self, NewTombstone};
use cargohold_store::{Tx, categories, changes, crate_teams, dependencies, derived_files, keywords, owners};
use serde_json::json;

use crate::access::{load_crate, lock_own_crate};
use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::jobs::{self, Work};
use crate::words::{MAX_REASON_CHARS, check_words};
use crate::{Call, Error, Registry, Result};

/// A crate this young may be deleted by any owner, however popular it is.
const YOUNG: Duration = Duration::from_hours(72);

/// How many downloads a month an older crate may have.
const DOWNLOADS_A_MONTH: i64 = 1000;

/// How long the name of a deleted crate stays unavailable.
const NAME_LOCKED_FOR: Duration = Duration::from_hours(24);

const MICROS_A_DAY: i64 = 24 * 60 * 60 * 1_000_000;

impl Registry {
    /// Deletes a crate with everything that belongs to it; its name stays unavailable for a day.
    ///
    /// # Errors
    /// When the caller is not signed in or does not own the crate, or when others may already build on it.
    pub async fn delete_crate(&self, call: &Call, name: &str, message: Option<&str>) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        check_words("the reason", message.unwrap_or_default(), MAX_REASON_CHARS)?;
        let krate = load_crate(&mut self.store.read().await?, name).await?;
        self.check_full_rights(&actor, &krate).await?;
        let mut tx = self.store.write().await?;
        let krate = lock_own_crate(&mut tx, &actor, name).await?;
        crates::lock_to_delete(&mut tx, krate.id).await?;
        check_deletable(&mut tx, call, &krate).await?;
        let blobs = derived_files::list_blobs_of_crate(&mut tx, krate.id).await?;
        jobs::enqueue(&mut tx, &Work::RemoveBlobs { crate_id: krate.id, keys: blobs }, call.now).await?;
        keywords::set_of_crate(&mut tx, krate.id, &BTreeSet::new(), call.now).await?;
        categories::set_of_crate(&mut tx, krate.id, &BTreeSet::new()).await?;
        crates::delete(&mut tx, krate.id).await?;
        let tombstone = NewTombstone {
            name: &krate.name,
            created_at: krate.created_at,
            deleted_at: call.now,
            deleted_by: Some(actor.user.id),
            message: message.filter(|message| !message.is_empty()),
            available_at: call.now.after(NAME_LOCKED_FOR),
        };
        tombstones::insert(&mut tx, &tombstone).await?;
        let deed = Deed::new(call, &actor, "crate.delete", krate.name.as_str());
        audit::record(&mut tx, &deed.with(json!({ "message": tombstone.message }))).await?;
        let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), call.now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        tracing::warn!(krate.name = %krate.name, user.id = actor.user.id, "deleted a crate");
        self.post_to(&actor.user, &Letter::CrateDeleted { krate: krate.name.to_string() }, call.now).await;
        Ok(())
    }
}

/// A condition under which a crate may be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What must be true, as a sentence.
    pub text: String,
    /// Whether it is.
    pub is_met: bool,
}

/// Whether a crate could be deleted now, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionPreview {
    /// Whether all conditions are met.
    pub may_delete: bool,
    /// What must be true.
    pub conditions: Vec<Condition>,
}

/// A condition as it was found: with the refusal if it is not met.
struct Judged {
    text: String,
    refusal: Option<String>,
}

impl Registry {
    /// What a deletion of a crate depends on, and whether it would be refused now.
    ///
    /// # Errors
    /// When the caller is not signed in or does not own the crate.
    pub async fn preview_deletion(&self, call: &Call, name: &str) -> Result<DeletionPreview> {
        let actor = self.authorize(call, Need::Session).await?;
        let krate = load_crate(&mut self.store.read().await?, name).await?;
        self.check_full_rights(&actor, &krate).await?;
        let judged = judge(&mut self.store.read().await?, call.now, &krate).await?;
        Ok(DeletionPreview {
            may_delete: judged.iter().all(|it| it.refusal.is_none()),
            conditions: judged
                .into_iter()
                .map(|it| Condition { text: it.text, is_met: it.refusal.is_none() })
                .collect(),
        })
    }
}

async fn check_deletable(tx: &mut Tx, call: &Call, krate: &Crate) -> Result<()> {
    match judge(tx, call.now, krate).await?.into_iter().find_map(|judged| judged.refusal) {
        None => Ok(()),
        Some(refusal) => Err(Error::NotDeletable(refusal)),
    }
}

/// All that a deletion depends on, in the order in which it is refused.
async fn judge(tx: &mut Tx, now: Timestamp, krate: &Crate) -> Result<Vec<Judged>> {
    let mut judged = Vec::new();
    if krate.created_at.after(YOUNG) < now {
        judged.push(judge_owners(tx, krate).await?);
        judged.push(judge_downloads(krate, now));
    } else {
        let text = "The crate is younger than 72 hours, so neither its owners nor its downloads matter.";
        judged.push(Judged { text: text.to_owned(), refusal: None });
    }
    judged.push(judge_dependents(tx, krate).await?);
    Ok(judged)
}

async fn judge_owners(tx: &mut Tx, krate: &Crate) -> Result<Judged> {
    let owners = owners::list(tx, krate.id).await?.len() + crate_teams::list(tx, krate.id).await?.len();
    let hint = "has several owners and is older than 72 hours; remove the other owners first, or yank its versions";
    Ok(Judged {
        text: format!("A crate that is older than 72 hours has a single owner; this one has {owners}."),
        refusal: (owners > 1).then(|| format!("`{}` {hint}", krate.name)),
    })
}

fn judge_downloads(krate: &Crate, now: Timestamp) -> Judged {
    let age_days = (now.micros() - krate.created_at.micros()) / MICROS_A_DAY;
    let limit = DOWNLOADS_A_MONTH * ((age_days + 29) / 30);
    let (name, downloads) = (&krate.name, krate.downloads);
    let hint = "so others use it; yank its versions instead";
    Judged {
        text: format!("A crate of this age has at most {limit} downloads; this one has {downloads}."),
        refusal: (downloads > limit).then(|| format!("`{name}` has more than {limit} downloads, {hint}")),
    }
}

async fn judge_dependents(tx: &mut Tx, krate: &Crate) -> Result<Judged> {
    let found = dependencies::find_dependent(tx, &krate.name, krate.id).await?;
    let rule = "No version of another crate here depends on it";
    Ok(match found {
        None => Judged { text: format!("{rule}."), refusal: None },
        Some((dependent, num)) => Judged {
            text: format!("{rule}; `{dependent}@{num}` does."),
            refusal: Some(format!(
                "`{}` is a dependency of `{dependent}@{num}`; yank its versions instead",
                krate.name
            )),
        },
    })
}

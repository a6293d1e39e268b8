//! The audit log: every change with who made it, from where and in which request, in the transaction that makes it. Each
//! entry's hash covers the one before it, so that nobody can change or remove an entry without all later ones showing it.

use cargohold_protocol::Timestamp;
use cargohold_store::audit::{self, Entry, Filter, Head};
use cargohold_store::{Store, Tx, users};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Actor, Call, Error, Registry, Result};

/// How many entries are read at once.
const PIECE: i64 = 1000;

/// Something that was done.
#[derive(Clone, Debug)]
pub(crate) struct Deed<'a> {
    action: &'static str,
    subject: &'a str,
    actor: String,
    actor_id: Option<i64>,
    token_id: Option<i64>,
    address: Option<String>,
    request_id: Option<&'a str>,
    at: Timestamp,
    details: Value,
    /// The public key with which somebody signed the request.
    key_id: Option<i64>,
}

impl<'a> Deed<'a> {
    /// Something that somebody did to a crate, an account or a team.
    pub(crate) fn new(call: &'a Call, actor: &Actor, action: &'static str, subject: &'a str) -> Self {
        Self {
            actor: actor.user.login.clone(),
            actor_id: Some(actor.user.id),
            token_id: actor.token_id(),
            key_id: actor.key_id(),
            ..Self::by(call, "", action, subject)
        }
    }

    /// Something that was done by whoever `actor` stands for: a pipeline, or a stranger with the right secret.
    pub(crate) fn by(call: &'a Call, actor: &str, action: &'static str, subject: &'a str) -> Self {
        Self {
            address: call.address.map(|address| address.to_string()),
            request_id: Some(call.id.as_str()),
            ..Self::on_command_line(call.now, action, subject).acting_as(actor)
        }
    }

    /// Something that an operator did on the command line.
    pub(crate) fn on_command_line(at: Timestamp, action: &'static str, subject: &'a str) -> Self {
        Self {
            action,
            subject,
            actor: "(command line)".to_owned(),
            actor_id: None,
            token_id: None,
            address: None,
            request_id: None,
            at,
            details: json!({}),
            key_id: None,
        }
    }

    /// What else there is to say, as a JSON object. Never a secret.
    pub(crate) fn with(self, details: Value) -> Self {
        Self { details, ..self }
    }

    fn acting_as(self, actor: &str) -> Self {
        Self { actor: actor.to_owned(), ..self }
    }

    fn follow(&self, head: &Head) -> Entry {
        let mut details = self.details.clone();
        if let (Some(key_id), Some(details)) = (self.key_id, details.as_object_mut()) {
            details.insert("signed_with_key".to_owned(), key_id.into());
        }
        let mut entry = Entry {
            seq: head.seq + 1,
            at: self.at.micros(),
            action: self.action.to_owned(),
            actor: self.actor.clone(),
            actor_id: self.actor_id,
            token_id: self.token_id,
            address: self.address.clone(),
            request_id: self.request_id.map(str::to_owned),
            subject: self.subject.to_owned(),
            details: details.to_string(),
            hash: Vec::new(),
        };
        entry.hash = hash(&head.hash, &entry).to_vec();
        entry
    }
}

/// Writes what was done into the log. Comes late in a transaction, for everybody else's entries wait for its end.
pub(crate) async fn record(tx: &mut Tx, deed: &Deed<'_>) -> Result<()> {
    let head = audit::hold_head(tx).await?;
    Ok(audit::append(tx, &deed.follow(&head)).await?)
}

/// The SHA-256 of the hash before and of every field as one JSON array.
fn hash(before: &[u8], entry: &Entry) -> [u8; 32] {
    let Entry { seq, at, action, actor, actor_id, token_id, address, request_id, subject, details, hash: _ } = entry;
    let fields = json!([seq, at, action, actor, actor_id, token_id, address, request_id, subject, details]);
    Sha256::new().chain_update(before).chain_update(fields.to_string()).finalize().into()
}

/// An entry as people read it.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntry {
    /// Its place in the chain, counted from 1.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What was done, such as `version.publish`.
    pub action: String,
    /// Who did it: a login, or what stands for one.
    pub actor: String,
    /// The id of who did it, if it was a person.
    pub actor_id: Option<i64>,
    /// The token they did it with.
    pub token_id: Option<i64>,
    /// From where.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// To what: a crate, a login, a team.
    pub subject: String,
    /// What else there is to say.
    pub details: Value,
    /// The SHA-256 of the entry before it and of all of the above, as hex digits.
    pub hash: String,
}

impl AuditEntry {
    fn from_stored(entry: Entry) -> Result<Self> {
        Ok(Self {
            details: serde_json::from_str(&entry.details).map_err(Error::internal)?,
            hash: to_hex(&entry.hash),
            seq: entry.seq,
            at: Timestamp::from_micros(entry.at),
            action: entry.action,
            actor: entry.actor,
            actor_id: entry.actor_id,
            token_id: entry.token_id,
            address: entry.address,
            request_id: entry.request_id,
            subject: entry.subject,
        })
    }
}

/// Which entries somebody wants to see; `None` does not limit.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only those before this place.
    pub before: Option<i64>,
    /// Only what this person did.
    pub actor_id: Option<i64>,
    /// Only what the person with this login did, whatever they were called then; or what was done by whoever was called this, if
    /// nobody has the login.
    pub actor: Option<String>,
    /// Only what was done to this.
    pub subject: Option<String>,
    /// Only this action.
    pub action: Option<String>,
}

/// What an unbroken chain looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditChain {
    /// How many entries there are.
    pub entries: i64,
    /// The hash of the last, as hex digits. Whoever keeps it elsewhere can tell later whether the end was cut off.
    pub hash: String,
}

impl Registry {
    /// Entries of the audit log, newest first.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn list_audit(&self, call: &Call, query: &AuditQuery, limit: i64) -> Result<Vec<AuditEntry>> {
        self.authorize(call, crate::auth::Need::Administrator).await?;
        let mut tx = self.store.read().await?;
        let mut filter = Filter {
            actor_id: query.actor_id,
            actor: query.actor.clone(),
            subject: query.subject.clone(),
            action: query.action.clone(),
        };
        if let Some(login) = &query.actor
            && let Some(user) = users::find_by_login(&mut tx, login).await?
        {
            filter = Filter { actor_id: Some(user.id), actor: None, ..filter };
        }
        let before = query.before.unwrap_or(i64::MAX);
        let entries = audit::list_before(&mut tx, before, &filter, limit).await?;
        entries.into_iter().map(AuditEntry::from_stored).collect()
    }

    /// Computes the whole chain anew, as [`Registry::verify_audit`] does.
    ///
    /// # Errors
    /// When the caller is no administrator; names the first entry that is missing or is not what was written.
    pub async fn check_audit(&self, call: &Call) -> Result<AuditChain> {
        self.authorize(call, crate::auth::Need::Administrator).await?;
        Self::verify_audit(&self.store).await
    }

    /// Up to a thousand entries after a place in the audit log, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_audit(store: &Store, after: i64) -> Result<Vec<AuditEntry>> {
        let entries = audit::list_after(&mut store.read().await?, after, &Filter::default(), PIECE).await?;
        entries.into_iter().map(AuditEntry::from_stored).collect()
    }

    /// Computes the whole chain anew.
    ///
    /// # Errors
    /// Names the first entry that is missing or is not what was written.
    pub async fn verify_audit(store: &Store) -> Result<AuditChain> {
        let mut tx = store.snapshot().await?;
        let end = audit::find_head(&mut tx).await?.unwrap_or(Head { seq: 0, hash: vec![0; 32] });
        let mut last = Head { seq: 0, hash: vec![0; 32] };
        loop {
            let entries = audit::list_after(&mut tx, last.seq, &Filter::default(), PIECE).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                let seq = last.seq + 1;
                if entry.seq != seq || entry.hash != hash(&last.hash, &entry) {
                    return Err(Error::AuditBroken(seq));
                }
                last = Head { seq, hash: entry.hash };
            }
        }
        if last != end {
            return Err(Error::AuditBroken(last.seq + 1));
        }
        Ok(AuditChain { entries: last.seq, hash: to_hex(&last.hash) })
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

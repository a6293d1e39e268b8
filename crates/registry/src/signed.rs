//! Cargo's asymmetric tokens (RFC 3231): signed for one request with a key whose public half its owner has registered here.

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_providers::paseto::{self, Asymmetric, Mutation, PublicKey};
use cargohold_store::public_keys;
use serde_json::json;

use crate::audit::{self, Deed};
use crate::auth::{LAST_USE_PRECISION, Need, Proof};
use crate::words::{MAX_NAME_CHARS, check_words};
use crate::{Actor, Call, Error, Registry, Result};

/// What asymmetric tokens begin with.
const PREFIX: &str = "v3.public.";

/// How old a token for reading may be: cargo makes one and uses it as long as it runs.
const READ_LIFETIME: Duration = Duration::from_mins(15);

/// How old a token for a change may be: cargo makes one for each, and may have to send a long upload after it.
const CHANGE_LIFETIME: Duration = Duration::from_mins(10);

/// How far the clock of whoever made a token may be ahead.
const LEEWAY: Duration = Duration::from_mins(1);

/// How many keys somebody may have.
const MAX_KEYS: usize = 100;

/// A key, as its owner sees it.
pub type ListedKey = public_keys::Listed;

/// Whether the text is an asymmetric token rather than an API token.
pub(crate) fn is_signed(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// What a token that was signed for one change permits.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    /// The row of the key.
    pub(crate) key: i64,
    asymmetric: Asymmetric,
}

impl Signed {
    /// Whether it was made for a kind of change to a crate.
    pub(crate) fn is_for(&self, mutations: &[Mutation], krate: &str) -> bool {
        let names = self.asymmetric.name.as_deref() == Some(krate);
        names && self.asymmetric.mutation.is_some_and(|mutation| mutations.contains(&mutation))
    }
}

impl Actor {
    /// Makes sure that a token signed for one change was signed for this one; any other proof is fine.
    ///
    /// # Errors
    /// When it was signed for another version, other bytes or another change.
    pub(crate) fn check_signed_for(&self, mutation: Mutation, version: &str, cksum: Option<&str>) -> Result<()> {
        let Proof::Signed(Signed { asymmetric, .. }) = &self.proof else { return Ok(()) };
        let is_same = asymmetric.mutation == Some(mutation)
            && asymmetric.vers.as_deref() == Some(version)
            && cksum.is_none_or(|cksum| asymmetric.cksum.as_deref() == Some(cksum));
        if is_same { Ok(()) } else { Err(Error::TokenScope("a token signed for this very change".to_owned())) }
    }
}

impl Registry {
    /// Who signed a token, and for what.
    ///
    /// # Errors
    /// When it is not signed with a registered key, is too old, or is for another registry.
    pub(crate) async fn by_signature(&self, call: &Call, token: &str) -> Result<Actor> {
        let footer = paseto::footer(token).map_err(Error::Signed)?;
        let found = public_keys::find_usable(&mut self.store.read().await?, &footer.kip).await?;
        let row = found.ok_or(Error::TokenNotAccepted)?;
        let key: PublicKey = row.key.parse().map_err(Error::internal)?;
        let asymmetric = paseto::verify(token, &key).map_err(Error::Signed)?;
        if !self.settings.index_urls().any(|url| url == footer.url) {
            return Err(Error::SignedForAnother(footer.url));
        }
        check_age(&asymmetric, call.now)?;
        self.remember_key_use(&row, call.now).await;
        let proof = Proof::Signed(Signed { key: row.id, asymmetric });
        Ok(Actor { user: row.user, proof })
    }

    async fn remember_key_use(&self, row: &public_keys::PublicKey, now: Timestamp) {
        let used = row.last_used_at.map(Timestamp::from_micros);
        if used.is_some_and(|used| used.after(LAST_USE_PRECISION) > now) {
            return;
        }
        let remember = async {
            let mut tx = self.store.write().await?;
            public_keys::touch(&mut tx, row.id, now, now.before(LAST_USE_PRECISION)).await?;
            tx.commit().await
        };
        if let Err(error) = remember.await {
            tracing::warn!(error = &error as &dyn std::error::Error, key.id = row.id, "cannot record the use of a key");
        }
    }

    /// The caller's keys, the newest first.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn list_keys(&self, call: &Call) -> Result<Vec<ListedKey>> {
        let actor = self.authorize(call, Need::Session).await?;
        Ok(public_keys::list(&mut self.store.read().await?, actor.user.id).await?)
    }

    /// Registers a public key of the caller's, `k3.public.…`.
    ///
    /// # Errors
    /// When the caller is not signed in, the text is no such key, or it is registered already.
    pub async fn register_key(&self, call: &Call, name: &str, key: &str) -> Result<ListedKey> {
        if name.trim().is_empty() {
            return Err(Error::Refused("a key needs a name; give it one that says where it lives".to_owned()));
        }
        check_words("the name", name, MAX_NAME_CHARS)?;
        let actor = self.authorize(call, Need::Session).await?;
        let limits = &self.settings.limits;
        self.spend_always(call, actor.user.id, "token-creation", "register keys", limits.token_creation).await?;
        let key: PublicKey = key.trim().parse().map_err(|error| Error::Refused(format!("{error}")))?;
        let mut tx = self.store.write().await?;
        if public_keys::list(&mut tx, actor.user.id).await?.len() >= MAX_KEYS {
            return Err(Error::Refused(format!("you have {MAX_KEYS} keys, which is the limit; revoke some first")));
        }
        let key_id = key.id();
        let id = public_keys::insert(&mut tx, actor.user.id, &key_id, &key.to_string(), name, call.now).await?;
        let id = id.ok_or_else(|| Error::Refused("this key was registered before; make a new one".to_owned()))?;
        let deed = Deed::new(call, &actor, "key.register", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "key": key_id, "name": name }))).await?;
        tx.commit().await?;
        self.tell_of_change(call, &actor.user, "A public key for cargo was registered").await;
        let created_at = call.now.micros();
        Ok(ListedKey { id, key_id, name: name.to_owned(), created_at, last_used_at: None })
    }

    /// Makes a key of the caller's unusable for ever. Idempotent.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn revoke_key(&self, call: &Call, id: i64) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        let mut tx = self.store.write().await?;
        if !public_keys::revoke(&mut tx, actor.user.id, id).await? {
            return Ok(());
        }
        let deed = Deed::new(call, &actor, "key.revoke", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "key": id }))).await?;
        Ok(tx.commit().await?)
    }
}

fn check_age(asymmetric: &Asymmetric, now: Timestamp) -> Result<()> {
    let made = Timestamp::from(asymmetric.iat);
    let lifetime = if asymmetric.mutation.is_some() { CHANGE_LIFETIME } else { READ_LIFETIME };
    if made > now.after(LEEWAY) || made.after(lifetime) < now {
        return Err(Error::SignedTooLongAgo(made));
    }
    Ok(())
}

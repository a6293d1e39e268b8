//! API tokens: what people do with their own (contract part 2, §5).

use std::time::Duration;

use cargohold_mail::Letter;
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{ApiToken, ApiTokenWithSecret};
use cargohold_store::tokens::{self, Listed, NewToken};
use cargohold_store::{Tx, users};
use serde_json::json;

use crate::audit::{self, Deed};
use crate::auth::{Actor, Need};
use crate::scope::check_pattern;
use crate::secret::TokenSecret;
use crate::words::{MAX_NAME_CHARS, check_words};
use crate::{Call, Error, Registry, Result, Scope};

/// How many tokens that work a person may have.
const MAX_TOKENS: i64 = 500;

/// How many crate patterns a token may have.
const MAX_PATTERNS: usize = 100;

/// How far back expired tokens are shown, in days: more than any registry is old.
const MAX_EXPIRED_DAYS: i64 = 1_000_000;

const DAY: Duration = Duration::from_hours(24);

/// A token that somebody wants for themselves.
#[derive(Clone, Debug)]
pub struct WantedToken {
    /// What to call it.
    pub name: String,
    /// What it may be used for; `None` for everything, which few registries allow, and an empty list for nothing.
    pub endpoint_scopes: Option<Vec<String>>,
    /// Patterns of the crates it covers; nothing or empty for all.
    pub crate_scopes: Option<Vec<String>>,
    /// When it stops working; a time that has passed is accepted.
    pub expires_at: Option<Timestamp>,
}

impl Registry {
    /// Makes a token for the caller and tells them by mail.
    ///
    /// # Errors
    /// When the name is empty, the caller is not signed in, the operator lets nobody create tokens, the caller creates too many,
    /// or a scope or pattern is none.
    pub async fn create_my_token(&self, call: &Call, wanted: &WantedToken) -> Result<ApiTokenWithSecret> {
        check_name(&wanted.name)?;
        let actor = self.authorize(call, Need::Unlimited).await?;
        if actor.token_id().is_some() {
            let text = "a token cannot make another token; sign in on the web site and create it there";
            return Err(Error::Refused(text.to_owned()));
        }
        self.check_creation_enabled(call, &actor)?;
        let rate = self.settings.limits.token_creation;
        self.spend_always(call, actor.user.id, "token-creation", "create tokens", rate).await?;
        let secret = TokenSecret::random();
        let mut tx = self.store.write().await?;
        // Of parallel creations none is overlooked when tokens are counted.
        users::lock(&mut tx, actor.user.id).await?;
        if tokens::count_usable(&mut tx, actor.user.id, call.now).await? >= MAX_TOKENS {
            return Err(Error::Refused(format!("you have {MAX_TOKENS} tokens, which is the limit; revoke some first")));
        }
        self.check_limits(wanted)?;
        let shown = insert(&mut tx, call, &actor, wanted, &secret).await?;
        tx.commit().await?;
        self.post_to(&actor.user, &Letter::NewToken { token_name: shown.name.clone() }, call.now).await;
        Ok(ApiTokenWithSecret { shown, token: secret.reveal().to_owned() })
    }

    fn check_creation_enabled(&self, call: &Call, actor: &Actor) -> Result<()> {
        let Some(reason) = &self.settings.tokens.creation_disabled else { return Ok(()) };
        let (address, user_agent) = (call.address.map(|address| address.to_string()), call.user_agent.as_deref());
        tracing::warn!(user.id = actor.user.id, address, user_agent, "somebody wanted a token while none are created");
        Err(Error::TokenCreationDisabled(reason.clone()))
    }

    fn check_limits(&self, wanted: &WantedToken) -> Result<()> {
        let patterns = wanted.crate_scopes.as_deref().unwrap_or_default();
        if patterns.len() > MAX_PATTERNS {
            let given = patterns.len();
            return Err(Error::Refused(format!("{given} crate patterns are too many; name at most {MAX_PATTERNS}")));
        }
        patterns.iter().try_for_each(|pattern| check_pattern(pattern))?;
        match &wanted.endpoint_scopes {
            Some(scopes) => scopes.iter().try_for_each(|scope| {
                scope.parse::<Scope>().map(|_| ()).map_err(|problem| Error::Refused(problem.replace('\0', "\u{fffd}")))
            }),
            None if self.settings.policy.legacy_tokens => Ok(()),
            None => {
                let scopes = Scope::ALL.map(Scope::as_str).join("`, `");
                Err(Error::Refused(format!("say in `endpoint_scopes` what the token is for: some of `{scopes}`")))
            }
        }
    }

    /// The caller's tokens that work or have expired in the last days, the newest first.
    ///
    /// # Errors
    /// When the caller is not signed in, or the number of days is beyond any calendar.
    pub async fn list_my_tokens(&self, call: &Call, expired_days: Option<i64>) -> Result<Vec<ApiToken>> {
        let actor = self.authorize(call, Need::Session).await?;
        let days = expired_days.unwrap_or_default();
        if days > MAX_EXPIRED_DAYS {
            return Err(Error::Refused(format!(
                "`expired_days` is at most {MAX_EXPIRED_DAYS}, not {days}; ask for fewer"
            )));
        }
        let days = u32::try_from(days).unwrap_or_default();
        let listed = tokens::list(&mut self.store.read().await?, actor.user.id, call.now.before(DAY * days)).await?;
        Ok(listed.into_iter().map(show).collect())
    }

    /// A token of the caller's, even if it is revoked or expired.
    ///
    /// # Errors
    /// When the caller has neither a session nor a token without limits, or no such token: others' are none.
    pub async fn find_my_token(&self, call: &Call, id: i64) -> Result<ApiToken> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        let found = tokens::find_listed(&mut self.store.read().await?, actor.user.id, id).await?;
        found.map(show).ok_or(Error::NotYourToken(id))
    }

    /// Makes a token of the caller's unusable for ever. Nothing happens if they have no such token.
    ///
    /// # Errors
    /// When the caller has neither a session nor a token without limits.
    pub async fn revoke_my_token(&self, call: &Call, id: i64) -> Result<()> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        self.revoke(call, &actor, id).await
    }

    /// Makes the token that the caller presents unusable for ever, whatever it may be used for otherwise.
    ///
    /// # Errors
    /// When the caller presents none, or is signed in, which goes before a token.
    pub async fn revoke_current_token(&self, call: &Call) -> Result<()> {
        let actor = self.authorize(call, Need::Anything).await?;
        let Some(id) = actor.token_id() else {
            let text =
                "no token is given, only the cookie of a session; revoke a token by its id at `/api/v1/me/tokens/{id}`";
            return Err(Error::Refused(text.to_owned()));
        };
        self.revoke(call, &actor, id).await
    }

    async fn revoke(&self, call: &Call, actor: &Actor, id: i64) -> Result<()> {
        let mut tx = self.store.write().await?;
        if !tokens::revoke_of_user(&mut tx, actor.user.id, id).await? {
            return Ok(());
        }
        let deed = Deed::new(call, actor, "token.revoke", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "token": id }))).await?;
        tx.commit().await?;
        self.token_cache.forget_all();
        Ok(())
    }

    /// Makes all tokens of the caller's unusable for ever, for when nobody knows which of them leaked (S57). Answers how many.
    ///
    /// # Errors
    /// When the caller is not signed in: whoever holds a stolen token must not lock its owner out.
    pub async fn revoke_all_my_tokens(&self, call: &Call) -> Result<u64> {
        let actor = self.authorize(call, Need::Session).await?;
        let mut tx = self.store.write().await?;
        let revoked = tokens::revoke_all_of_user(&mut tx, actor.user.id).await?;
        let deed = Deed::new(call, &actor, "token.revoke_all", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "tokens": revoked }))).await?;
        tx.commit().await?;
        self.token_cache.forget_all();
        Ok(revoked)
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::Refused("a token needs a name; give it one that says what it is for".to_owned()));
    }
    check_words("the name", name, MAX_NAME_CHARS)
}

async fn insert(
    tx: &mut Tx,
    call: &Call,
    actor: &Actor,
    wanted: &WantedToken,
    secret: &TokenSecret,
) -> Result<ApiToken> {
    let WantedToken { name, endpoint_scopes, crate_scopes, expires_at } = wanted;
    let new = NewToken {
        user_id: actor.user.id,
        hash: &secret.hash(),
        name,
        endpoint_scopes: endpoint_scopes.as_deref(),
        crate_scopes: crate_scopes.as_deref(),
        expires_at: *expires_at,
    };
    let id = tokens::insert(tx, &new, call.now).await?;
    let details = json!({ "token": id, "name": name, "scopes": endpoint_scopes, "crates": crate_scopes });
    audit::record(tx, &Deed::new(call, actor, "token.create", &actor.user.login).with(details)).await?;
    Ok(ApiToken {
        id,
        name: name.clone(),
        created_at: call.now,
        last_used_at: None,
        crate_scopes: crate_scopes.clone(),
        endpoint_scopes: endpoint_scopes.clone(),
        expired_at: *expires_at,
    })
}

fn show(token: Listed) -> ApiToken {
    ApiToken {
        id: token.id,
        name: token.name,
        created_at: token.created_at,
        last_used_at: token.last_used_at,
        crate_scopes: token.crate_scopes,
        endpoint_scopes: token.endpoint_scopes,
        expired_at: token.expires_at,
    }
}

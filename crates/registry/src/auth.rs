//! Who asks, and what they may do (contract part 2, §2). [`Registry::authorize`] is the one place where that is decided.

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_providers::paseto::Mutation;
use cargohold_store::tokens::{self, Token};
use cargohold_store::users::User;
use cargohold_store::{sessions, trustpub_tokens, users};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::scope::{Scope, covers};
use crate::secret::TokenSecret;
use crate::signed::{Signed, is_signed};
use crate::{Call, Credentials, Error, Registry, Result, TrustpubSecret};

/// What somebody must have to be let in. A session always does, except where an administrator is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need<'a> {
    /// A token with this scope, or with none at all, that covers this crate.
    Scope(Scope, &'a str),
    /// A token to which this scope was given by name and that covers this crate.
    NamedScope(Scope, &'a str),
    /// A token to which this scope was given by name, whatever crates it covers.
    NamedScopeOnAny(Scope),
    /// A token without any limit, for what no scope is made for.
    Unlimited,
    /// Nothing else than a session, for what people do on the web site only.
    Session,
    /// A session or a token without any limit, of an administrator.
    Administrator,
    /// Any session or token, however limited, for what concerns nothing but the token itself.
    Anything,
}

/// Somebody who has proved who they are.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who it is.
    pub user: User,
    /// How they proved it.
    pub(crate) proof: Proof,
}

/// How somebody proved who they are.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// By the cookie of this session.
    Session(i64),
    /// By a token.
    Token {
        /// The token's id.
        id: i64,
        /// What it may be used for; `None` for everything, as all tokens once could.
        scopes: Option<Vec<String>>,
        /// Patterns of the crates it covers; empty for all.
        crates: Vec<String>,
    },
    /// By a signature for one request.
    Signed(Signed),
}

impl Actor {
    /// The token they used, unless they are signed in by cookie.
    #[must_use]
    pub fn token_id(&self) -> Option<i64> {
        match self.proof {
            Proof::Token { id, .. } => Some(id),
            Proof::Session(_) | Proof::Signed(_) => None,
        }
    }

    /// The key they signed with, if they did.
    pub(crate) fn key_id(&self) -> Option<i64> {
        match &self.proof {
            Proof::Signed(signed) => Some(signed.key),
            Proof::Session(_) | Proof::Token { .. } => None,
        }
    }

    /// The session whose cookie they sent, unless they used a token.
    pub(crate) fn session_id(&self) -> Option<i64> {
        match self.proof {
            Proof::Session(id) => Some(id),
            Proof::Token { .. } | Proof::Signed(_) => None,
        }
    }

    /// Whether what they proved it with covers a crate.
    pub(crate) fn covers(&self, krate: &str) -> bool {
        match &self.proof {
            Proof::Session(_) => true,
            Proof::Token { crates, .. } => covers(crates, krate),
            // It names its one crate, which is compared where it is used.
            Proof::Signed(_) => false,
        }
    }

    fn by_token(token: Token) -> Self {
        let proof = Proof::Token { id: token.id, scopes: token.endpoint_scopes, crates: token.crate_scopes };
        Self { user: token.user, proof }
    }

    pub(crate) fn satisfies(&self, need: Need<'_>) -> Result<()> {
        match &self.proof {
            Proof::Session(_) => Ok(()),
            Proof::Token { scopes, crates, .. } => token_satisfies(scopes.as_deref(), crates, need),
            Proof::Signed(signed) => signature_satisfies(signed, need),
        }
    }
}

/// Whether a token with these scopes, for these crates, is enough.
fn token_satisfies(scopes: Option<&[String]>, crates: &[String], need: Need<'_>) -> Result<()> {
    let lacks = |what: String| Err(Error::TokenScope(what));
    let has = |scope: Scope| scopes.is_some_and(|scopes| scopes.iter().any(|it| it == scope.as_str()));
    match need {
        Need::Session => Err(Error::WebSiteOnly),
        Need::Unlimited | Need::Administrator if scopes.is_some() || !crates.is_empty() => {
            lacks("no limit to scopes or crates".to_owned())
        }
        Need::Scope(scope, _) if scopes.is_some() && !has(scope) => lacks(format!("scope `{}`", scope.as_str())),
        Need::NamedScope(scope, _) | Need::NamedScopeOnAny(scope) if !has(scope) => {
            lacks(format!("scope `{}`, granted by name", scope.as_str()))
        }
        Need::Scope(_, krate) | Need::NamedScope(_, krate) if !covers(crates, krate) => {
            lacks(format!("crate `{krate}`"))
        }
        _ => Ok(()),
    }
}

/// Whether a signature for one request is enough: for the changes that cargo makes, to the crate that it names.
fn signature_satisfies(signed: &Signed, need: Need<'_>) -> Result<()> {
    let lacks = |what: &str| Err(Error::TokenScope(what.to_owned()));
    let Need::Scope(scope, krate) = need else { return lacks("a session or an API token") };
    let mutations: &[Mutation] = match scope {
        Scope::PublishNew | Scope::PublishUpdate => &[Mutation::Publish],
        Scope::Yank => &[Mutation::Yank, Mutation::Unyank],
        Scope::ChangeOwners => &[Mutation::Owners],
        Scope::TrustedPublishing | Scope::Read => &[],
    };
    if signed.is_for(mutations, krate) { Ok(()) } else { lacks("a token signed for this very change") }
}

/// How long a token that was accepted for reading is accepted again without asking the store. A revocation is visible
/// everywhere within two seconds.
const REMEMBER_TOKEN: Duration = Duration::from_secs(1);

/// How exactly the last use of a token is recorded.
pub(crate) const LAST_USE_PRECISION: Duration = Duration::from_mins(1);

/// Tokens accepted a moment ago, by hash.
pub(crate) struct TokenCache(Cache<[u8; 32], ()>);

impl TokenCache {
    /// Asks the store again for every token; to be called when one was revoked.
    pub(crate) fn forget_all(&self) {
        self.0.invalidate_all();
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(REMEMBER_TOKEN).build())
    }
}

impl Registry {
    /// Who asks, if they may do what they need this for.
    ///
    /// A session goes before a token, which is then not looked at; an account that is locked may do nothing.
    ///
    /// # Errors
    /// When the request comes from a foreign web site, nobody is signed in and there is no token, the token is not accepted,
    /// the account is locked, or session or token are not enough.
    pub(crate) async fn authorize(&self, call: &Call, need: Need<'_>) -> Result<Actor> {
        self.check_origin(call)?;
        let actor = match self.signed_in(call).await? {
            Some(actor) => actor,
            None => self.by_token(call).await?,
        };
        check_lock(&actor.user, call.now)?;
        actor.satisfies(need)?;
        if matches!(need, Need::Administrator) && !actor.user.is_admin {
            return Err(Error::AdministratorsOnly);
        }
        Ok(actor)
    }

    /// Makes sure that the caller may read: anybody if the registry is open, else whoever is signed in or has a usable token,
    /// be its scopes and crates what they may.
    ///
    /// # Errors
    /// When a token is needed and there is none, or it is not accepted, or the account is locked.
    pub async fn authorize_read(&self, call: &Call) -> Result<()> {
        if !self.settings.auth_required {
            return Ok(());
        }
        if let Some(actor) = self.signed_in(call).await? {
            return check_lock(&actor.user, call.now);
        }
        if let Some(secret) = TrustpubSecret::presented(call)? {
            return self.authorize_reading_pipeline(&secret, call.now).await;
        }
        let text = presented_text(call)?;
        let hash = Sha256::digest(text.as_bytes()).into();
        if self.token_cache.0.contains_key(&hash) {
            return Ok(());
        }
        let actor = self.by_token(call).await?;
        check_lock(&actor.user, call.now)?;
        self.token_cache.0.insert(hash, ());
        Ok(())
    }

    /// Whether a call shows credentials that work, be they enough for what it asks or not. Judges nothing: it only tells strangers
    /// from others where memory is shared out.
    pub async fn has_working_credentials(&self, call: &Call) -> bool {
        if let Ok(Some(secret)) = TrustpubSecret::presented(call) {
            return self.authorize_reading_pipeline(&secret, call.now).await.is_ok();
        }
        match self.signed_in(call).await {
            Ok(Some(_)) => true,
            Ok(None) => self.by_token(call).await.is_ok(),
            Err(_) => false,
        }
    }

    /// A pipeline may read while its token works: cargo looks at the index before and after it publishes.
    async fn authorize_reading_pipeline(&self, secret: &TrustpubSecret, now: Timestamp) -> Result<()> {
        if !self.token_cache.0.contains_key(&secret.hash()) {
            let found = trustpub_tokens::find_usable(&mut self.store.read_once().await?, &secret.hash(), now).await?;
            found.ok_or(Error::TokenNotAccepted)?;
            self.token_cache.0.insert(secret.hash(), ());
        }
        Ok(())
    }

    /// Who is signed in by cookie. A cookie that is forged, or whose session has ended or awaits a second factor, counts as
    /// none.
    async fn signed_in(&self, call: &Call) -> Result<Option<Actor>> {
        let Some(secret) = &call.session else { return Ok(None) };
        let found = sessions::find(&mut self.store.read_once().await?, &secret.hash(), call.now).await?;
        let Some(session) = found.filter(|session| !session.awaits_code) else { return Ok(None) };
        if session.must_change_password {
            return Err(Error::PasswordChangeNeeded);
        }
        Ok(Some(Actor { user: session.user, proof: Proof::Session(session.id) }))
    }

    /// Who presents a token of either kind.
    async fn by_token(&self, call: &Call) -> Result<Actor> {
        if let Ok(text) = presented_text(call)
            && is_signed(text)
        {
            return self.by_signature(call, text).await;
        }
        Ok(Actor::by_token(self.load_token(&presented(call)?, call.now).await?))
    }

    /// Refuses what a script of another site sends: every `Origin` must be ours or an allowed one, to the letter.
    pub(crate) fn check_origin(&self, call: &Call) -> Result<()> {
        let settings = &self.settings;
        let is_allowed = |origin: &&String| **origin == settings.base_url || settings.allowed_origins.contains(origin);
        match call.origins.iter().find(|origin| !is_allowed(origin)) {
            Some(foreign) => Err(Error::ForeignOrigin(foreign.clone())),
            None => Ok(()),
        }
    }

    async fn load_token(&self, secret: &TokenSecret, now: Timestamp) -> Result<Token> {
        let token = tokens::find_usable(&mut self.store.read_once().await?, &secret.hash(), now).await?;
        let token = token.ok_or(Error::TokenNotAccepted)?;
        let is_recent = token.last_used_at.is_some_and(|used| used.after(LAST_USE_PRECISION) > now);
        if !is_recent && let Err(error) = self.remember_use(&token, now).await {
            // Reading must go on where nothing can be written.
            tracing::warn!(error = &error as &dyn std::error::Error, token.id, "cannot record the use of a token");
        }
        Ok(token)
    }

    async fn remember_use(&self, token: &Token, now: Timestamp) -> Result<()> {
        let mut tx = self.store.write().await?;
        tokens::touch(&mut tx, token.id, now, now.before(LAST_USE_PRECISION)).await?;
        Ok(tx.commit().await?)
    }
}

/// The token a call presents. Its format is judged before anything is looked up.
pub(crate) fn presented(call: &Call) -> Result<TokenSecret> {
    TokenSecret::from_presented(presented_text(call)?).ok_or(Error::TokenFormat)
}

/// What a call presents in place of a token, of whatever format.
pub(crate) fn presented_text(call: &Call) -> Result<&str> {
    check_header(call)?;
    match &call.credentials {
        Credentials::Token(text) => Ok(text),
        Credentials::None | Credentials::Malformed(_) => Err(Error::LoginNeeded),
    }
}

/// Refuses a header that cannot hold a token.
pub(crate) fn check_header(call: &Call) -> Result<()> {
    match &call.credentials {
        Credentials::Malformed(scheme) => Err(Error::MalformedAuthorization(scheme.clone())),
        Credentials::None | Credentials::Token(_) => Ok(()),
    }
}

/// Refuses whoever's account is locked. An end without a reason locks nobody; one that has passed no longer does.
pub(crate) fn check_lock(user: &User, now: Timestamp) -> Result<()> {
    let until = user.locked_until.map(Timestamp::from_micros);
    match &user.lock_reason {
        Some(reason) if until.is_none_or(|until| until > now) => {
            Err(Error::AccountLocked { reason: reason.clone(), until })
        }
        _ => Ok(()),
    }
}

impl Registry {
    /// Somebody by their id, of whom a session or a token speaks.
    pub(crate) async fn load_user(&self, id: i64) -> Result<User> {
        let user = users::find(&mut self.store.read().await?, id).await?;
        user.ok_or_else(|| Error::internal("an account vanished"))
    }
}

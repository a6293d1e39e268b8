//! Who asks, and what their token may do (contract part 2, §2). The one place where tokens are judged.

use std::time::Duration;

use cargohold_protocol::{CrateName, Timestamp};
use cargohold_store::sessions;
use cargohold_store::tokens::{self, Token};
use cargohold_store::users::User;
use moka::sync::Cache;

use crate::secret::TokenSecret;
use crate::{Call, Credentials, Error, Registry, Result};

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Publishing the first version of a crate.
    PublishNew,
    /// Publishing further versions.
    PublishUpdate,
    /// Yanking and unyanking.
    Yank,
    /// Adding and removing owners.
    ChangeOwners,
    /// Configuring trusted publishing.
    TrustedPublishing,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 5] =
        [Self::PublishNew, Self::PublishUpdate, Self::Yank, Self::ChangeOwners, Self::TrustedPublishing];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PublishNew => "publish-new",
            Self::PublishUpdate => "publish-update",
            Self::Yank => "yank",
            Self::ChangeOwners => "change-owners",
            Self::TrustedPublishing => "trusted-publishing",
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        known.ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join("`, `");
            format!("there is no scope `{text}`; use `{all}`")
        })
    }
}

/// Somebody who has proved who they are.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who it is.
    pub user: User,
    /// The token they used, unless they are signed in by cookie.
    pub token_id: Option<i64>,
    /// Whether the token is one without endpoint scopes, as all once were.
    pub is_legacy_token: bool,
}

impl Actor {
    fn by_token(token: Token) -> Self {
        Self { token_id: Some(token.id), is_legacy_token: token.endpoint_scopes.is_none(), user: token.user }
    }
}

/// How long a token that was accepted for reading is accepted again without asking the store. A revocation is visible
/// everywhere within two seconds.
const REMEMBER_TOKEN: Duration = Duration::from_secs(1);

/// How exactly the last use of a token is recorded.
const LAST_USE_PRECISION: Duration = Duration::from_mins(1);

/// Tokens accepted a moment ago, by hash.
pub(crate) struct TokenCache(Cache<[u8; 32], ()>);

impl Default for TokenCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(REMEMBER_TOKEN).build())
    }
}

impl Registry {
    /// Who asks, if they are signed in or their token may be used for `scope` on `krate`.
    ///
    /// # Errors
    /// When there is no token, it is not accepted or it lacks the permission.
    pub(crate) async fn authenticate(&self, call: &Call, scope: Scope, krate: &str) -> Result<Actor> {
        self.check_origin(call)?;
        if let Some(actor) = self.signed_in(call).await? {
            return Ok(actor);
        }
        let token = self.load_token(&presented(call)?, call.now).await?;
        if let Some(scopes) = &token.endpoint_scopes
            && !scopes.iter().any(|granted| granted == scope.as_str())
        {
            return Err(Error::TokenScope(format!("scope `{}`", scope.as_str())));
        }
        if !token.crate_scopes.is_empty() && !token.crate_scopes.iter().any(|pattern| matches(pattern, krate)) {
            return Err(Error::TokenScope(format!("crate `{krate}`")));
        }
        Ok(Actor::by_token(token))
    }

    /// Who asks, if they are signed in or have a token without any limits: for what no scope is made for.
    ///
    /// # Errors
    /// When there is no token, it is not accepted or it has limits.
    pub(crate) async fn authenticate_unscoped(&self, call: &Call) -> Result<Actor> {
        self.check_origin(call)?;
        if let Some(actor) = self.signed_in(call).await? {
            return Ok(actor);
        }
        let token = self.load_token(&presented(call)?, call.now).await?;
        if token.endpoint_scopes.is_some() || !token.crate_scopes.is_empty() {
            return Err(Error::TokenScope("no limit to scopes or crates".to_owned()));
        }
        Ok(Actor::by_token(token))
    }

    /// Who asks, if they are signed in: for what people do on the web site only.
    ///
    /// # Errors
    /// When they are not signed in, even if they present a good token.
    pub(crate) async fn authenticate_session(&self, call: &Call) -> Result<Actor> {
        self.check_origin(call)?;
        if let Some(actor) = self.signed_in(call).await? {
            return Ok(actor);
        }
        self.load_token(&presented(call)?, call.now).await?;
        Err(Error::WebSiteOnly)
    }

    /// Who is signed in by cookie. A cookie that is forged or whose session has ended counts as none.
    async fn signed_in(&self, call: &Call) -> Result<Option<Actor>> {
        let Some(secret) = &call.session else { return Ok(None) };
        let user = sessions::find_user(&mut self.store.read().await?, &secret.hash(), call.now).await?;
        Ok(user.map(|user| Actor { user, token_id: None, is_legacy_token: false }))
    }

    /// Makes sure that the caller may read: anybody if the registry is open, else whoever has a usable token.
    ///
    /// # Errors
    /// When a token is needed and there is none, or it is not accepted.
    pub async fn authorize_read(&self, call: &Call) -> Result<()> {
        if !self.settings.auth_required {
            return Ok(());
        }
        if self.signed_in(call).await?.is_some() {
            return Ok(());
        }
        let secret = presented(call)?;
        if self.token_cache.0.contains_key(&secret.hash()) {
            return Ok(());
        }
        self.load_token(&secret, call.now).await?;
        self.token_cache.0.insert(secret.hash(), ());
        Ok(())
    }

    /// Refuses what a script of another site sends: every `Origin` must be ours or an allowed one, to the letter.
    fn check_origin(&self, call: &Call) -> Result<()> {
        let settings = &self.settings;
        let is_allowed = |origin: &&String| **origin == settings.base_url || settings.allowed_origins.contains(origin);
        match call.origins.iter().find(|origin| !is_allowed(origin)) {
            Some(foreign) => Err(Error::ForeignOrigin(foreign.clone())),
            None => Ok(()),
        }
    }

    async fn load_token(&self, secret: &TokenSecret, now: Timestamp) -> Result<Token> {
        let mut tx = self.store.read().await?;
        let token = tokens::find_usable(&mut tx, &secret.hash(), now).await?.ok_or(Error::TokenNotAccepted)?;
        drop(tx);
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
fn presented(call: &Call) -> Result<TokenSecret> {
    check_header(call)?;
    match &call.credentials {
        Credentials::Token(text) => TokenSecret::from_presented(text).ok_or(Error::TokenFormat),
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

/// Whether a crate pattern of a token covers a name: literally, or up to its trailing `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

/// Checks a crate pattern: `*`, a crate name, or a crate name followed by `*`.
pub(crate) fn check_pattern(pattern: &str) -> Result<()> {
    let name = pattern.strip_suffix('*').unwrap_or(pattern);
    if pattern == "*" || name.parse::<CrateName>().is_ok() {
        return Ok(());
    }
    Err(Error::Refused(format!("`{pattern}` is no crate pattern; use a crate name, `prefix*` or `*`")))
}

//! Sign-in at an `OpenID` Connect provider: authorization code flow with PKCE and a nonce.

mod causes;
mod claims;
mod client;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use openidconnect::core::{CoreAuthenticationFlow, CoreGenderClaim, CoreProviderMetadata};
use openidconnect::{
    AccessToken, AuthorizationCode, ClaimsVerificationError, CsrfToken, Nonce, OAuth2TokenResponse, PkceCodeVerifier,
    Scope, SignatureVerificationError, SubjectIdentifier, TokenResponse,
};
use serde_json::Value;
use url::Url;

use crate::fetched::Fetched;
use crate::http::Http;
use crate::{Flow, Person, ProviderError};
use claims::Claims;
use client::IdToken;

/// How long a provider's addresses and keys are used before they are looked at again.
const MAX_AGE: Duration = Duration::from_hours(1);

/// What a provider and we agreed on.
#[derive(Clone)]
pub struct OidcConfig {
    /// What people call the provider; errors name it.
    pub name: String,
    /// The provider's issuer, exactly as its discovery document spells it.
    pub issuer: String,
    /// What the provider calls this registry.
    pub client_id: String,
    /// What this registry proves with that it is the one. None for a public client.
    pub client_secret: Option<String>,
    /// What to ask for besides `openid`: usually `profile` and `email`.
    pub scopes: Vec<String>,
    /// The claim with the login to suggest, usually `preferred_username`. Dots lead into objects.
    pub login_claim: String,
    /// The claim with the groups: a list of strings or one string. Dots lead into objects, as in `realm_access.roles`.
    pub groups_claim: Option<String>,
    /// Where the provider sends the browser back to, as registered there.
    pub redirect_url: String,
}

impl fmt::Debug for OidcConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("OidcConfig");
        fields.field("name", &self.name).field("issuer", &self.issuer).field("client_id", &self.client_id);
        fields.finish_non_exhaustive()
    }
}

/// An `OpenID` Connect provider.
pub struct Oidc {
    config: OidcConfig,
    http: Http,
    metadata: Fetched<CoreProviderMetadata>,
}

impl Oidc {
    /// A provider that is asked for its addresses and keys when they are first needed. `http` should come from
    /// [`http_client`](crate::http_client).
    #[must_use]
    pub fn new(config: OidcConfig, http: reqwest::Client) -> Self {
        let metadata = Fetched::new(&config.name, MAX_AGE);
        Self { config, http: Http::new(http), metadata }
    }

    /// Where to send the browser.
    ///
    /// # Errors
    ///
    /// When the provider cannot be discovered, or the settings are no addresses.
    pub async fn authorize_url(&self, flow: &Flow, now: SystemTime) -> Result<Url, ProviderError> {
        let metadata = self.metadata.load(now, self.discover()).await?;
        let (state, nonce) = (CsrfToken::new(flow.state.clone()), Nonce::new(flow.nonce.clone()));
        let scopes = self.config.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new);
        let client = client::build(&self.config, &metadata)?;
        let request = client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce);
        let request = request.add_scopes(scopes).set_pkce_challenge(flow.challenge(&self.config.name)?);
        let (url, _, _) = request.url();
        Ok(url)
    }

    /// Exchanges the code that came back for who it is. The caller has already compared the `state`, with
    /// [`Flow::is_answered_by`].
    ///
    /// # Errors
    ///
    /// When the provider does not answer, does not accept the code, the verifier or this registry, or when its answer is
    /// not signed by it, for us, for this flow, and still good at `now`.
    pub async fn exchange(&self, code: &str, flow: &Flow, now: SystemTime) -> Result<Person, ProviderError> {
        let provider = &self.config.name;
        let metadata = self.metadata.load(now, self.discover()).await?;
        let client = client::build(&self.config, &metadata)?;
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|_| ProviderError::untrustworthy(provider, "it has no token endpoint"))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(flow.pkce_verifier.clone()));
        let answer = request.request_async(&self.http).await.map_err(|error| causes::exchange(provider, error))?;
        let id_token =
            answer.id_token().ok_or_else(|| ProviderError::untrustworthy(provider, "there is no id token"))?;
        let (subject, claims, metadata) = self.verify(id_token, metadata, flow, now).await?;
        let mut documents = vec![claims];
        if !claims::suffice(&self.config, &documents[0]) {
            documents.extend(self.find_user_info(&metadata, answer.access_token(), &subject).await?);
        }
        Ok(claims::person(&self.config, subject.to_string(), &documents))
    }

    /// Makes sure that the provider can be discovered. Asks it every time.
    ///
    /// # Errors
    ///
    /// When it does not answer, is another issuer than expected, or the settings are no addresses.
    pub async fn check(&self) -> Result<(), ProviderError> {
        let metadata = self.discover().await?;
        client::build(&self.config, &metadata).map(drop)
    }

    async fn discover(&self) -> Result<CoreProviderMetadata, ProviderError> {
        let issuer = client::issuer(&self.config)?;
        let discovered = CoreProviderMetadata::discover_async(issuer, &self.http).await;
        let metadata = discovered.map_err(|error| causes::discovery(&self.config.name, error))?;
        client::refuse_downgrade(&self.config.name, &metadata)?;
        Ok(metadata)
    }

    /// Verifies with the keys we know, and once more with the provider's latest if none of them fits. Not every provider
    /// gives a new key a new id, or any.
    async fn verify(
        &self,
        id_token: &IdToken,
        metadata: Arc<CoreProviderMetadata>,
        flow: &Flow,
        now: SystemTime,
    ) -> Result<(SubjectIdentifier, Value, Arc<CoreProviderMetadata>), ProviderError> {
        use ClaimsVerificationError::SignatureVerification;
        use SignatureVerificationError::{CryptoError, NoMatchingKey};
        let nonce = Nonce::new(flow.nonce.clone());
        let failed = |error| ProviderError::untrustworthy(&self.config.name, error);
        match client::verify(&self.config, &metadata, id_token, &nonce, now) {
            Ok((subject, claims)) => Ok((subject, claims, metadata)),
            Err(error @ SignatureVerification(NoMatchingKey | CryptoError(_))) => {
                let newer = self.metadata.find_newer(&metadata, now, self.discover()).await?;
                let newer = newer.ok_or_else(|| failed(error))?;
                let verified = client::verify(&self.config, &newer, id_token, &nonce, now).map_err(failed)?;
                Ok((verified.0, verified.1, newer))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// What the provider says about the subject besides the id token, if it has an address for that.
    async fn find_user_info(
        &self,
        metadata: &CoreProviderMetadata,
        token: &AccessToken,
        subject: &SubjectIdentifier,
    ) -> Result<Option<Value>, ProviderError> {
        let client = client::build(&self.config, metadata)?;
        let Ok(request) = client.user_info(token.clone(), Some(subject.clone())) else { return Ok(None) };
        let answer = request.request_async::<Claims, _, CoreGenderClaim>(&self.http).await;
        let claims = answer.map_err(|error| causes::user_info(&self.config.name, error))?;
        Ok(Some(claims::to_value(&claims)))
    }
}

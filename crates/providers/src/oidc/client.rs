//! The library's client, made of the settings and of what the provider says about itself, and our rules for id tokens.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthType, ClaimsVerificationError, ClientId, ClientSecret, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdTokenFields, IdTokenVerifier, IssuerUrl, Nonce, RedirectUrl, StandardErrorResponse,
    StandardTokenResponse, SubjectIdentifier, TokenUrl, UserInfoUrl,
};
use serde_json::Value;

use super::claims::{self, Claims};
use crate::{OidcConfig, ProviderError};

/// How far ahead of ours a provider's clock may be.
const CLOCK_SKEW: Duration = Duration::from_mins(1);

/// What an id token may be signed with. Nothing that is checked with a secret, and never nothing.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type TokenFields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// An id token that may hold any claim.
pub(super) type IdToken =
    openidconnect::IdToken<Claims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// The library's client for a provider that was discovered.
pub(super) type Client = openidconnect::Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<TokenFields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

pub(super) fn issuer(config: &OidcConfig) -> Result<IssuerUrl, ProviderError> {
    IssuerUrl::new(config.issuer.clone())
        .map_err(|_| ProviderError::misconfigured(&config.name, "its issuer is not an address"))
}

pub(super) fn build(config: &OidcConfig, metadata: &CoreProviderMetadata) -> Result<Client, ProviderError> {
    let redirect_url = RedirectUrl::new(config.redirect_url.clone())
        .map_err(|_| ProviderError::misconfigured(&config.name, "the address to lead back to is not an address"))?;
    let secret = config.client_secret.clone().map(ClientSecret::new);
    let client = Client::from_provider_metadata(metadata.clone(), ClientId::new(config.client_id.clone()), secret);
    Ok(client.set_redirect_uri(redirect_url).set_auth_type(auth_type(metadata)))
}

/// Basic authentication is the standard's default; a few providers only take the secret in the form.
fn auth_type(metadata: &CoreProviderMetadata) -> AuthType {
    let Some(methods) = metadata.token_endpoint_auth_methods_supported() else { return AuthType::BasicAuth };
    let takes_form = methods.contains(&CoreClientAuthMethod::ClientSecretPost);
    if takes_form && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}

/// A provider reached through TLS must not lead to addresses without it.
pub(super) fn refuse_downgrade(provider: &str, metadata: &CoreProviderMetadata) -> Result<(), ProviderError> {
    let endpoints = [
        Some(metadata.authorization_endpoint().url()),
        metadata.token_endpoint().map(TokenUrl::url),
        metadata.userinfo_endpoint().map(UserInfoUrl::url),
        Some(metadata.jwks_uri().url()),
    ];
    let is_downgrade = |url: &url::Url| metadata.issuer().url().scheme() == "https" && url.scheme() != "https";
    if endpoints.into_iter().flatten().any(is_downgrade) {
        return Err(ProviderError::untrustworthy(
            provider,
            "it is reached through https but names an address without it",
        ));
    }
    Ok(())
}

/// The subject and all claims of an id token that this provider signed, for us, for this flow, and that is good at `now`.
pub(super) fn verify(
    config: &OidcConfig,
    metadata: &CoreProviderMetadata,
    id_token: &IdToken,
    nonce: &Nonce,
    now: SystemTime,
) -> Result<(SubjectIdentifier, Value), ClaimsVerificationError> {
    let now = DateTime::<Utc>::from(now);
    let not_yet = move |from: DateTime<Utc>| from > now + CLOCK_SKEW;
    // A verifier without the client secret cannot check what is signed with it.
    let client_id = ClientId::new(config.client_id.clone());
    let verifier = IdTokenVerifier::new_public_client(client_id, metadata.issuer().clone(), metadata.jwks().clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now)
        .set_issue_time_verifier_fn(move |issued| {
            if not_yet(issued) { Err("it was issued in the future".to_owned()) } else { Ok(()) }
        });
    let verified = id_token.claims(&verifier, nonce)?;
    if verified.authorized_party().is_some_and(|party| party.as_str() != config.client_id) {
        return Err(ClaimsVerificationError::InvalidAudience("it was issued to another client".to_owned()));
    }
    let claims = claims::to_value(verified);
    let not_before = claims["nbf"].as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    if not_before.is_some_and(not_yet) {
        return Err(ClaimsVerificationError::Other("it is not good yet".to_owned()));
    }
    Ok((verified.subject().clone(), claims))
}

#[cfg(test)]
mod tests;

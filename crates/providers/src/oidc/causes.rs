//! The library's errors into ours. Of what a provider sent nothing is repeated: it may hold a code or a token.

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{DiscoveryError, RequestTokenError, StandardErrorResponse, UserInfoError};

use crate::ProviderError;
use crate::http::HttpError;

pub(super) fn discovery(provider: &str, error: DiscoveryError<HttpError>) -> ProviderError {
    match error {
        DiscoveryError::Request(cause) => ProviderError::unreachable(provider, cause),
        DiscoveryError::Response(status, _, _) if !status.is_success() => ProviderError::unreachable(
            provider,
            format!("its discovery document or its keys are answered with {status}"),
        ),
        DiscoveryError::Parse(error) => {
            ProviderError::untrustworthy(provider, format!("its discovery makes no sense at `{}`", error.path()))
        }
        DiscoveryError::Validation(_) => {
            ProviderError::untrustworthy(provider, "its discovery document names another issuer than the settings do")
        }
        _ => ProviderError::untrustworthy(provider, "its discovery document or its keys are not JSON"),
    }
}

pub(super) fn exchange(
    provider: &str,
    error: RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>,
) -> ProviderError {
    match error {
        RequestTokenError::Request(cause) => ProviderError::unreachable(provider, cause),
        RequestTokenError::ServerResponse(refusal) => match refusal.error() {
            CoreErrorResponseType::InvalidClient
            | CoreErrorResponseType::UnauthorizedClient
            | CoreErrorResponseType::UnsupportedGrantType => ProviderError::client_refused(provider),
            _ => ProviderError::code_refused(provider),
        },
        RequestTokenError::Parse(error, _) => ProviderError::untrustworthy(
            provider,
            format!("its answer to the code makes no sense at `{}`", error.path()),
        ),
        RequestTokenError::Other(_) => ProviderError::untrustworthy(provider, "its answer to the code is not JSON"),
    }
}

pub(super) fn user_info(provider: &str, error: UserInfoError<HttpError>) -> ProviderError {
    match error {
        UserInfoError::Request(cause) => ProviderError::unreachable(provider, cause),
        UserInfoError::ClaimsVerification(cause) => ProviderError::untrustworthy(provider, cause),
        UserInfoError::Response(status, _, _) => {
            ProviderError::untrustworthy(provider, format!("its user info is answered with {status}, or is not JSON"))
        }
        UserInfoError::Parse(error) => {
            ProviderError::untrustworthy(provider, format!("its user info makes no sense at `{}`", error.path()))
        }
        _ => ProviderError::untrustworthy(provider, "its user info cannot be read"),
    }
}

//! Errors into status codes: the only place that knows both.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cargohold_protocol::FrameError;
use cargohold_protocol::api::Errors;
use cargohold_registry::{Error, PasetoError, ProviderError, RequestId, chain};

use crate::app::App;

/// After how many seconds it is worth trying again.
pub(crate) const RETRY_SOON: &str = "2";

/// A result of an API handler.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

/// An error on its way to a client of the API.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// A rule refused.
    #[error(transparent)]
    Rule(#[from] Error),
    /// The request does not fit its route; the text says how to mend it.
    #[error("{1}")]
    Request(StatusCode, String),
    /// The body stopped arriving, or arrives too slowly.
    #[error("the body of the request stopped arriving or arrived too slowly; check the connection and try again")]
    BodyStalled,
    /// There is no memory for the body.
    #[error("the registry is receiving as much as it can hold right now; try again in a few seconds")]
    NoMemory,
    /// The body broke off.
    #[error("the upload broke off; check the connection and try again")]
    BodyBroken(#[source] axum::Error),
}

impl From<FrameError> for ApiError {
    fn from(error: FrameError) -> Self {
        Self::Rule(error.into())
    }
}

impl ApiError {
    pub(crate) fn bad_request(text: impl Into<String>) -> Self {
        Self::Request(StatusCode::BAD_REQUEST, text.into())
    }

    /// What is to be logged, if this is a failure of ours: neither what an operator has switched off is one, nor that there is no
    /// memory for a moment.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let is_meant = matches!(self, Self::NoMemory | Self::Rule(Error::TokenCreationDisabled(_) | Error::Busy));
        (self.status().is_server_error() && !is_meant).then(|| Failure(chain(self)))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Rule(error) => status(error),
            Self::Request(status, _) => *status,
            Self::BodyStalled => StatusCode::REQUEST_TIMEOUT,
            Self::BodyBroken(_) => StatusCode::BAD_REQUEST,
            Self::NoMemory => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The status of a refusal (contract §1.3, §7.3). Missing or refused credentials are 403 in the API; 401 is for those
/// that are no credentials at all.
fn status(error: &Error) -> StatusCode {
    match error {
        Error::NoSuchCrate(_)
        | Error::NoSuchVersion { .. }
        | Error::NoVersionInRange(..)
        | Error::NoSuchJob(_)
        | Error::NoSuchKeyword(_)
        | Error::NoSuchCategory(_)
        | Error::NoSuchTeam(_)
        | Error::NoSuchInvitation
        | Error::NoSuchFile(_)
        | Error::NoSuchSource { .. }
        | Error::NoSuchPublisher(_)
        | Error::NoSuchProvider
        | Error::NoSignUp
        | Error::NobodyHere(_)
        | Error::NotYourToken(_)
        | Error::NotOffered(_) => StatusCode::NOT_FOUND,
        Error::InvitationExpired(_) => StatusCode::GONE,
        Error::TooManyPublishers(..) => StatusCode::CONFLICT,
        Error::MalformedAuthorization(_)
        | Error::TokenFormat
        | Error::TrustpubTokenNeeded
        | Error::Signed(PasetoError::Format) => StatusCode::UNAUTHORIZED,
        Error::LoginNeeded
        | Error::ForeignOrigin(_)
        | Error::TokenNotAccepted
        | Error::Signed(_)
        | Error::SignedForAnother(_)
        | Error::SignedTooLongAgo(_)
        | Error::TokenScope(_)
        | Error::WebSiteOnly
        | Error::SignInRefused
        | Error::AdministratorsOnly
        | Error::SignUpClosed
        | Error::InvitationNeeded
        | Error::AccountLocked { .. }
        | Error::PasswordChangeNeeded
        | Error::NoSignInAwaitsCode
        | Error::CodeRefused
        | Error::ScannerRefused
        | Error::NotOwner(..)
        | Error::TeamMayNot(_)
        | Error::NotMaintainer(_)
        | Error::NotInTeam(_)
        | Error::TeamsHidden(_)
        | Error::InviteeEmailNotVerified
        | Error::NotYourInvitations
        | Error::CrateTaken(..)
        | Error::TrustedPublishingOnly(_)
        | Error::FirstPublishByUser(_)
        | Error::PublishersOfOthers(_)
        | Error::VerifiedEmailNeeded => StatusCode::FORBIDDEN,
        Error::Frame(error) => frame_status(error),
        Error::NotDeletable(_) | Error::NoDocsHost | Error::NoMailbox(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Provider(error) => provider_status(error),
        Error::StateMismatch
        | Error::NoSignUpPending
        | Error::EmailNotVerified(_)
        | Error::RecentlyDeleted { .. }
        | Error::VersionExists(_)
        | Error::OtherSpelling { .. }
        | Error::Name(_)
        | Error::Version(_)
        | Error::Package(_)
        | Error::Refused(_)
        | Error::OwnerAlready(_)
        | Error::NoSuchUser(_)
        | Error::NoSuchOwner(_)
        | Error::LastOwner
        | Error::LoginTaken(_)
        | Error::WeakPassword(_)
        | Error::NoSuchToken(_) => StatusCode::BAD_REQUEST,
        Error::TooOften { .. } | Error::TooManyVersionsToday(..) => StatusCode::TOO_MANY_REQUESTS,
        Error::Busy | Error::Directory(_) | Error::Store(_) | Error::TokenCreationDisabled(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::AuditBroken(_) | Error::Blobs(_) | Error::Search(_) | Error::Corrupt(_) | Error::Internal(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

/// The status of the refusal of an upload that cannot be taken apart.
fn frame_status(error: &FrameError) -> StatusCode {
    match error {
        FrameError::MetadataTooLong(_) | FrameError::TarballTooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The status of a provider's refusal, as far as it is the caller's; else the provider is of no help for the moment.
fn provider_status(error: &ProviderError) -> StatusCode {
    match error {
        ProviderError::CodeRefused { .. } => StatusCode::BAD_REQUEST,
        ProviderError::SignInAgain { .. } => StatusCode::UNAUTHORIZED,
        ProviderError::OrganizationRestricted { .. } => StatusCode::FORBIDDEN,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = envelope(status, self.to_string());
        if let Self::Rule(Error::TooOften { retry_at, .. }) = &self {
            set_retry_after(&mut response, &httpdate::fmt_http_date(retry_at.to_system_time()));
        }
        if matches!(self, Self::NoMemory | Self::Rule(Error::Busy)) {
            set_retry_after(&mut response, RETRY_SOON);
        }
        if let Some(failure) = self.failure() {
            response.extensions_mut().insert(failure);
        }
        response
    }
}

/// What went wrong on our side, for the log. The client gets only [`trouble`].
#[derive(Clone, Debug)]
pub(crate) struct Failure(pub(crate) String);

/// What a client learns about a failure of ours.
pub(crate) fn trouble(id: &RequestId) -> String {
    format!(
        "the registry has a problem on its side; try again in a minute, and if it stays, give its operator this request id: {id}"
    )
}

/// The longest text of a refusal, in bytes: it may quote what was sent.
const MAX_DETAIL_BYTES: usize = 4096;

/// A text no longer than anybody reads.
fn shortened(mut text: String) -> String {
    if text.len() > MAX_DETAIL_BYTES {
        text.truncate(text.floor_char_boundary(MAX_DETAIL_BYTES));
        text.push('…');
    }
    text
}

/// The JSON envelope around one sentence.
pub(crate) fn envelope(status: StatusCode, detail: String) -> Response {
    // Two levels of plain text always serialise.
    let json = serde_json::to_vec(&Errors::one(shortened(detail))).unwrap_or_default();
    let mut response = (status, Body::from(json)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A sentence as plain text, as the index and downloads answer: cargo prints it as it is. Never cached.
pub(crate) fn sentence(status: StatusCode, text: String) -> Response {
    let mut response = (status, shortened(text)).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An error in answer to a request of the index or for a download.
pub(crate) fn plain(error: &ApiError, app: &App) -> Response {
    let status = match error {
        // On these routes cargo sends a token only after a 401 (cargo-client §1.9).
        ApiError::Rule(Error::LoginNeeded | Error::TokenNotAccepted) => StatusCode::UNAUTHORIZED,
        other => other.status(),
    };
    let mut response = sentence(status, error.to_string());
    if status == StatusCode::UNAUTHORIZED
        && let Ok(challenge) = HeaderValue::from_str(&format!("Cargo login_url=\"{}/me\"", app.base_url()))
    {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    if status.is_server_error() {
        set_retry_after(&mut response, RETRY_SOON);
    }
    if let Some(failure) = error.failure() {
        response.extensions_mut().insert(failure);
    }
    response
}

fn set_retry_after(response: &mut Response, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_quotes_no_more_than_anybody_reads() {
        let short = "é".repeat(MAX_DETAIL_BYTES / 2);
        assert_eq!(shortened(short.clone()), short);
        let long = shortened(format!("x{short}"));
        assert!(long.starts_with('x') && long.ends_with("é…") && long.len() < MAX_DETAIL_BYTES + 4);
    }
}

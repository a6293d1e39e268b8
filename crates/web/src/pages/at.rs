//! Extractors of the API for pages.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::refusal::PageError;
use crate::error::ApiError;

/// What an extractor of the API finds; what it refuses becomes a page.
pub(crate) struct At<T>(pub(crate) T);

impl<S: Send + Sync, T: FromRequestParts<S, Rejection = ApiError>> FromRequestParts<S> for At<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        Ok(Self(T::from_request_parts(parts, state).await?))
    }
}

//! One question to GitHub's API, and what its status codes mean.

use openidconnect::http::StatusCode;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde::de::DeserializeOwned;
use url::Url;

use super::{AccessToken, GitHub};
use crate::ProviderError;
use crate::http::Answer;

/// In whose name a question is asked.
#[derive(Clone, Copy)]
pub(super) enum Asker<'a> {
    /// Somebody who signed in.
    Person(&'a AccessToken),
    /// This registry itself, which may ask more often than a stranger.
    Registry,
}

impl GitHub {
    /// What is at a path of the API. None is both "there is no such thing" and "the asker may not know of it".
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &[&str],
        asker: Asker<'_>,
    ) -> Result<Option<T>, ProviderError> {
        // These would ask for something else than the caller means.
        if path.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Ok(None);
        }
        let request = self.http.request(Method::GET, self.address(&self.config.api_url, path)?);
        let request = request.header(ACCEPT, "application/vnd.github+json");
        let request = match asker {
            Asker::Person(token) => request.bearer_auth(token.secret()),
            Asker::Registry if self.config.client_secret.is_empty() => request,
            Asker::Registry => request.basic_auth(&self.config.client_id, Some(&self.config.client_secret)),
        };
        let answer = self.send(request).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK => serde_json::from_slice(&answer.body).map(Some).map_err(|_| self.untrustworthy(what)),
            _ => Err(self.refusal(&answer, asker)),
        }
    }

    /// Sends a request that was begun for this API.
    pub(super) async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, ProviderError> {
        let request =
            request.build().map_err(|_| ProviderError::misconfigured(&self.name, "the request is invalid"))?;
        self.http.send(request).await.map_err(|cause| ProviderError::unreachable(&self.name, cause))
    }

    /// A path below one of the addresses of the settings.
    pub(super) fn address(&self, base: &str, path: &[&str]) -> Result<Url, ProviderError> {
        let invalid = || ProviderError::misconfigured(&self.name, "an address of it is not one");
        let mut url = Url::parse(base).map_err(|_| invalid())?;
        url.path_segments_mut().map_err(|()| invalid())?.pop_if_empty().extend(path);
        Ok(url)
    }

    fn refusal(&self, answer: &Answer, asker: Asker<'_>) -> ProviderError {
        let provider = self.name.clone();
        let remaining = answer.headers.get("x-ratelimit-remaining");
        let is_tired = remaining.is_some_and(|left| left == "0") || answer.headers.contains_key("retry-after");
        match (answer.status, asker) {
            (StatusCode::FORBIDDEN, _) if is_tired => ProviderError::unreachable(&provider, "it was asked too often"),
            (StatusCode::FORBIDDEN, Asker::Person(_)) => ProviderError::OrganizationRestricted { provider },
            (StatusCode::UNAUTHORIZED, Asker::Person(_)) => ProviderError::SignInAgain { provider },
            (StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED, Asker::Registry) => {
                ProviderError::client_refused(&provider)
            }
            (status, _) => ProviderError::untrustworthy(&provider, format!("its API answers with {status}")),
        }
    }
}

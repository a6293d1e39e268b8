//! Asks a provider over HTTP: for a limited time, for a limited answer, and only the address that was meant.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::http::{self, HeaderMap, StatusCode};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::header::{HeaderValue, USER_AGENT};
use reqwest::redirect::Policy;

/// How long a provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer may be, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// The client that providers should be asked with. It follows no redirects: an answer that leads elsewhere could lead
/// into our own network.
///
/// # Errors
///
/// When TLS cannot be set up.
pub fn http_client(builder: reqwest::ClientBuilder) -> reqwest::Result<reqwest::Client> {
    builder.redirect(Policy::none()).connect_timeout(PATIENCE).build()
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("the request failed")]
    Failed(#[source] reqwest::Error),
    #[error("the answer is longer than {MAX_ANSWER} bytes")]
    TooLong,
    #[error("the answer came from another address than the one that was asked")]
    Redirected,
    #[error("the answer is that the server has trouble or is too busy ({0})")]
    Busy(StatusCode),
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The way to a provider.
pub(crate) struct Http(reqwest::Client);

impl Http {
    pub(crate) fn new(client: reqwest::Client) -> Self {
        Self(client)
    }

    /// Begins a request, to be given to [`Http::send`].
    pub(crate) fn request(&self, method: reqwest::Method, url: url::Url) -> reqwest::RequestBuilder {
        self.0.request(method, url)
    }

    /// Sends a request and reads the whole answer. A server that has trouble (5xx) or had enough (429) did not answer.
    pub(crate) async fn send(&self, mut request: reqwest::Request) -> Result<Answer, HttpError> {
        *request.timeout_mut() = Some(PATIENCE);
        let name = HeaderValue::from_static(concat!("cargohold/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(USER_AGENT, name);
        let asked = request.url().clone();
        let response = self.0.execute(request).await.map_err(failed)?;
        if *response.url() != asked {
            return Err(HttpError::Redirected);
        }
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(HttpError::Busy(status));
        }
        let headers = response.headers().clone();
        Ok(Answer { status, headers, body: read(response).await? })
    }
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        if body.len() + piece.len() > MAX_ANSWER {
            return Err(HttpError::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn failed(error: reqwest::Error) -> HttpError {
    HttpError::Failed(error.without_url())
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.send(request.try_into().map_err(failed)?).await?;
            let mut response = http::Response::new(answer.body);
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers;
            Ok(response)
        })
    }
}

//! Extractors of our own, so that even a malformed request gets an answer in cargo's form.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cargohold_protocol::Version;
use cargohold_registry::{Call, Error, Finished, Pieces, chain};
use futures_util::TryStreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::app::App;
use crate::edge::Intake;
use crate::error::{ApiError, ApiResult};
use crate::negotiate;

/// The longest JSON body, in bytes.
const MAX_JSON_BYTES: usize = 2 * 1024 * 1024;

/// Who asks, when, under which id. The outermost service puts it into the request.
pub(crate) struct Caller(pub(crate) Call);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let call = parts.extensions.get::<Call>().cloned();
        call.map(Self).ok_or_else(|| ApiError::Request(StatusCode::INTERNAL_SERVER_ERROR, "no call".to_owned()))
    }
}

/// The crate a path names, as it is spelled there.
pub(crate) struct CrateAt {
    pub(crate) name: String,
}

/// The crate and version a path names.
pub(crate) struct VersionAt {
    pub(crate) name: String,
    pub(crate) version: Version,
}

impl<S: Send + Sync> FromRequestParts<S> for CrateAt {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Self { name: param(parts, state, "name").await? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for VersionAt {
    type Rejection = ApiError;

    /// The version is judged first: a bad one is a 400 even if the name is bad as well, and whatever the body is (contract
    /// §1.1). The name is judged by whoever looks for the crate.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let version = param(parts, state, "version").await?;
        let version = version.parse().map_err(|problem| ApiError::bad_request(format!("invalid URL: {problem}")))?;
        Ok(Self { name: param(parts, state, "name").await?, version })
    }
}

/// The only parameter of a path, decoded.
pub(crate) struct PathText(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = path_params(parts, state).await?;
        let value = params.iter().next().map(|(_, value)| value.to_owned());
        value.map(Self).ok_or_else(|| ApiError::bad_request("invalid URL: a part of the path is missing"))
    }
}

/// The two parameters of a path, decoded.
pub(crate) struct PathPair(pub(crate) String, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathPair {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = path_params(parts, state).await?;
        let mut values = params.iter().map(|(_, value)| value.to_owned());
        let pair = values.next().zip(values.next());
        pair.map(|(a, b)| Self(a, b)).ok_or_else(|| ApiError::bad_request("invalid URL: a part of the path is missing"))
    }
}

/// The only parameter of a path, a 32-bit id.
pub(crate) struct PathId(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let PathText(text) = PathText::from_request_parts(parts, state).await?;
        let id = text.parse::<i32>();
        id.map(|id| Self(i64::from(id)))
            .map_err(|_| ApiError::bad_request(format!("invalid URL: `{text}` is no id; ids are whole numbers")))
    }
}

/// A parameter of a path, decoded.
pub(crate) async fn param<S: Send + Sync>(parts: &mut Parts, state: &S, key: &str) -> Result<String, ApiError> {
    let params = path_params(parts, state).await?;
    let value = params.iter().find(|(name, _)| *name == key).map(|(_, value)| value.to_owned());
    value.ok_or_else(|| ApiError::bad_request(format!("invalid URL: the path has no {key}")))
}

async fn path_params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, ApiError> {
    let params = RawPathParams::from_request_parts(parts, state).await;
    params.map_err(|_| ApiError::bad_request("invalid URL: a part of the path is not UTF-8; check the address"))
}

/// A JSON body (contract part 2, §1.2): 415 without its content type, 400 if it is no JSON, 422 if it has another shape.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        if !is_json(&request) {
            let text = "send the body with the content type `application/json`";
            return Err(ApiError::Request(StatusCode::UNSUPPORTED_MEDIA_TYPE, text.to_owned()));
        }
        let bytes = read_limited(request, app).await?;
        let parsed = serde_json::from_slice(&bytes).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => ApiError::Request(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!(
                    "the body has another shape than this route expects ({error}); see the web API of the Cargo book"
                ),
            ),
            _ => ApiError::bad_request(format!("the body is no valid JSON: {error}")),
        });
        parsed.map(Self)
    }
}

/// The bytes of a body, whatever its content type; a 413 if there are too many.
pub(crate) struct RawBody(pub(crate) Bytes);

impl FromRequest<App> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        read_limited(request, app).await.map(Self)
    }
}

/// A JSON answer about somebody, which no cache may keep.
pub(crate) fn uncached<T: Serialize>(answer: T) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn is_json(request: &Request) -> bool {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/").unwrap_or_default();
    subtype == "json" || subtype.ends_with("+json")
}

/// The whole body, which counts as memory of requests until nobody holds it.
async fn read_limited(request: Request, app: &App) -> Result<Bytes, ApiError> {
    let (parts, body) = request.into_parts();
    let mut intake = Intake::new(app, &parts.extensions, body);
    let mut bytes = Vec::new();
    while let Some(data) = intake.next().await? {
        if bytes.len() + data.len() > MAX_JSON_BYTES {
            let text = format!("the body is longer than {MAX_JSON_BYTES} bytes; shorten it");
            return Err(ApiError::Request(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        bytes.extend_from_slice(&data);
    }
    let bytes = Bytes::from(bytes);
    Ok(intake.take_charges().into_iter().fold(bytes, |bytes, charge| charge.attach(bytes)))
}

/// A finished answer, in the coding the client likes best.
pub(crate) async fn finished(headers: &HeaderMap, answer: &Finished) -> Result<Response, Error> {
    let coding = negotiate::coding(headers);
    let mut response = ([(CONTENT_TYPE, "application/json")], answer.form(coding).await?.bytes.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(name) = coding.name() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    Ok(response)
}

/// An answer that is made while it is read, if it is long: then nothing is made for a `HEAD`.
pub(crate) async fn pieces(answer: Pieces) -> ApiResult<Response> {
    let body = if answer.is_short() {
        let pieces: Vec<Bytes> = answer.into_stream().try_collect().await?;
        Body::from(pieces.concat())
    } else {
        let log = |error: &Error| tracing::error!(cause = chain(error), "a list broke off on its way");
        Body::from_stream(answer.into_stream().inspect_err(log))
    };
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// A JSON answer.
pub(crate) struct Json<T>(pub(crate) T);

/// Answers up to so many bytes are written where they are made; longer ones keep a thread busy for so long that others notice.
const MAX_QUICK_BYTES: usize = 128 * 1024;

/// Writes an answer; if it is long, where it keeps nobody waiting.
fn write_json(answer: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut quick = Vec::new();
    let mut limited = Limited(&mut quick);
    match serde_json::to_writer(&mut limited, answer) {
        Err(error) if error.is_io() => match Handle::try_current().map(|handle| handle.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(|| serde_json::to_vec(answer)),
            _ => serde_json::to_vec(answer),
        },
        written => written.map(|()| quick),
    }
}

/// Takes [`MAX_QUICK_BYTES`] and no more.
struct Limited<'v>(&'v mut Vec<u8>);

impl std::io::Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_QUICK_BYTES {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match write_json(&self.0) {
            Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
            Err(error) => ApiError::Rule(Error::Internal(error.into())).into_response(),
        }
    }
}

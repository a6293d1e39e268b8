//! The body of an answer, as its connection counts it: whose turn it is, and what is held until the client has read it; and the
//! memory that answers are charged for.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cargohold_registry::{Charge, Error, Use};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;

use super::state::{Connection, Exchange};
use crate::app::App;
use crate::download::NeverCoded;
use crate::error::{ApiError, plain};

/// Pieces shorter than this are not worth an allocation to be counted: what a connection holds of them is bounded by its
/// streams and its write buffer.
const COUNTED_BYTES: usize = 8 * 1024;

/// A body whose exchange ends with it.
#[derive(Debug)]
pub(super) struct Answer {
    body: Body,
    /// What is in memory already although nobody has asked for it yet, in bytes: a client may never do so.
    waiting: usize,
    exchange: Exchange,
}

impl Answer {
    pub(super) fn new(body: Body, mut exchange: Exchange) -> Self {
        exchange.set_on_us(false);
        let known = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
        let waiting = known.filter(|bytes| *bytes >= COUNTED_BYTES).unwrap_or_default();
        if waiting > 0 {
            exchange.connection().holds(waiting);
        }
        Self { body, waiting, exchange }
    }

    /// Says that these bytes wait no longer: they are on their way.
    fn hand_over(&mut self, bytes: usize) {
        let bytes = self.waiting.min(bytes);
        if bytes > 0 {
            self.waiting -= bytes;
            self.exchange.connection().lets_go(bytes);
        }
    }

    /// The same bytes, counted on the connection until the last of them is written.
    fn sent(&mut self, bytes: Bytes) -> Bytes {
        self.hand_over(bytes.len());
        if bytes.len() < COUNTED_BYTES {
            return bytes;
        }
        let connection = self.exchange.connection().clone();
        connection.holds(bytes.len());
        Bytes::from_owner(Held { bytes, connection })
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        this.exchange.set_on_us(polled.is_pending());
        polled.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(|bytes| this.sent(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.hand_over(usize::MAX);
    }
}

/// Bytes that a connection has yet to write.
struct Held {
    bytes: Bytes,
    connection: Arc<Connection>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.connection.lets_go(self.bytes.len());
    }
}

/// An answer shorter than this is charged whether there is memory left or not, in bytes.
const SMALL_BYTES: u64 = 64 * 1024;

/// Marks an answer whose bytes were charged before they were read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChargedBefore;

/// Charges an answer that was made as a whole, for as long as its bytes are held. What streams is charged where it is read.
///
/// A long answer is in memory already when it is charged, so only a few of them wait where none is left.
pub(crate) async fn charged(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    if response.extensions().get::<ChargedBefore>().is_some() || response.extensions().get::<NeverCoded>().is_some() {
        return response;
    }
    let Some(bytes) = response.body().size_hint().exact().filter(|bytes| *bytes > 0) else { return response };
    let Some(charge) = charge(&app, bytes).await else {
        let busy = ApiError::from(Error::Busy);
        return if is_api { busy.into_response() } else { plain(&busy, &app) };
    };
    let (parts, body) = response.into_parts();
    // A body whose length is known is there as a whole.
    let body = match body.collect().await {
        Ok(collected) => Body::from(charge.attach(collected.to_bytes())),
        Err(error) => return ApiError::BodyBroken(error).into_response(),
    };
    Response::from_parts(parts, body)
}

async fn charge(app: &App, bytes: u64) -> Option<Charge> {
    let memory = app.registry.answer_memory();
    if bytes < SMALL_BYTES {
        return Some(memory.take_anyway(Use::Once, bytes));
    }
    if let Some(charge) = memory.try_take(Use::Once, bytes) {
        return Some(charge);
    }
    let _turn = app.waiting_answers.try_acquire().ok()?;
    memory.take(Use::Once, bytes).await
}

//! What a connection is doing, as counters: written by whoever does it, read by the one who watches over deadlines and memory.
//!
//! Nothing here reads a clock. [`super::watch`] looks at every connection a few times in each deadline and remembers since when
//! nothing has moved, so that a request costs a handful of additions.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// One connection, shared by its stream, its requests, their bodies and the watcher.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Who is connected.
    pub(super) peer: IpAddr,
    /// Whether no request has come yet since it was accepted or changed its protocol.
    is_opening: AtomicBool,
    /// Requests whose answers have not been handed to the HTTP library as a whole.
    in_flight: AtomicU32,
    /// Those of them that wait for us, not for the client.
    on_us: AtomicU32,
    /// Those of them whose bodies are being waited for.
    receiving: AtomicU32,
    /// How many requests there have been.
    requests: AtomicU64,
    /// Bytes of answers that were handed to the HTTP library and not yet written.
    held: AtomicU64,
    read: AtomicU64,
    /// Those bytes of what was read that were bodies of requests.
    received: AtomicU64,
    written: AtomicU64,
    /// Whether the client does not take what is written.
    is_write_blocked: AtomicBool,
    /// Whether everything that was answered so far has been written.
    is_quiet: AtomicBool,
    is_http2: AtomicBool,
    /// Whether the last request had a body, which may still be on its way when its answer is complete.
    may_be_sending: AtomicBool,
    /// Whether somebody has shown working credentials here.
    is_known: AtomicBool,
    order: AtomicU8,
    waker: AtomicWaker,
}

/// What a connection was told to do; a later order is a stronger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// To go on.
    Nothing,
    /// To end after what it is answering.
    Finish,
    /// To say that the request took too long to arrive, and to end.
    TimeOut,
    /// To end at once.
    Close,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// TLS handshake, finding out the protocol, change of protocol, head of the first request.
    Opening,
    /// Nothing is asked.
    Idle,
    /// The body of a request is waited for.
    Receiving,
    /// We are at work.
    Working,
    /// The client has to read.
    Sending,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) phase: Phase,
    pub(super) requests: u64,
    pub(super) read: u64,
    /// What was written of answers, or less: what clients make us write besides is left out.
    pub(super) answered: u64,
    pub(super) held: u64,
    pub(super) is_http2: bool,
    pub(super) is_known: bool,
}

impl Connection {
    pub(super) fn new(peer: IpAddr) -> Arc<Self> {
        Arc::new(Self {
            peer,
            is_opening: AtomicBool::new(true),
            in_flight: AtomicU32::new(0),
            on_us: AtomicU32::new(0),
            receiving: AtomicU32::new(0),
            requests: AtomicU64::new(0),
            held: AtomicU64::new(0),
            read: AtomicU64::new(0),
            received: AtomicU64::new(0),
            written: AtomicU64::new(0),
            is_write_blocked: AtomicBool::new(false),
            is_quiet: AtomicBool::new(true),
            is_http2: AtomicBool::new(false),
            may_be_sending: AtomicBool::new(false),
            is_known: AtomicBool::new(false),
            order: AtomicU8::new(Order::Nothing as u8),
            waker: AtomicWaker::new(),
        })
    }

    pub(super) fn counted(&self) -> Counted {
        let held = self.held.load(Ordering::Relaxed);
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        let waits_for_reader =
            held > 0 || self.is_write_blocked.load(Ordering::Relaxed) || in_flight > self.on_us.load(Ordering::Relaxed);
        let phase = if self.is_opening() {
            Phase::Opening
        } else if waits_for_reader {
            Phase::Sending
        } else if self.receiving.load(Ordering::Relaxed) > 0 {
            Phase::Receiving
        } else if in_flight > 0 {
            Phase::Working
        } else {
            Phase::Idle
        };
        let read = self.read.load(Ordering::Relaxed);
        let written = self.written.load(Ordering::Relaxed);
        let is_http2 = self.is_http2();
        // In HTTP/2 a client makes us write by asking: no acknowledgement is longer than what it acknowledges.
        let asked = if is_http2 { read.saturating_sub(self.received.load(Ordering::Relaxed)) } else { 0 };
        Counted {
            phase,
            requests: self.requests.load(Ordering::Relaxed),
            read,
            answered: written.saturating_sub(asked),
            held,
            is_http2,
            is_known: self.is_known(),
        }
    }

    /// Says that the connection begins to speak a protocol, of which no request has come yet.
    pub(super) fn opens(&self, is_http2: bool) {
        self.is_http2.store(is_http2, Ordering::Relaxed);
        self.is_opening.store(true, Ordering::Relaxed);
    }

    /// Whether no request has come yet.
    pub(super) fn is_opening(&self) -> bool {
        self.is_opening.load(Ordering::Relaxed)
    }

    /// Whether somebody has shown working credentials.
    pub(super) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Relaxed)
    }

    pub(super) fn is_http2(&self) -> bool {
        self.is_http2.load(Ordering::Relaxed)
    }

    /// Whether everything that was answered so far has been written: what an HTTP/1.1 connection writes now is no answer of
    /// ours.
    pub(super) fn is_quiet(&self) -> bool {
        self.is_quiet.load(Ordering::Relaxed)
    }

    /// Says that the HTTP library has nothing left to write.
    pub(super) fn flushed(&self) {
        if !self.is_quiet() && self.in_flight.load(Ordering::Relaxed) == 0 {
            self.is_quiet.store(true, Ordering::Relaxed);
        }
    }

    /// Whether a request may still be arriving that has been answered already.
    pub(super) fn may_be_sending(&self) -> bool {
        self.may_be_sending.load(Ordering::Relaxed)
    }

    pub(super) fn has_read(&self, bytes: usize) {
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Says that so much of a body has arrived.
    pub(super) fn has_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn has_written(&self, bytes: usize) {
        self.written.fetch_add(bytes as u64, Ordering::Relaxed);
        if self.is_write_blocked.load(Ordering::Relaxed) {
            self.is_write_blocked.store(false, Ordering::Relaxed);
        }
    }

    pub(super) fn cannot_write(&self) {
        self.is_write_blocked.store(true, Ordering::Relaxed);
    }

    pub(super) fn holds(&self, bytes: usize) {
        self.held.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn lets_go(&self, bytes: usize) {
        self.held.fetch_sub(bytes as u64, Ordering::Relaxed);
    }

    /// Says that somebody has shown working credentials on this connection.
    pub(crate) fn mark_known(&self) {
        self.is_known.store(true, Ordering::Relaxed);
    }

    /// Counts a body that is waited for, until the answer is dropped.
    pub(crate) fn receives(&self) -> Receiving<'_> {
        self.receiving.fetch_add(1, Ordering::Relaxed);
        Receiving(self)
    }

    pub(super) fn order(&self) -> Order {
        match self.order.load(Ordering::Acquire) {
            0 => Order::Nothing,
            1 => Order::Finish,
            2 => Order::TimeOut,
            _ => Order::Close,
        }
    }

    /// Tells the connection what to do, unless it was told something stronger.
    pub(super) fn tell(&self, order: Order) {
        self.order.fetch_max(order as u8, Ordering::AcqRel);
        self.waker.wake();
    }

    /// Goes on with `work` until it is done; nothing if the connection is told to end meanwhile, from `order` on. A client that
    /// is to be told that its time is over reads that from the stream itself.
    pub(super) async fn until<T>(&self, order: Order, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|cx| match self.poll_order(cx) {
            Order::TimeOut => work.as_mut().poll(cx).map(Some),
            told if told >= order => Poll::Ready(None),
            _ => work.as_mut().poll(cx).map(Some),
        })
        .await
    }

    /// What the connection was told; its task is woken when it is told something else.
    pub(super) fn poll_order(&self, cx: &Context<'_>) -> Order {
        self.waker.register(cx.waker());
        self.order()
    }
}

/// A body that is waited for.
pub(crate) struct Receiving<'a>(&'a Connection);

impl Drop for Receiving<'_> {
    fn drop(&mut self) {
        self.0.receiving.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One request from its head to the last byte of its answer, counted on its connection.
#[derive(Debug)]
pub(super) struct Exchange {
    connection: Arc<Connection>,
    is_on_us: bool,
}

impl Exchange {
    /// A request with its head complete; `has_body` if more of it follows.
    pub(super) fn begin(connection: Arc<Connection>, has_body: bool) -> Self {
        connection.is_opening.store(false, Ordering::Relaxed);
        connection.is_quiet.store(false, Ordering::Relaxed);
        connection.may_be_sending.store(has_body, Ordering::Relaxed);
        connection.requests.fetch_add(1, Ordering::Relaxed);
        connection.on_us.fetch_add(1, Ordering::Relaxed);
        connection.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { connection, is_on_us: true }
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Says whose turn it is.
    pub(super) fn set_on_us(&mut self, is_on_us: bool) {
        match (self.is_on_us, is_on_us) {
            (false, true) => _ = self.connection.on_us.fetch_add(1, Ordering::Relaxed),
            (true, false) => _ = self.connection.on_us.fetch_sub(1, Ordering::Relaxed),
            _ => {}
        }
        self.is_on_us = is_on_us;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.set_on_us(false);
        self.connection.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

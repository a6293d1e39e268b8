//! Bodies of requests as they arrive: at a rate, within the memory there is, and of everybody a share.
//!
//! Whoever has shown no working credentials shares an eighth of `limits.request_memory`; who fills it slowest makes room. The rest
//! is for known people and pipelines, who wait where it is spent. So that they never wait for each other in a circle, the oldest
//! upload of those who wait always goes on.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Extensions;
use bytes::Bytes;
use cargohold_registry::{Budget, Call, Charge, Use};
use http_body_util::BodyExt;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::seen::SLOW_BYTES_PER_SECOND;
use super::state::Connection;
use crate::app::{App, Times};
use crate::error::ApiError;

/// What those who are not known may hold of all memory for requests.
const ANONYMOUS_SHARE: u64 = 8;

/// A body longer than this is worth finding out whose it is, in bytes.
const SMALL_BYTES: u64 = 64 * 1024;

/// Memory is charged in steps of so many bytes.
const STEP_BYTES: u64 = 16 * 1024;

/// How long a body may go on at any rate before it can be asked to make room.
const EXPENDABLE_AFTER: Duration = Duration::from_secs(2);

/// How many uploads of one publisher are read at once; further ones wait.
const UPLOADS_AT_ONCE: usize = 16;

/// How often somebody who waits for memory looks whether it is their turn.
const TURN_EVERY: Duration = Duration::from_millis(200);

/// The memory that bodies of requests may take, and who takes it.
#[derive(Debug)]
pub(crate) struct RequestMemory {
    known: Arc<Budget>,
    anonymous: Arc<Budget>,
    last_id: AtomicU64,
    /// The bodies that are being read, the oldest first.
    arriving: Mutex<BTreeMap<u64, Arc<Arriving>>>,
    uploads: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A body that is being read.
#[derive(Debug)]
struct Arriving {
    since: Instant,
    bytes: AtomicU64,
    is_known: AtomicBool,
    /// Whether it waits for memory.
    is_waiting: AtomicBool,
    /// Told when it must make room for another.
    dropped: Notify,
}

impl RequestMemory {
    pub(crate) fn new(bytes: u64) -> Self {
        let anonymous = bytes / ANONYMOUS_SHARE;
        Self {
            known: Budget::new(bytes - anonymous),
            anonymous: Budget::new(anonymous),
            last_id: AtomicU64::new(0),
            arriving: Mutex::default(),
            uploads: Mutex::default(),
        }
    }

    /// Waits until a publisher may have another upload read. It counts until the answer is dropped.
    pub(crate) async fn upload_turn(&self, publisher: String) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
            uploads.retain(|_, turns| turns.strong_count() > 0);
            let known = uploads.get(&publisher).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turns = Arc::new(Semaphore::new(UPLOADS_AT_ONCE));
                uploads.insert(publisher, Arc::downgrade(&turns));
                turns
            })
        };
        turns.acquire_owned().await.ok()
    }

    fn arriving(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Arriving>>> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> (u64, Arc<Arriving>) {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed);
        let arriving = Arc::new(Arriving {
            since: Instant::now(),
            bytes: AtomicU64::new(0),
            is_known: AtomicBool::new(false),
            is_waiting: AtomicBool::new(false),
            dropped: Notify::new(),
        });
        self.arriving().insert(id, arriving.clone());
        (id, arriving)
    }

    /// Memory for a body of somebody known: the oldest of those who wait goes on whatever there is left, so that it ends.
    async fn take_known(&self, id: u64, arriving: &Arriving, bytes: u64) -> Charge {
        if let Some(charge) = self.known.try_take(Use::Once, bytes) {
            return charge;
        }
        arriving.is_waiting.store(true, Ordering::Relaxed);
        let _waiting = OnDrop(|| arriving.is_waiting.store(false, Ordering::Relaxed));
        loop {
            let is_oldest = {
                let all = self.arriving();
                all.iter()
                    .find(|(_, it)| it.is_waiting.load(Ordering::Relaxed))
                    .is_some_and(|(oldest, _)| *oldest == id)
            };
            if is_oldest {
                return self.known.take_anyway(Use::Once, bytes);
            }
            if let Ok(Some(charge)) = tokio::time::timeout(TURN_EVERY, self.known.take(Use::Once, bytes)).await {
                return charge;
            }
        }
    }

    /// Memory for a body of whoever it may be; who has sent slowest of them makes room.
    async fn take_anonymous(&self, id: u64, bytes: u64) -> Option<Charge> {
        if let Some(charge) = self.anonymous.try_take(Use::Once, bytes) {
            return Some(charge);
        }
        self.drop_slowest(id);
        self.anonymous.take(Use::Once, bytes).await
    }

    fn drop_slowest(&self, except: u64) {
        let arriving = self.arriving();
        let rated = arriving.iter().filter(|(id, it)| **id != except && !it.is_known.load(Ordering::Relaxed));
        let slowest = rated.filter_map(|(_, it)| {
            let time = it.since.elapsed();
            let rate = u128::from(it.bytes.load(Ordering::Relaxed)) * 1000 / time.as_millis().max(1);
            (time >= EXPENDABLE_AFTER).then_some((rate, it))
        });
        if let Some((_, slowest)) = slowest.min_by_key(|(rate, _)| *rate) {
            slowest.dropped.notify_one();
        }
    }
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A body, read no further than asked for. Its memory counts until this is dropped.
pub(crate) struct Intake {
    body: Body,
    app: App,
    call: Option<Call>,
    connection: Option<Arc<Connection>>,
    id: u64,
    arriving: Arc<Arriving>,
    charges: Vec<Charge>,
    charged: u64,
    /// Whether it was looked up whether the credentials work.
    is_looked_up: bool,
    /// How long the client has been waited for.
    waited: Duration,
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.memory().arriving().remove(&self.id);
    }
}

impl Intake {
    /// The body of a request with these extensions.
    pub(crate) fn new(app: &App, extensions: &Extensions, body: Body) -> Self {
        let (id, arriving) = app.request_memory.begin();
        Self {
            body,
            app: app.clone(),
            call: extensions.get::<Call>().cloned(),
            connection: extensions.get::<Arc<Connection>>().cloned(),
            id,
            arriving,
            charges: Vec::new(),
            charged: 0,
            is_looked_up: false,
            waited: Duration::ZERO,
        }
    }

    fn memory(&self) -> &RequestMemory {
        &self.app.request_memory
    }

    fn is_known(&self) -> bool {
        self.arriving.is_known.load(Ordering::Relaxed)
    }

    /// Says that whoever sends this has shown working credentials.
    pub(crate) fn mark_known(&mut self) {
        self.arriving.is_known.store(true, Ordering::Relaxed);
        if let Some(connection) = &self.connection {
            connection.mark_known();
        }
    }

    /// What was charged so far, to be kept with the bytes.
    pub(crate) fn take_charges(&mut self) -> Vec<Charge> {
        std::mem::take(&mut self.charges)
    }

    /// The next piece; nothing at the end.
    ///
    /// # Errors
    /// When it breaks off, does not arrive or arrives too slowly, or there is no memory for it.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            let frame = self.wait().await?;
            let Some(frame) = frame else { return Ok(None) };
            if let Ok(data) = frame.map_err(ApiError::BodyBroken)?.into_data() {
                if let Some(connection) = &self.connection {
                    connection.has_received(data.len());
                }
                self.charge(data.len() as u64).await?;
                return Ok(Some(data));
            }
        }
    }

    async fn wait(&mut self) -> Result<Option<Result<http_body::Frame<Bytes>, axum::Error>>, ApiError> {
        let connection = self.connection.clone();
        let _receiving = connection.as_ref().map(|connection| connection.receives());
        let bytes = self.arriving.bytes.load(Ordering::Relaxed);
        let patience = patience(&self.app.times, bytes, self.waited);
        let begun = Instant::now();
        let frame = tokio::select! {
            frame = tokio::time::timeout(patience, self.body.frame()) => frame.map_err(|_| ApiError::BodyStalled),
            () = self.arriving.dropped.notified() => Err(ApiError::NoMemory),
        };
        self.waited += begun.elapsed();
        frame
    }

    async fn charge(&mut self, bytes: u64) -> Result<(), ApiError> {
        let arrived = self.arriving.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if arrived <= self.charged {
            return Ok(());
        }
        let missing = (arrived - self.charged).next_multiple_of(STEP_BYTES);
        if !self.is_known() && arrived > SMALL_BYTES {
            self.look_up().await;
        }
        let charge = self.charge_for(missing).await?;
        self.charged += missing;
        self.charges.push(charge);
        Ok(())
    }

    async fn charge_for(&mut self, bytes: u64) -> Result<Charge, ApiError> {
        if !self.is_known() {
            if let Some(charge) = self.memory().take_anonymous(self.id, bytes).await {
                return Ok(charge);
            }
            self.look_up().await;
        }
        if self.is_known() {
            Ok(self.memory().take_known(self.id, &self.arriving, bytes).await)
        } else {
            Err(ApiError::NoMemory)
        }
    }

    /// Finds out once whether the credentials work that came with the request. It is judged later, and by others, whether they are
    /// enough: this only says whose share of the memory it is.
    async fn look_up(&mut self) {
        if self.is_known() || std::mem::replace(&mut self.is_looked_up, true) {
            return;
        }
        if let Some(call) = &self.call
            && self.app.registry.has_working_credentials(call).await
        {
            // What was charged to strangers goes on being theirs until this is dropped: it is little.
            self.mark_known();
        }
    }
}

/// How long to wait for the next piece of a body of which so much has arrived: until it is idle for too long, or too slow as a
/// whole.
fn patience(times: &Times, bytes: u64, waited: Duration) -> Duration {
    let at_rate = Duration::from_millis(bytes.saturating_mul(1000) / SLOW_BYTES_PER_SECOND);
    times.slow_body_after.max(at_rate).saturating_sub(waited).min(times.body_idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_oldest_of_those_who_are_known_goes_on_when_all_memory_is_spent() {
        let memory = RequestMemory::new(800_000);
        let (first, first_body) = memory.begin();
        let (second, second_body) = memory.begin();
        for body in [&first_body, &second_body] {
            body.is_known.store(true, Ordering::Relaxed);
        }
        let _held = memory.take_known(second, &second_body, 700_000).await;
        first_body.is_waiting.store(true, Ordering::Relaxed);
        let waits = memory.take_known(second, &second_body, 100_000);
        assert!(tokio::time::timeout(Duration::from_mins(1), waits).await.is_err(), "the younger one waits");
        let more = memory.take_known(first, &first_body, 100_000).await;
        // Whoever is not waiting keeps nobody waiting, however old it is.
        assert_eq!(memory.take_known(second, &second_body, 100_000).await.bytes(), 100_000);
        drop(more);
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_share_an_eighth() {
        let memory = RequestMemory::new(800_000);
        let (id, _) = memory.begin();
        let held = memory.take_anonymous(id, 90_000).await.unwrap();
        assert!(memory.take_anonymous(id, 20_000).await.is_none());
        drop(held);
        assert!(memory.take_anonymous(id, 20_000).await.is_some());
    }

    #[test]
    fn a_body_may_pause_but_must_arrive_at_a_rate() {
        let second = Duration::from_secs(1);
        let times = Times {
            request: 30 * second,
            publish: 300 * second,
            body_idle: 30 * second,
            slow_body_after: 10 * second,
            head: 20 * second,
            idle: 90 * second,
            answer: 30 * second,
            shutdown: 30 * second,
        };
        assert_eq!(patience(&times, 0, Duration::ZERO), 10 * second);
        assert_eq!(patience(&times, 10, 9 * second), second);
        assert_eq!(patience(&times, 10, 11 * second), Duration::ZERO);
        assert_eq!(patience(&times, 60 * SLOW_BYTES_PER_SECOND, 20 * second), 30 * second);
        assert_eq!(patience(&times, 60 * SLOW_BYTES_PER_SECOND, 55 * second), 5 * second);
    }

    #[tokio::test]
    async fn so_many_uploads_of_one_publisher_are_read_at_once() {
        let memory = RequestMemory::new(800_000);
        let mut turns = Vec::new();
        for _ in 0..UPLOADS_AT_ONCE {
            turns.push(memory.upload_turn("carol".to_owned()).await.unwrap());
        }
        let mut next = std::pin::pin!(memory.upload_turn("carol".to_owned()));
        assert!(futures_util::poll!(next.as_mut()).is_pending());
        assert!(memory.upload_turn("dan".to_owned()).await.is_some(), "others need not wait");
        turns.pop();
        assert!(next.await.is_some());
    }
}

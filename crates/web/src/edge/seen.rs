//! What was seen of a connection over time, what follows from it, and whether anybody would miss it.

use std::time::{Duration, Instant};

use super::state::{Connection, Counted, Order, Phase};
use crate::app::Times;

/// What a client must have read of its answers to have made progress, in bytes.
const PROGRESS_BYTES: u64 = 1024;

/// What a body must bring a second not to be slow, in bytes.
pub(super) const SLOW_BYTES_PER_SECOND: u64 = 4 * 1024;

/// From when on somebody who does nothing has to make room for others.
const EXPENDABLE_AFTER: Duration = Duration::from_secs(1);

/// How long a connection may take to end once it is told to, if nothing is in flight; and if it was told so because of what its
/// client did not do, so that it can read why.
const FINISH_TIME: Duration = Duration::from_secs(2);
const END_TIME: Duration = Duration::from_secs(6);

/// The counters of a connection when it was last looked at, and since when nothing has moved.
#[derive(Debug)]
pub(super) struct Seen {
    counted: Counted,
    /// Since when it has been in this phase.
    since: Instant,
    /// What had been read by then.
    read_before: u64,
    /// Since when part of another head has been there.
    head_since: Option<Instant>,
    /// When the client was last seen to read of its answers, and what had been answered by then.
    moved_at: Instant,
    answered_before: u64,
    told_at: Option<Instant>,
}

/// How little a connection would be missed; the most expendable is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Expendable {
    rank: u8,
    since: Duration,
}

impl Seen {
    pub(super) fn new(connection: &Connection, now: Instant) -> Self {
        let counted = connection.counted();
        Self {
            counted,
            since: now,
            read_before: counted.read,
            head_since: None,
            moved_at: now,
            answered_before: counted.answered,
            told_at: None,
        }
    }

    /// Looks at a connection again, and answers what it is to be told.
    pub(super) fn look(&mut self, connection: &Connection, now: Instant, times: &Times) -> Order {
        self.update(connection.counted(), now);
        let order = self.due(now, times).max(connection.order());
        if order == Order::Nothing {
            return order;
        }
        let told_at = *self.told_at.get_or_insert(now);
        let is_at_work = !matches!(self.counted.phase, Phase::Opening | Phase::Idle);
        let time = if order == Order::Finish { FINISH_TIME } else { END_TIME };
        if !is_at_work && now >= told_at + time { Order::Close } else { order }
    }

    fn update(&mut self, counted: Counted, now: Instant) {
        let is_other_phase = counted.phase != self.counted.phase;
        let is_other_request = counted.requests != self.counted.requests;
        if is_other_phase || (is_other_request && counted.phase != Phase::Sending) {
            self.since = now;
            self.read_before = counted.read;
            self.head_since = None;
            self.told_at = None;
        }
        let has_head_begun = counted.phase == Phase::Idle && !counted.is_http2 && counted.read > self.read_before;
        if has_head_begun && self.head_since.is_none() {
            self.head_since = Some(now);
        }
        if is_other_phase || counted.answered >= self.answered_before + PROGRESS_BYTES {
            self.moved_at = now;
            self.answered_before = counted.answered;
        }
        self.counted = counted;
    }

    fn due(&self, now: Instant, times: &Times) -> Order {
        let is_over = |since: Instant, time: Duration| now >= since + time;
        match self.counted.phase {
            Phase::Opening if is_over(self.since, times.head) => Order::TimeOut,
            Phase::Idle if self.head_since.is_some_and(|since| is_over(since, times.head)) => Order::TimeOut,
            Phase::Idle if is_over(self.since, times.idle) => Order::Finish,
            Phase::Sending if is_over(self.moved_at, times.answer) => Order::Close,
            _ => Order::Nothing,
        }
    }

    /// For how long the client has read nothing although it has to, and how many bytes are held for it.
    pub(super) fn stalled(&self, now: Instant) -> Option<(Duration, u64)> {
        let idle = now.saturating_duration_since(self.moved_at);
        (self.counted.phase == Phase::Sending && idle >= EXPENDABLE_AFTER).then_some((idle, self.counted.held))
    }

    /// Whether somebody has shown working credentials.
    pub(super) fn is_known(&self) -> bool {
        self.counted.is_known
    }

    /// How little a connection would be missed that does nothing for anybody; nothing if it does.
    pub(super) fn expendable(&self, connection: &Connection, now: Instant) -> Option<Expendable> {
        let counted = connection.counted();
        if counted.phase != self.counted.phase {
            return None;
        }
        let since = now.saturating_duration_since(self.since);
        let ranked = |rank: u8, since: Duration| Some(Expendable { rank: rank - u8::from(counted.is_known), since });
        let expendable = match counted.phase {
            Phase::Opening => ranked(6, since),
            Phase::Sending if counted.answered < self.answered_before + PROGRESS_BYTES => {
                ranked(4, now.saturating_duration_since(self.moved_at))
            }
            Phase::Receiving if !counted.is_known && is_slow(counted.read - self.read_before, since) => {
                ranked(4, since)
            }
            Phase::Idle if counted.requests == self.counted.requests => ranked(2, since),
            _ => None,
        };
        expendable.filter(|it| it.since >= EXPENDABLE_AFTER)
    }
}

/// Whether so many bytes in that time are slow.
fn is_slow(bytes: u64, time: Duration) -> bool {
    u128::from(bytes) * 1000 < u128::from(SLOW_BYTES_PER_SECOND) * time.as_millis()
}

//! The one who looks at every connection a few times in each deadline: ends what has come to an end, takes memory from those who
//! do not read when others need it, and tells once a minute what was refused.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cargohold_registry::Budget;

use super::state::Order;
use super::table::Connections;
use crate::app::Times;

/// How often all connections are looked at where deadlines are long, and while memory is short.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const LOOK_OFTEN: Duration = Duration::from_millis(100);

/// For how long memory counts as short after somebody did not get it.
const SHORT_FOR: Duration = Duration::from_secs(3);

/// What a connection holds at least whose client has to read, in bytes: a stream that nobody reads has its pieces charged before they
/// are read.
const STREAM_BYTES: u64 = 128 * 1024;

const TELL_EVERY: Duration = Duration::from_mins(1);

/// Watches until it is dropped.
pub(super) async fn watch(connections: Arc<Connections>, times: Times, memory: Arc<Budget>) {
    let shortest = times.head.min(times.idle).min(times.answer);
    let pause = (shortest / 4).clamp(LOOK_OFTEN, LOOK_EVERY);
    let mut told_at = Instant::now();
    let mut short_until: Option<Instant> = None;
    loop {
        let pause = if short_until.is_some() { LOOK_OFTEN } else { pause };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = memory.pressed() => short_until = Some(Instant::now() + SHORT_FOR),
        }
        let now = Instant::now();
        connections.for_each(|connection, seen| {
            let order = seen.look(connection, now, &times);
            if order > connection.order() {
                connection.tell(order);
            }
        });
        short_until = short_until.filter(|until| now < *until);
        if short_until.is_some() {
            free_memory(&connections, &memory, now);
        }
        if now >= told_at + TELL_EVERY {
            told_at = now;
            tell(&connections);
        }
    }
}

/// Closes connections whose clients do not read, anonymous ones first, then those that have stalled for longest, until those who wait
/// for memory have it and an eighth of it is free.
fn free_memory(connections: &Connections, memory: &Budget, now: Instant) {
    let mut wanted = memory.missing_bytes();
    let mut stalled = Vec::new();
    connections.for_each(|connection, seen| {
        let Some((time, held)) = seen.stalled(now) else { return };
        if connection.order() == Order::Close {
            // It is about to be free.
            wanted = wanted.saturating_sub(held);
        } else {
            stalled.push((!seen.is_known(), time, held.max(STREAM_BYTES)));
        }
    });
    if wanted == 0 {
        return;
    }
    stalled.sort_unstable_by(|a, b| b.cmp(a));
    let mut freed = 0;
    let enough = stalled.iter().position(|(_, _, held)| {
        freed += held;
        freed >= wanted
    });
    let Some(last) = enough.map_or(stalled.last(), |last| stalled.get(last)) else { return };
    let last = *last;
    connections.for_each(|connection, seen| {
        let Some((time, held)) = seen.stalled(now) else { return };
        let is_among_them = (!seen.is_known(), time, held.max(STREAM_BYTES)) >= last;
        if is_among_them && connection.order() != Order::Close {
            connection.tell(Order::Close);
            connections.tally.closed_for_memory.fetch_add(1, Ordering::Relaxed);
        }
    });
}

fn tell(connections: &Connections) {
    let tally = &connections.tally;
    let refused_connections = tally.refused_connections.swap(0, Ordering::Relaxed);
    let closed_for_others = tally.closed_for_others.swap(0, Ordering::Relaxed);
    let closed_for_memory = tally.closed_for_memory.swap(0, Ordering::Relaxed);
    if refused_connections + closed_for_others + closed_for_memory > 0 {
        tracing::warn!(
            refused_connections,
            closed_for_others,
            closed_for_memory,
            "limits were met within the last minute; `limits.connections`, `limits.connections_per_address` and `limits.answer_memory` set them"
        );
    }
}

//! Budgets of memory that clients can make the server hold: charged before the memory is filled, given back when it is freed.
//!
//! A charge travels with its bytes ([`Charge::attach`]), so that it lasts exactly as long as anybody holds them: a cache, an answer
//! on its way, the buffer of a connection whose client does not read.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

/// How long somebody waits for memory that others hold.
const WAIT_TIME: Duration = Duration::from_secs(2);

/// So many bytes that may be held at once, beside what caches may keep.
#[derive(Debug)]
pub struct Budget {
    total: u64,
    /// What caches may keep. What outlives its place in a cache, because it is still being sent, counts like anything else.
    caches: u64,
    taken: Mutex<Taken>,
    /// How many wait until something is given back, and for how many bytes altogether.
    waiting: AtomicUsize,
    awaited: AtomicU64,
    freed: Notify,
    /// Told when somebody does not get what they want: whoever can take memory from idlers does so.
    pressed: Notify,
}

/// How many bytes are taken, by what for.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    once: u64,
    cached: u64,
}

impl Taken {
    fn of(&mut self, of: Use) -> &mut u64 {
        match of {
            Use::Once => &mut self.once,
            Use::Cache => &mut self.cached,
        }
    }

    /// What is held beyond what caches may keep.
    fn spent(self, caches: u64) -> u64 {
        self.once + self.cached.saturating_sub(caches)
    }
}

/// Memory that counts as held until this is dropped.
#[derive(Debug)]
pub struct Charge {
    budget: Arc<Budget>,
    bytes: u64,
    of: Use,
}

/// What memory is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// For one answer or one piece of work.
    Once,
    /// For a cache, and for whoever the same bytes are sent to.
    Cache,
}

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(total_bytes: u64) -> Arc<Self> {
        Self::beside_caches(total_bytes, 0)
    }

    /// A budget of so many bytes beside those that caches may keep.
    #[must_use]
    pub fn beside_caches(total_bytes: u64, cache_bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            total: total_bytes,
            caches: cache_bytes,
            taken: Mutex::default(),
            waiting: AtomicUsize::new(0),
            awaited: AtomicU64::new(0),
            freed: Notify::new(),
            pressed: Notify::new(),
        })
    }

    /// How many bytes it has beside the caches.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes are held, those in caches included.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        let taken = self.taken();
        taken.once + taken.cached
    }

    /// How many bytes of the budget are spent: what is held beyond what caches may keep.
    #[must_use]
    pub fn spent_bytes(&self) -> u64 {
        self.taken().spent(self.caches)
    }

    /// Charges `bytes` if that many are left. More than the whole budget may be charged while nothing else of it is spent.
    #[must_use]
    pub fn try_take(self: &Arc<Self>, of: Use, bytes: u64) -> Option<Charge> {
        let mut taken = self.taken();
        let mut after = *taken;
        *after.of(of) += bytes;
        let spent = after.spent(self.caches);
        if spent > self.total && taken.spent(self.caches) > 0 {
            return None;
        }
        *taken = after;
        drop(taken);
        Some(Charge { budget: self.clone(), bytes, of })
    }

    /// Charges `bytes` whether they are left or not, for what is held already.
    #[must_use]
    pub fn take_anyway(self: &Arc<Self>, of: Use, bytes: u64) -> Charge {
        let mut taken = self.taken();
        *taken.of(of) += bytes;
        let is_overdrawn = taken.spent(self.caches) > self.total;
        drop(taken);
        if is_overdrawn {
            self.pressed.notify_one();
        }
        Charge { budget: self.clone(), bytes, of }
    }

    /// Charges `bytes`, waiting a moment until others have given back what is missing; nothing if they do not.
    pub async fn take(self: &Arc<Self>, of: Use, bytes: u64) -> Option<Charge> {
        if let Some(charge) = self.try_take(of, bytes) {
            return Some(charge);
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.awaited.fetch_add(bytes, Ordering::SeqCst);
        // Whoever gives up while waiting must not be counted as waiting any more.
        let _waiting = OnDrop(|| {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            self.awaited.fetch_sub(bytes, Ordering::SeqCst);
        });
        let wait = async {
            loop {
                let mut freed = std::pin::pin!(self.freed.notified());
                freed.as_mut().enable();
                if let Some(charge) = self.try_take(of, bytes) {
                    return charge;
                }
                self.pressed.notify_one();
                freed.await;
            }
        };
        tokio::time::timeout(WAIT_TIME, wait).await.ok()
    }

    /// How many bytes would have to be given back so that nobody waits, and an eighth is free.
    #[must_use]
    pub fn missing_bytes(&self) -> u64 {
        let wanted = self.awaited.load(Ordering::SeqCst).max(self.total / 8);
        self.spent_bytes().saturating_add(wanted).saturating_sub(self.total)
    }

    /// Waits until somebody does not get what they want.
    pub async fn pressed(&self) {
        self.pressed.notified().await;
    }
}

impl Charge {
    /// How many bytes it is for.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The same bytes, which keep the charge for as long as any part of them is held.
    #[must_use]
    pub fn attach(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Charged { bytes, _charge: self })
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        *self.budget.taken().of(self.of) -= self.bytes;
        if self.budget.waiting.load(Ordering::SeqCst) > 0 {
            self.budget.freed.notify_waiters();
        }
    }
}

/// Bytes with the charge for them.
struct Charged {
    bytes: Bytes,
    _charge: Charge,
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_lasts_as_long_as_any_part_of_its_bytes() {
        let budget = Budget::new(100);
        let bytes = budget.try_take(Use::Once, 60).unwrap().attach(Bytes::from_static(b"sixty bytes, more or less"));
        let part = bytes.slice(3..5);
        drop(bytes);
        assert_eq!(budget.held_bytes(), 60);
        assert!(budget.try_take(Use::Once, 41).is_none());
        drop(part);
        assert_eq!(budget.held_bytes(), 0);
    }

    #[test]
    fn what_is_larger_than_the_budget_may_be_held_alone() {
        let budget = Budget::new(100);
        let large = budget.try_take(Use::Once, 1000).unwrap();
        assert!(budget.try_take(Use::Once, 1).is_none());
        drop(large);
        assert!(budget.try_take(Use::Once, 1).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_gets_what_is_given_back_and_others_hear_of_the_need() {
        let budget = Budget::new(100);
        let held = budget.try_take(Use::Once, 80).unwrap();
        let (taken, ()) = tokio::join!(budget.take(Use::Once, 50), async {
            budget.pressed().await;
            assert_eq!(budget.missing_bytes(), 30);
            drop(held);
        });
        assert_eq!(taken.unwrap().bytes(), 50);
        let _held = budget.try_take(Use::Once, 80).unwrap();
        assert!(budget.take(Use::Once, 50).await.is_none(), "nobody gives anything back");
        assert_eq!(budget.held_bytes(), 80);
    }

    #[test]
    fn what_caches_keep_is_no_burden_until_it_is_more_than_they_may() {
        let budget = Budget::beside_caches(100, 50);
        let in_cache = budget.try_take(Use::Cache, 50).unwrap();
        assert_eq!((budget.held_bytes(), budget.spent_bytes()), (50, 0));
        let sent = budget.try_take(Use::Once, 90).unwrap();
        let outlived = budget.take_anyway(Use::Cache, 20);
        assert_eq!(budget.spent_bytes(), 110, "twenty that were pushed out of the cache are still being sent");
        assert!(budget.try_take(Use::Once, 1).is_none() && budget.try_take(Use::Cache, 1).is_none());
        drop((in_cache, sent, outlived));
        assert_eq!(budget.held_bytes(), 0);
    }
}

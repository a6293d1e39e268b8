//! Budgets of memory that clients can make the server hold: charged before the memory is filled, given back when it is freed.
//!
//! A charge travels with its bytes ([`Charge::attach`]), so that it lasts exactly as long as anybody holds them: a cache, an answer
//! on its way, the buffer of a connection whose client does not read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

/// How long somebody waits for memory that others hold.
const WAIT_TIME: Duration = Duration::from_secs(2);

/// So many bytes that may be held at once.
#[derive(Debug)]
pub struct Budget {
    total: u64,
    held: AtomicU64,
    /// How many wait until something is given back.
    waiting: AtomicUsize,
    freed: Notify,
    /// Told when somebody does not get what they want: whoever can take memory from idlers does so.
    pressed: Notify,
}

/// Memory that counts as held until this is dropped.
#[derive(Debug)]
pub struct Charge {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(total_bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            total: total_bytes,
            held: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            freed: Notify::new(),
            pressed: Notify::new(),
        })
    }

    /// How many bytes it has altogether.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total
    }

    /// How many bytes are held.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// Charges `bytes` if that many are left. More than the whole budget may be charged while nothing else is.
    #[must_use]
    pub fn try_take(self: &Arc<Self>, bytes: u64) -> Option<Charge> {
        let fits = |held: u64| {
            let sum = held.saturating_add(bytes);
            (sum <= self.total || held == 0).then_some(sum)
        };
        let taken = self.held.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits);
        taken.is_ok().then(|| Charge { budget: self.clone(), bytes })
    }

    /// Charges `bytes` whether they are left or not, for what is held already.
    #[must_use]
    pub fn take_anyway(self: &Arc<Self>, bytes: u64) -> Charge {
        let held = self.held.fetch_add(bytes, Ordering::AcqRel);
        if held.saturating_add(bytes) > self.total {
            self.pressed.notify_one();
        }
        Charge { budget: self.clone(), bytes }
    }

    /// Charges `bytes`, waiting a moment until others have given back what is missing; nothing if they do not.
    pub async fn take(self: &Arc<Self>, bytes: u64) -> Option<Charge> {
        if let Some(charge) = self.try_take(bytes) {
            return Some(charge);
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        // What is given up while waiting must not be counted as waiting any more.
        let _waiting = OnDrop(|| _ = self.waiting.fetch_sub(1, Ordering::SeqCst));
        let wait = async {
            loop {
                let mut freed = std::pin::pin!(self.freed.notified());
                freed.as_mut().enable();
                if let Some(charge) = self.try_take(bytes) {
                    return charge;
                }
                self.pressed.notify_one();
                freed.await;
            }
        };
        tokio::time::timeout(WAIT_TIME, wait).await.ok()
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

    /// Charges more, for the same thing.
    ///
    /// # Errors
    /// The charge as it was, when that much is not left.
    pub fn try_grow(&mut self, bytes: u64) -> bool {
        match self.budget.try_take(bytes) {
            Some(more) => {
                self.bytes += more.bytes;
                // The bytes are counted once: in this charge from now on.
                std::mem::forget(more);
                true
            }
            None => false,
        }
    }

    /// The same bytes, which keep the charge for as long as any part of them is held.
    #[must_use]
    pub fn attach(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Charged { bytes, _charge: self })
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::SeqCst);
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
        let bytes = budget.try_take(60).unwrap().attach(Bytes::from_static(b"sixty bytes, more or less"));
        let part = bytes.slice(3..5);
        drop(bytes);
        assert_eq!(budget.held_bytes(), 60);
        assert!(budget.try_take(41).is_none());
        drop(part);
        assert_eq!(budget.held_bytes(), 0);
    }

    #[test]
    fn what_is_larger_than_the_budget_may_be_held_alone() {
        let budget = Budget::new(100);
        let large = budget.try_take(1000).unwrap();
        assert!(budget.try_take(1).is_none());
        drop(large);
        assert!(budget.try_take(1).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_gets_what_is_given_back_and_others_hear_of_the_need() {
        let budget = Budget::new(100);
        let held = budget.try_take(80).unwrap();
        let (taken, ()) = tokio::join!(budget.take(50), async {
            budget.pressed().await;
            drop(held);
        });
        assert_eq!(taken.unwrap().bytes(), 50);
        let _held = budget.try_take(80).unwrap();
        assert!(budget.take(50).await.is_none(), "nobody gives anything back");
        assert_eq!(budget.held_bytes(), 80);
    }

    #[test]
    fn a_charge_grows_within_the_budget() {
        let budget = Budget::new(100);
        let mut charge = budget.try_take(60).unwrap();
        assert!(charge.try_grow(40) && !charge.try_grow(1));
        drop(charge);
        assert_eq!(budget.held_bytes(), 0);
    }
}

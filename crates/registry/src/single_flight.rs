//! One load for all who want the same at the same time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cargohold_blobs::Key;
use tokio::sync::OnceCell;

use crate::{Error, Result};

/// What is being loaded, by key. It holds nothing when nobody waits.
pub(crate) struct SingleFlight<V> {
    flights: Mutex<Flights<V>>,
}

/// The loads under way, each with how many wait for it.
type Flights<V> = HashMap<Key, (usize, Arc<Flight<V>>)>;

/// A load under way.
struct Flight<V> {
    loaded: OnceCell<V>,
    /// Whether there was no memory for it. Those who wait for it need not each wait for memory in turn.
    found_no_memory: AtomicBool,
}

/// Somebody's place among those who wait for a load.
struct Seat<'a, V> {
    all: &'a SingleFlight<V>,
    key: &'a Key,
    flight: Arc<Flight<V>>,
}

impl<V> Default for SingleFlight<V> {
    fn default() -> Self {
        Self { flights: Mutex::default() }
    }
}

impl<V: Clone> SingleFlight<V> {
    /// What one of the `load`s makes that are handed in for a key at the same time. If whoever began leaves, another one's load
    /// begins; if a load fails, that is the answer to its own caller only, and another one's begins.
    ///
    /// # Errors
    /// As of `load`.
    pub(crate) async fn get(&self, key: &Key, load: impl Future<Output = Result<V>> + Send) -> Result<V> {
        let seat = self.board(key);
        let flight = &seat.flight;
        let loaded = flight.loaded.get_or_try_init(|| async {
            if flight.found_no_memory.load(Ordering::Relaxed) {
                return Err(Error::Busy);
            }
            let loaded = load.await;
            if matches!(loaded, Err(Error::Busy)) {
                flight.found_no_memory.store(true, Ordering::Relaxed);
            }
            loaded
        });
        loaded.await.cloned()
    }

    fn board<'a>(&'a self, key: &'a Key) -> Seat<'a, V> {
        let mut flights = self.lock();
        let new = || Arc::new(Flight { loaded: OnceCell::new(), found_no_memory: AtomicBool::new(false) });
        let (seats, flight) = flights.entry(key.clone()).or_insert_with(|| (0, new()));
        *seats += 1;
        Seat { all: self, key, flight: flight.clone() }
    }
}

impl<V> SingleFlight<V> {
    fn lock(&self) -> MutexGuard<'_, Flights<V>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Drop for Seat<'_, V> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut flight) = self.all.lock().entry(self.key.clone()) {
            flight.get_mut().0 -= 1;
            if flight.get().0 == 0 {
                flight.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures_util::FutureExt;
    use futures_util::future::{join_all, pending};

    use super::*;

    fn key() -> Key {
        "crates/some.crate".parse().unwrap()
    }

    #[tokio::test]
    async fn of_64_first_requests_one_loads() {
        let (flights, key, loads) = (SingleFlight::default(), key(), AtomicUsize::new(0));
        let load = async || {
            loads.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(7)
        };
        let all = join_all((0..64).map(|_| flights.get(&key, load()))).await;
        assert!(all.into_iter().all(|loaded| loaded.unwrap() == 7));
        assert_eq!(loads.into_inner(), 1);
        assert!(flights.lock().is_empty(), "nothing is held when nobody waits");
    }

    #[tokio::test]
    async fn if_the_first_one_leaves_the_next_one_loads() {
        let (flights, key) = (SingleFlight::default(), key());
        let mut first = Box::pin(flights.get(&key, pending::<Result<u8>>()));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(flights.get(&key, async { Ok(2) }));
        assert!(second.as_mut().now_or_never().is_none(), "it waits for the first one");
        drop(first);
        assert_eq!(second.await.unwrap(), 2);
        assert!(flights.lock().is_empty());
    }

    #[tokio::test]
    async fn a_failure_is_answered_to_one_and_the_next_one_loads() {
        let (flights, key) = (SingleFlight::default(), key());
        let fails = async {
            tokio::task::yield_now().await;
            Err(Error::Corrupt("some.crate".to_owned()))
        };
        let (first, second) = tokio::join!(flights.get(&key, fails), flights.get(&key, async { Ok(2) }));
        assert!(matches!(first, Err(Error::Corrupt(_))));
        assert_eq!(second.unwrap(), 2);
        assert_eq!(flights.get(&key, async { Ok(3) }).await.unwrap(), 3, "what failed is not remembered");
    }

    #[tokio::test]
    async fn where_there_is_no_memory_for_one_there_is_none_for_those_who_wait_with_them() {
        let (flights, key) = (SingleFlight::<u8>::default(), key());
        let finds_none = async {
            tokio::task::yield_now().await;
            Err(Error::Busy)
        };
        let would_wait = pending();
        let (first, second) = tokio::join!(flights.get(&key, finds_none), flights.get(&key, would_wait));
        assert!(matches!((first, second), (Err(Error::Busy), Err(Error::Busy))));
    }
}

//! What is kept in memory of crates until the change feed says that they changed.

use std::sync::{Mutex, PoisonError};

use cargohold_store::changes::Change;
use moka::sync::Cache;

/// Values by canonical crate name. A reader that loaded a value before a change cannot put it back after: it notes the count
/// of changes before it reads, and what it read is kept only if the count is still the same.
pub(crate) struct FeedCache<V> {
    values: Cache<String, V>,
    changes: Mutex<u64>,
}

/// The count of changes before something was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noted(u64);

impl<V: Clone + Send + Sync + 'static> FeedCache<V> {
    /// A cache of so many bytes, as `weigh` estimates them.
    pub(crate) fn new(max_bytes: u64, weigh: impl Fn(&V) -> usize + Send + Sync + 'static) -> Self {
        let weigh = move |name: &String, value: &V| u32::try_from(name.len() + 256 + weigh(value)).unwrap_or(u32::MAX);
        let values = Cache::builder().max_capacity(max_bytes).weigher(weigh).build();
        Self { values, changes: Mutex::new(0) }
    }

    pub(crate) fn get(&self, canonical_name: &str) -> Option<V> {
        self.values.get(canonical_name)
    }

    /// To be called before the first read of what is to be kept.
    pub(crate) fn note(&self) -> Noted {
        Noted(*self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps a value, unless something has changed since the note. A value that has grown is kept again, to be weighed anew.
    pub(crate) fn keep(&self, canonical_name: String, value: V, noted: Noted) {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if *changes == noted.0 {
            self.values.insert(canonical_name, value);
        }
    }

    pub(crate) fn drop_changed(&self, change: &Change) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        *changes += 1;
        self.values.invalidate(&change.canonical_name);
    }
}

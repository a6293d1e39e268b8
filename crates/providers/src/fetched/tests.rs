#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::time::{Duration, UNIX_EPOCH};

use super::{Fetched, ProviderError};

const HOUR: Duration = Duration::from_hours(1);

/// What must not be fetched.
fn never() -> impl Future<Output = Result<u32, ProviderError>> {
    poll_fn(|_| panic!("there was no need to fetch"))
}

/// A fetch that begins and then hangs.
macro_rules! hang {
    ($fetch:expr) => {
        tokio::select! {
            biased;
            _ = &mut $fetch => panic!("it cannot end"),
            () = std::future::ready(()) => {}
        }
    };
}

#[tokio::test]
async fn whoever_has_a_value_does_not_wait_for_somebody_elses_fetch() {
    let fetched = Fetched::new("login", HOUR);
    let first = fetched.load(UNIX_EPOCH, async { Ok(1) }).await.unwrap();
    let mut newer = pin!(fetched.find_newer(&first, UNIX_EPOCH + HOUR / 2, pending()));
    hang!(newer);
    assert_eq!(*fetched.load(UNIX_EPOCH + HOUR / 2, never()).await.unwrap(), 1);
    assert_eq!(*fetched.load(UNIX_EPOCH + HOUR * 2, never()).await.unwrap(), 1, "even when it is old");
}

#[tokio::test]
async fn a_fetch_that_is_given_up_counts_and_blocks_nobody() {
    let fetched = Fetched::new("login", HOUR);
    {
        let mut first = pin!(fetched.load(UNIX_EPOCH, pending()));
        hang!(first);
    }
    fetched.load(UNIX_EPOCH + Duration::from_secs(59), never()).await.unwrap_err();
    let second = fetched.load(UNIX_EPOCH + Duration::from_mins(1), async { Ok(2) }).await.unwrap();
    assert_eq!(*second, 2);
}

#[tokio::test]
async fn who_waited_for_a_fetch_gets_its_value() {
    let fetched = Fetched::new("login", HOUR);
    let first = fetched.load(UNIX_EPOCH, async { Ok(1) }).await.unwrap();
    let later = UNIX_EPOCH + HOUR / 2;
    let found = tokio::join!(
        fetched.find_newer(&first, later, async {
            tokio::task::yield_now().await;
            Ok(2)
        }),
        fetched.find_newer(&first, later, never()),
    );
    assert_eq!((*found.0.unwrap().unwrap(), *found.1.unwrap().unwrap()), (2, 2));
}

#[tokio::test]
async fn a_request_that_arrived_a_little_earlier_does_not_break_the_cool_down() {
    let fetched = Fetched::new("login", HOUR);
    let now = UNIX_EPOCH + HOUR;
    let first = fetched.load(now, async { Ok(1) }).await.unwrap();
    let earlier = now - Duration::from_secs(1);
    assert!(fetched.find_newer(&first, earlier, never()).await.unwrap().is_none());
    // A clock that was set back far must not stop us for long.
    assert!(fetched.find_newer(&first, UNIX_EPOCH, async { Ok(2) }).await.unwrap().is_some());
}

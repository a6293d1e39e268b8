use std::collections::HashSet;

use super::{nth_of, unique_bytes};

#[test]
fn unique_bytes_are_never_the_same_twice() {
    let thread = || std::thread::spawn(|| (0..10_000).map(|_| unique_bytes()).collect::<Vec<_>>());
    let threads = [thread(), thread(), thread(), thread()];
    let all: HashSet<[u8; 16]> =
        threads.into_iter().flat_map(|thread| thread.join().expect("it does not panic")).collect();
    assert_eq!(all.len(), 40_000);
}

#[test]
fn bytes_of_counts_that_follow_each_other_differ_everywhere() {
    for count in [0, 1, 1000, u64::MAX - 1] {
        let differing = (nth_of(7, count) ^ nth_of(7, count + 1)).count_ones();
        assert!((32..96).contains(&differing), "{differing} of 128 bits differ after {count}");
    }
}

#[test]
fn processes_with_other_keys_make_other_bytes() {
    let of = |key| (0..1000).map(move |count| nth_of(key, count));
    let all: HashSet<u128> = of(1).chain(of(u128::MAX / 3)).chain(of(1 << 64)).collect();
    assert_eq!(all.len(), 3000);
}

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::collections::HashSet;

use cargohold_protocol::{IndexEntry, Version};

use super::{Setting, Universe, make_batches};
use crate::batch::Batch;

const CRATES: u32 = 300;
const VERSIONS: u32 = 2400;

fn made(seed: u64) -> Vec<Batch> {
    let base = "2026-11-01T00:00:00Z".parse().unwrap();
    let (sender, mut batches) = tokio::sync::mpsc::channel(100);
    make_batches(&Universe::new(seed, CRATES), Setting { first_user_id: 1, users: 400, base }, VERSIONS, &sender)
        .unwrap();
    drop(sender);
    std::iter::from_fn(|| batches.blocking_recv()).collect()
}

#[test]
fn the_same_seed_makes_the_same_rows() {
    assert_eq!(format!("{:?}", made(7)), format!("{:?}", made(7)));
    assert_ne!(format!("{:?}", made(7)), format!("{:?}", made(8)));
}

#[test]
fn there_are_as_many_crates_and_versions_as_asked_for() {
    let batches = made(1);
    assert_eq!(batches.iter().map(|batch| batch.crates.len()).sum::<usize>(), CRATES as usize);
    assert_eq!(batches.iter().map(|batch| batch.versions.len()).sum::<usize>(), VERSIONS as usize);
    let names: HashSet<_> = batches.iter().flat_map(|batch| &batch.crates).map(|krate| &krate.canonical_name).collect();
    assert_eq!(names.len(), CRATES as usize);
}

#[test]
fn a_few_crates_have_very_many_versions() {
    let mut counts = Universe::new(1, 20_000).version_counts(160_000);
    counts.sort_unstable();
    assert_eq!(counts.iter().sum::<u64>(), 160_000);
    assert!(*counts.last().unwrap() >= 1000, "{:?}", counts.last());
    assert!(counts[counts.len() / 2] <= 8, "{}", counts[counts.len() / 2]);
    assert!(counts[0] >= 1);
}

#[test]
fn every_index_line_is_one_that_cargo_reads() {
    for version in made(1).iter().flat_map(|batch| &batch.versions) {
        let line = format!("{}{}{}", version.line_head, version.is_yanked, version.line_tail);
        let entry: IndexEntry = serde_json::from_str(&line).unwrap();
        assert_eq!(entry.vers.to_string(), version.num);
        assert_eq!(entry.cksum.to_string(), version.cksum);
    }
}

#[test]
fn numbers_rise_with_time_and_derived_values_fit_them() {
    for batch in made(1) {
        for krate in &batch.crates {
            let of_crate: Vec<_> = batch.versions.iter().filter(|version| version.crate_id == krate.id).collect();
            let nums: Vec<Version> = of_crate.iter().map(|version| version.num.parse().unwrap()).collect();
            assert!(nums.is_sorted_by(|a, b| a.cmp_precedence(b).is_lt()), "{nums:?}");
            assert!(of_crate.is_sorted_by_key(|version| version.created_at));
            assert_eq!(of_crate[0].created_at, krate.created_at);
            let default = of_crate.iter().find(|version| Some(version.id) == krate.default_version_id).unwrap();
            assert_eq!(Some(&default.num), krate.default_version.as_ref());
            assert_eq!(krate.is_yanked, of_crate.iter().all(|version| version.is_yanked));
            assert_eq!(krate.downloads, of_crate.iter().map(|version| version.downloads).sum::<i64>());
        }
    }
}

#[test]
fn versions_have_about_three_dependencies() {
    let batches = made(1);
    let dependencies: usize = batches.iter().map(|batch| batch.dependencies.len()).sum();
    let average = dependencies * 10 / VERSIONS as usize;
    assert!((15..=45).contains(&average), "{average} tenths");
}

//! Bombs (S04): bytes, entries, manifests and paths have limits, and reading stops at them.

use cargohold_package::{Limits, PackageError};
use tar::EntryType;

use crate::build::{LIMITS, MANIFEST, Tar, gzip, header, open, open_within};

const MIB: u64 = 1024 * 1024;

#[test]
fn s04_64_mib_of_zeros_are_refused_at_a_smaller_limit() {
    let krate = Tar::with_manifest().file("foo-1.0.0/zeros", vec![0; 64 << 20]).krate();
    assert!(krate.len() < 1024 * 1024, "{} bytes are no bomb", krate.len());
    let limits = Limits { max_unpacked_bytes: 8 * MIB, ..LIMITS };
    assert_eq!(open_within(&krate, &limits).unwrap_err(), PackageError::TooLarge { limit: 8 * MIB });
    assert!(open(&krate).is_ok());
}

// The file is cut off: who inflates more than the limit allows finds out and says so.
#[test]
fn s04_inflating_stops_at_the_limit() {
    let mut krate = Tar::with_manifest().file("foo-1.0.0/zeros", vec![0; 4 << 20]).krate();
    krate.truncate(krate.len() / 2);
    assert!(matches!(open(&krate), Err(PackageError::Unreadable(_))));
    let limits = Limits { max_unpacked_bytes: MIB, ..LIMITS };
    assert_eq!(open_within(&krate, &limits).unwrap_err(), PackageError::TooLarge { limit: MIB });
}

#[test]
fn s04_the_unpacked_size_must_stay_below_the_limit() {
    let tar = Tar::with_manifest().file("foo-1.0.0/a", "abc").bytes();
    let size = tar.len() as u64;
    let krate = gzip(&tar);
    for (limit, fits) in [(size + 1, true), (size, false), (size - 1, false), (1, false), (0, false)] {
        let opened = open_within(&krate, &Limits { max_unpacked_bytes: limit, ..LIMITS });
        assert_eq!(opened.is_ok(), fits, "{limit}");
        if let Err(error) = opened {
            assert_eq!(error, PackageError::TooLarge { limit });
        }
    }
}

#[test]
fn s04_zeros_behind_the_archive_count_too() {
    let mut tar = Tar::with_manifest().bytes();
    tar.resize(4 << 20, 0);
    let limits = Limits { max_unpacked_bytes: MIB, ..LIMITS };
    assert_eq!(open_within(&gzip(&tar), &limits).unwrap_err(), PackageError::TooLarge { limit: MIB });
}

#[test]
fn s04_files_and_directories_are_counted() {
    let tar = Tar::with_manifest()
        .file("foo-1.0.0/a", "")
        .entry(&header(EntryType::Directory, "foo-1.0.0/d", 0), b"")
        .entry(&header(EntryType::Directory, "foo-1.0.0/d", 0), b"");
    // Records about the next entry are no entries.
    let krate = tar.pax(&[("path", "foo-1.0.0/x")]).file("y", "").long_name(b"foo-1.0.0/z").file("y", "").krate();
    for (max_entries, fits) in [(6, true), (5, false), (0, false)] {
        let opened = open_within(&krate, &Limits { max_entries, ..LIMITS });
        assert_eq!(opened.is_ok(), fits, "{max_entries}: {opened:?}");
        if let Err(error) = opened {
            assert_eq!(error, PackageError::TooManyEntries { limit: max_entries });
        }
    }
}

#[test]
fn s04_a_manifest_may_have_2_mib_and_not_one_byte_more() {
    let of_len = |len: u64| {
        let mut manifest = MANIFEST.as_bytes().to_vec();
        manifest.resize(usize::try_from(len).unwrap(), b'\n');
        Tar::empty().file("foo-1.0.0/Cargo.toml", manifest).krate()
    };
    assert!(open(&of_len(2 * MIB)).is_ok());
    let error = open(&of_len(2 * MIB + 1)).unwrap_err();
    assert!(matches!(&error, PackageError::BadManifest(why) if why.contains("longer than 2097152 bytes")), "{error}");
}

/// The most address space this process ever had, in KiB.
#[cfg(target_os = "linux")]
fn peak_address_space() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmPeak:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

// 2,000 parts in each of 300 paths: a tree that keeps every folder by its whole path would need more than a gigabyte.
#[cfg(target_os = "linux")]
#[test]
fn s04_deep_paths_cost_no_more_memory_than_their_text() {
    let tar = (0..300).fold(Tar::with_manifest(), |tar, number| {
        tar.long_name(format!("foo-1.0.0/{number}{}", "/a".repeat(2000)).as_bytes()).file("x", "")
    });
    let krate = tar.krate();
    let before = peak_address_space();
    assert!(open(&krate).is_ok());
    let grown_kib = peak_address_space() - before;
    assert!(grown_kib < 512 * 1024, "{grown_kib} KiB for 300 paths of 4 KiB");
}

#[test]
fn s04_all_paths_together_have_a_limit() {
    let tar = |paths: usize| {
        (0..paths).fold(Tar::with_manifest(), |tar, number| {
            tar.long_name(format!("foo-1.0.0/{number:04}{}", "a".repeat(4000)).as_bytes()).file("x", "")
        })
    };
    assert!(open(&tar(1000).krate()).is_ok());
    let error = open(&tar(1100).krate()).unwrap_err();
    assert_eq!(error, PackageError::PathsTooLong { limit: 4 * 1024 * 1024 });
}

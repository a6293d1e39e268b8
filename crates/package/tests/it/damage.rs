//! No bytes make the reader panic, and what it accepts in spite of damage it reads as GNU tar does.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed};
use tar::EntryType;

use crate::build::{Tar, files, gnu_tar_files, gzip, header, open};

fn seeded(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(0x0063_7261_7465), failure_persistence: None, ..Config::default() }
}

/// An archive with an entry of every kind that is accepted.
fn sample() -> Vec<u8> {
    Tar::with_manifest()
        .entry(&header(EntryType::Directory, "foo-1.0.0/src/", 0), b"")
        .file("foo-1.0.0/src/lib.rs", "pub fn a() {}\n")
        .long_name(format!("foo-1.0.0/{}", "a".repeat(150)).as_bytes())
        .file("foo-1.0.0/x", "long")
        .pax(&[("size", "4"), ("path", "foo-1.0.0/pax")])
        .file("foo-1.0.0/x", "file")
        .file("foo-1.0.0/src/main.rs", vec![b' '; 700])
        .bytes()
}

/// Writes the right checksum into every block that was a header before the damage.
fn mend_checksums(tar: &mut [u8], before: &[u8]) {
    for (block, was) in tar.chunks_exact_mut(512).zip(before.chunks_exact(512)) {
        if &was[257..262] == b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
}

/// Bytes that mean something in tar headers, and any other.
fn telling_byte() -> impl Strategy<Value = u8> {
    prop_oneof![prop::sample::select(b"\0 /.01257LKxgSDVMNX\x80\xff\\=\n".to_vec()), any::<u8>()]
}

proptest! {
    #![proptest_config(seeded(300))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(open(&bytes).is_err());
        // The same as the contents of a sound gzip member.
        drop(open(&gzip(&bytes)));
    }

    #[test]
    fn a_crate_with_damaged_gzip_never_panics(
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..8),
        end: Index,
        cut: bool,
    ) {
        let mut krate = gzip(&sample());
        for (place, byte) in damage {
            let at = place.index(krate.len());
            krate[at] = byte;
        }
        if cut {
            krate.truncate(end.index(krate.len()));
        }
        drop(open(&krate));
    }

    #[test]
    fn s05_a_damaged_archive_never_panics_and_is_refused_or_read_as_gnu_tar_reads_it(
        damage in prop::collection::vec((any::<Index>(), telling_byte()), 1..5),
        mend in prop::bool::weighted(0.9),
    ) {
        let before = sample();
        let headers: Vec<_> = (0..before.len()).filter(|at| before[at / 512 * 512..][..512][257..262] == *b"ustar").collect();
        let mut tar = before.clone();
        for (place, byte) in damage {
            tar[*place.get(&headers)] = byte;
        }
        if mend {
            mend_checksums(&mut tar, &before);
        }
        let krate = gzip(&tar);
        drop(open(&krate));
        if let Ok(ours) = files(&krate) {
            let ours: Vec<_> = ours.into_iter().map(|file| format!("foo-1.0.0/{file}")).collect();
            // GNU tar refuses some headers for fields that no crate needs, such as the time.
            if let Ok(theirs) = gnu_tar_files(&krate) {
                prop_assert_eq!(ours, theirs);
            }
        }
    }
}

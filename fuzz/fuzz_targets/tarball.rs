//! No tar archive, gzip'd or not, makes the package reader panic or exceed its limits.

#![no_main]

use std::io::Write;

use cargohold_package::{Limits, Package, list_files};
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { max_unpacked_bytes: 4 * 1024 * 1024, max_entries: 100 };

fn read(tarball: &[u8]) {
    let (name, version) = ("foo".parse().expect("a name"), "1.0.0".parse().expect("a version"));
    let opened = Package::open(tarball, &name, &version, &LIMITS);
    let listed = list_files(tarball, &name, &version, &LIMITS);
    assert!(opened.is_err() || listed.is_ok(), "an opened package has files");
    for path in listed.iter().flatten() {
        assert!(!path.is_empty() && !path.starts_with('/') && !path.ends_with('/'));
        assert!(path.split('/').all(|part| !matches!(part, "" | "." | "..")));
    }
    assert!(listed.map_or(0, |paths| paths.len()) <= LIMITS.max_entries);
}

/// Writes the right checksum into every block that claims to be a tar header: the fuzzer would not guess it.
fn mend_checksums(tar: &mut [u8]) {
    for block in tar.chunks_exact_mut(512).filter(|block| &block[257..262] == b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let mut tar = bytes.to_vec();
    mend_checksums(&mut tar);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(&tar).expect("a vector takes all bytes");
    read(&gzip.finish().expect("as above"));
});

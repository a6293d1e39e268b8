//! One gzip member, complete, and nothing behind it: cargo reads the first member only and ignores the rest (S05, S09).

use cargohold_package::PackageError;
use flate2::read::GzDecoder;

use crate::build::{Tar, assert_refused, files, gzip, open};

#[test]
fn one_complete_member_is_fine() {
    assert!(open(&Tar::with_manifest().krate()).is_ok());
}

#[test]
fn s05_a_second_gzip_member_is_refused() {
    let first = Tar::with_manifest().krate();
    for second in [Tar::empty().file("foo-1.0.0/evil", "").krate(), gzip(b""), first.clone()] {
        assert_refused!([first.clone(), second].concat(), PackageError::TrailingData);
    }
}

#[test]
fn s05_an_archive_split_over_two_members_is_refused() {
    let tar = Tar::with_manifest().file("foo-1.0.0/a", "").bytes();
    for at in [0, 512, 1024, 1536, tar.len() - 512, tar.len()] {
        let opened = open(&[gzip(&tar[..at]), gzip(&tar[at..])].concat());
        assert!(opened.is_err(), "{at}");
    }
}

#[test]
fn s05_bytes_behind_the_gzip_member_are_refused() {
    for trailing in [b"\0".as_slice(), b"x", &[0; 512], b"\x1f\x8b"] {
        assert_refused!([Tar::with_manifest().krate().as_slice(), trailing].concat(), PackageError::TrailingData);
    }
}

#[test]
fn s05_data_behind_the_end_of_the_archive_is_refused() {
    let tar = Tar::with_manifest().bytes();
    let hidden = Tar::empty().file("foo-1.0.0/hidden", "boo").bytes();
    for behind in [b"x".as_slice(), &[[0; 512].as_slice(), b"x"].concat(), &hidden] {
        let krate = gzip(&[tar.as_slice(), behind].concat());
        assert_refused!(krate, PackageError::Unreadable(why) if why.contains("behind the end"));
    }
    // One block of zeros ends an archive for some readers and not for others.
    let one_block = [&tar[..tar.len() - 512], hidden.as_slice()].concat();
    assert_refused!(gzip(&one_block), PackageError::Unreadable(_));
}

#[test]
fn any_padding_of_zeros_is_fine_and_so_is_none() {
    let tar = Tar::with_manifest().bytes();
    for padding in [0, 1, 512, 9216] {
        assert!(open(&gzip(&[tar.as_slice(), &vec![0; padding]].concat())).is_ok(), "{padding}");
    }
    for end_marker in [0, 512] {
        assert!(open(&gzip(&tar[..tar.len() - 1024 + end_marker])).is_ok(), "{end_marker}");
    }
}

#[test]
fn a_truncated_file_is_refused_wherever_it_ends() {
    let krate = Tar::with_manifest().file("foo-1.0.0/src/lib.rs", "// nothing").krate();
    assert!(open(&krate).is_ok());
    for end in 0..krate.len() {
        assert!(matches!(open(&krate[..end]), Err(PackageError::Unreadable(_))), "after {end} bytes");
    }
}

#[test]
fn a_truncated_archive_in_an_intact_member_is_refused() {
    let tar = Tar::with_manifest().file("foo-1.0.0/src/lib.rs", "// nothing").bytes();
    // Where an entry ends an archive may end; anywhere else it may not.
    for end in (1..tar.len() - 1024).filter(|end| ![1024, 2048].contains(end)) {
        let opened = open(&gzip(&tar[..end]));
        assert!(opened.is_err(), "after {end} bytes: {opened:?}");
    }
}

#[test]
fn a_wrong_checksum_or_length_in_the_trailer_is_refused() {
    let krate = Tar::with_manifest().krate();
    for at in krate.len() - 8..krate.len() {
        let mut damaged = krate.clone();
        damaged[at] ^= 1;
        assert_refused!(damaged, PackageError::Unreadable(_));
    }
}

#[test]
fn what_is_no_gzip_is_refused() {
    for bytes in [b"".as_slice(), b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", &Tar::with_manifest().bytes()] {
        assert_refused!(bytes, PackageError::Unreadable(_));
    }
}

#[test]
fn a_gzip_header_with_name_and_comment_is_fine() {
    let mut named = flate2::GzBuilder::new()
        .filename("foo-1.0.0.crate")
        .comment("hello")
        .extra(vec![1, 2, 3])
        .read(std::io::Cursor::new(Tar::with_manifest().bytes()), flate2::Compression::best());
    let mut krate = Vec::new();
    std::io::Read::read_to_end(&mut named, &mut krate).unwrap();
    assert!(GzDecoder::new(krate.as_slice()).header().is_some());
    assert_eq!(files(&krate).unwrap(), ["Cargo.toml"]);
}

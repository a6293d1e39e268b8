//! Where entries may lie and what they may be called (S03, S07).

use cargohold_package::{PackageError, PathProblem};
use tar::{EntryType, Header};

use crate::build::{MANIFEST, Tar, assert_refused, files, header, open};

fn with_path(path: impl AsRef<[u8]>) -> Vec<u8> {
    Tar::with_manifest().entry(&header(EntryType::Regular, path, 0), b"").krate()
}

#[track_caller]
fn assert_path_refused(path: impl AsRef<[u8]>, expected: PathProblem) {
    let path = path.as_ref();
    let shown = String::from_utf8_lossy(path).into_owned();
    let refusal = PackageError::BadPath { path: shown.clone(), problem: expected };
    assert_eq!(open(&with_path(path)).unwrap_err(), refusal, "{shown:?} in the tar header");
    for by_other_means in [Tar::with_manifest().long_name(path), Tar::with_manifest().pax(&[("path", &shown)])] {
        let krate = by_other_means.file("foo-1.0.0/innocent", "").krate();
        // What is no UTF-8 cannot be said in the pax header of this test.
        if expected != PathProblem::NotUtf8 {
            assert_eq!(open(&krate).unwrap_err(), refusal, "{shown:?} in a record before the header");
        }
    }
}

#[test]
fn s03_entries_outside_the_package_are_refused() {
    for path in [
        "bar-0.1.0/Cargo.toml",
        "foo-1.0.0x/a",
        "foo-1.0/a",
        "Foo-1.0.0/a",
        "foo-1.0.00/a",
        "./foo-1.0.0/a",
        "/foo-1.0.0/a",
        "../foo-1.0.0/a",
        "a",
        "/etc/passwd",
        "C:/a",
        "\\\\host\\share\\a",
        "foo-1.0.0\\a",
        "",
    ] {
        if !path.is_empty() {
            assert_path_refused(path, PathProblem::OutsidePackage);
        }
        assert!(open(&with_path(path)).is_err(), "{path:?}");
    }
}

#[test]
fn s03_empty_dot_and_dotdot_components_are_refused() {
    for below in ["..", "../a", "a/../b", "a/..", "../../a", ".", "./a", "a/./b", "a//b", "/a", "//a", "a//"] {
        assert_path_refused(format!("foo-1.0.0/{below}"), PathProblem::NotPlain);
    }
}

#[test]
fn s03_paths_that_are_not_utf8_are_refused() {
    assert_path_refused(b"foo-1.0.0/\xff", PathProblem::NotUtf8);
    // An overlong `/`, and half of a two-byte character.
    assert_path_refused(b"foo-1.0.0/a\xc0\xafb", PathProblem::NotUtf8);
    assert_path_refused(b"foo-1.0.0/\xc3", PathProblem::NotUtf8);
}

#[test]
fn s03_characters_that_some_systems_cannot_store_are_refused() {
    for bad in ["\\", "<", ">", ":", "\"", "|", "?", "*", "\t", "\r", "\x01", "\x7f", "\u{85}"] {
        assert_path_refused(format!("foo-1.0.0/a{bad}b"), PathProblem::BadCharacter);
    }
    for drive in ["C:", "C:a", "a:stream", "src/C:"] {
        assert_path_refused(format!("foo-1.0.0/{drive}"), PathProblem::BadCharacter);
    }
}

#[test]
fn s03_a_nul_inside_a_long_name_is_refused() {
    let krate = Tar::with_manifest().long_name(b"foo-1.0.0/a\0b").file("foo-1.0.0/x", "").krate();
    assert_refused!(krate, PackageError::BadPath { problem: PathProblem::BadCharacter, .. });
}

#[test]
fn s03_names_that_end_in_a_dot_or_space_are_refused() {
    for below in ["a.", "a ", "...", "a./b", "a /b", "src/lib.rs."] {
        assert_path_refused(format!("foo-1.0.0/{below}"), PathProblem::DotOrSpaceEnd);
    }
}

#[test]
fn s03_windows_device_names_are_refused() {
    for below in [
        "con",
        "PRN",
        "Aux",
        "nul",
        "com0",
        "COM1",
        "com9",
        "lpt0",
        "LPT9",
        "aux.rs",
        "nul.tar.gz",
        "con .txt",
        "src/aux/mod.rs",
        "src/Com7.rs",
    ] {
        assert_path_refused(format!("foo-1.0.0/{below}"), PathProblem::WindowsDevice);
    }
}

#[test]
fn names_that_merely_resemble_the_refused_ones_are_fine() {
    for below in [
        "a",
        ".a",
        ".github/x",
        "a..b",
        "..a",
        "a b",
        "con1",
        "com",
        "com10",
        "xcon",
        "console.rs",
        "auxx.rs",
        "lpt.rs",
        "ä.rs",
        "日本/語.rs",
        "a'b",
        "a&b",
        "a$(b)",
        "-rf",
        "~",
        "%2e%2e",
    ] {
        let krate = with_path(format!("foo-1.0.0/{below}"));
        assert_eq!(files(&krate).unwrap(), ["Cargo.toml", below]);
        assert!(open(&krate).is_ok(), "{below}");
    }
}

#[test]
fn paths_may_have_4096_bytes_and_not_one_more() {
    let of_len = |len: usize| {
        let mut path = "foo-1.0.0".to_owned();
        while path.len() + 101 < len {
            path.push('/');
            path.push_str(&"a".repeat(99));
        }
        path.push('/');
        path.push_str(&"b".repeat(len - path.len()));
        path
    };
    for (len, fits) in [(200, true), (4096, true), (4097, false), (8000, false)] {
        let path = of_len(len);
        assert_eq!(path.len(), len);
        for tar in [Tar::with_manifest().long_name(path.as_bytes()), Tar::with_manifest().pax(&[("path", &path)])] {
            let opened = open(&tar.file("foo-1.0.0/x", "").krate());
            assert_eq!(opened.is_ok(), fits, "{len}");
            if let Err(error) = opened {
                assert_eq!(error, PackageError::BadPath { path: path.clone(), problem: PathProblem::TooLong });
            }
        }
    }
}

#[test]
fn s05_the_same_path_twice_is_refused() {
    let krate = Tar::with_manifest().file("foo-1.0.0/a", "1").file("foo-1.0.0/a", "2").krate();
    assert_refused!(krate, PackageError::BadPath { path, problem: PathProblem::Twice } if path == "foo-1.0.0/a");
    let twice_by_record =
        Tar::with_manifest().file("foo-1.0.0/a", "1").pax(&[("path", "foo-1.0.0/a")]).file("foo-1.0.0/b", "2").krate();
    assert_refused!(twice_by_record, PackageError::BadPath { problem: PathProblem::Twice, .. });
}

#[test]
fn s07_paths_that_differ_in_case_only_are_refused() {
    for (one, other) in [("a", "A"), ("src/lib.rs", "src/LIB.rs"), ("src/a", "SRC/a"), ("ä", "Ä")] {
        let krate =
            Tar::with_manifest().file(&format!("foo-1.0.0/{one}"), "").file(&format!("foo-1.0.0/{other}"), "").krate();
        assert_refused!(krate, PackageError::BadPath { problem: PathProblem::Twice, .. });
    }
}

#[test]
fn s07_two_manifests_in_the_root_are_refused() {
    for other in ["cargo.toml", "CARGO.TOML", "Cargo.toml", "Cargo.TOML"] {
        let krate = Tar::with_manifest().file(&format!("foo-1.0.0/{other}"), MANIFEST).krate();
        assert_refused!(krate, PackageError::BadPath { problem: PathProblem::Twice, .. });
    }
}

#[test]
fn s07_the_only_manifest_may_be_lower_case_but_not_otherwise_odd() {
    let named = |name: &str| Tar::empty().file(&format!("foo-1.0.0/{name}"), MANIFEST).krate();
    for name in ["Cargo.toml", "cargo.toml"] {
        assert_eq!(open(&named(name)).unwrap().manifest.name, "foo");
    }
    for name in ["CARGO.TOML", "Cargo.Toml", "cARGO.toml"] {
        assert_refused!(named(name), PackageError::MisspelledManifest(found) if found == name);
    }
}

#[test]
fn s07_a_manifest_elsewhere_is_no_manifest() {
    for path in ["src/Cargo.toml", "Cargo.toml.orig", "Cargo-toml", "examples/Cargo.toml"] {
        let krate = Tar::empty().file(&format!("foo-1.0.0/{path}"), MANIFEST).krate();
        assert_refused!(krate, PackageError::NoManifest(root) if root == "foo-1.0.0");
    }
    assert_refused!(Tar::empty().krate(), PackageError::NoManifest(_));
    let directory = Tar::empty().entry(&header(EntryType::Directory, "foo-1.0.0/Cargo.toml", 0), b"").krate();
    assert_refused!(directory, PackageError::NoManifest(_));
}

#[test]
fn s07_a_path_cannot_be_both_file_and_directory() {
    let directory = |path: &str| header(EntryType::Directory, path, 0);
    let tars = [
        ("file, then directory", Tar::with_manifest().file("foo-1.0.0/a", "").entry(&directory("foo-1.0.0/a"), b"")),
        ("directory, then file", Tar::with_manifest().entry(&directory("foo-1.0.0/a"), b"").file("foo-1.0.0/a", "")),
        ("file, then below it", Tar::with_manifest().file("foo-1.0.0/a", "").file("foo-1.0.0/a/b/c", "")),
        ("below it, then file", Tar::with_manifest().file("foo-1.0.0/a/b/c", "").file("foo-1.0.0/a/b", "")),
        ("below it in other case", Tar::with_manifest().file("foo-1.0.0/A/b", "").file("foo-1.0.0/a", "")),
        ("a folder below a file", Tar::with_manifest().file("foo-1.0.0/a", "").entry(&directory("foo-1.0.0/a/b"), b"")),
        ("with others between", {
            let tar = Tar::with_manifest().file("foo-1.0.0/a", "").file("foo-1.0.0/a-b", "").file("foo-1.0.0/a.b", "");
            tar.file("foo-1.0.0/a/b", "")
        }),
    ];
    for (what, tar) in tars {
        let opened = open(&tar.krate());
        let Err(PackageError::BadPath { problem, .. }) = opened else { panic!("{what}: {opened:?}") };
        assert!(matches!(problem, PathProblem::Twice | PathProblem::FileAndDirectory), "{what}: {problem:?}");
    }
    let fine = Tar::with_manifest()
        .file("foo-1.0.0/a/b", "")
        .file("foo-1.0.0/a-b", "")
        .entry(&directory("foo-1.0.0/a/"), b"")
        .entry(&directory("foo-1.0.0/a"), b"");
    assert!(open(&fine.krate()).is_ok());
}

// Other tars take such an entry for a directory, so a file that we list would not be there.
#[test]
fn s05_a_file_whose_path_ends_in_a_slash_is_refused() {
    assert_refused!(with_path("foo-1.0.0/a/"), PackageError::BadPath { problem: PathProblem::NotPlain, .. });
    let by_record = Tar::with_manifest().long_name(b"foo-1.0.0/a/").file("foo-1.0.0/a", "").krate();
    assert_refused!(by_record, PackageError::BadPath { problem: PathProblem::NotPlain, .. });
}

#[test]
fn a_path_may_be_split_over_the_two_fields_of_a_ustar_header() {
    let long = format!("foo-1.0.0/{}/{}", "d".repeat(120), "f".repeat(90));
    let mut header = Header::new_ustar();
    header.set_path(&long).unwrap();
    header.set_mode(0o644);
    header.set_size(0);
    header.set_cksum();
    let krate = Tar::with_manifest().entry(&header, b"").krate();
    assert_eq!(files(&krate).unwrap()[1], &long["foo-1.0.0/".len()..]);
}

// Some tars honour the prefix field whenever the magic says `ustar`, others only in version `00`.
#[test]
fn s05_a_ustar_header_of_an_unknown_version_is_refused() {
    let mut header = Header::new_ustar();
    header.set_path("foo-1.0.0/a").unwrap();
    header.set_mode(0o644);
    header.set_size(0);
    let ustar = header.as_ustar_mut().unwrap();
    ustar.prefix[..4].copy_from_slice(b"evil");
    ustar.version = *b"\0\0";
    header.set_cksum();
    assert_refused!(Tar::with_manifest().entry(&header, b"").krate(), PackageError::Unreadable(_));
}

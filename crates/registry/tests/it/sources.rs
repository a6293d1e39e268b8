//! The files of versions, and what changes from one to another.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use cargohold_blobs::Blobs;
use cargohold_protocol::{PublishMetadata, Version};
use cargohold_registry::{
    Accounts, Call, Change, Comparison, Credentials, Error, Identity, LineKind, NewToken, NewUser, Pepper, Registry,
    RequestId,
};
use cargohold_search::SearchIndex;
use cargohold_store::{Store, crates, derived_files};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::fixtures::{at, new_store, parts};

/// A registry with somebody who publishes.
pub(crate) struct Shop {
    pub(crate) registry: Arc<Registry>,
    store: Store,
    call: Call,
    folder: TempDir,
}

const MANIFEST: &str = "[package]\nname = \"tide\"\nversion = \"VERSION\"\nedition = \"2021\"\n";

pub(crate) fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn tarball(num: &str, files: &[(&str, &[u8])]) -> Bytes {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, bytes) in files {
        let mut header = Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, format!("tide-{num}/{path}"), *bytes).unwrap();
    }
    let mut gzip = tar.into_inner().unwrap();
    gzip.flush().unwrap();
    gzip.finish().unwrap().into()
}

impl Shop {
    pub(crate) async fn new() -> Self {
        let (store, folder) = new_store().await;
        let blobs = Blobs::on_disk(&folder.path().join("blobs")).unwrap();
        let search = SearchIndex::open(&folder.path().join("search")).unwrap();
        let identity = Identity::claim(&store, &blobs).await.unwrap();
        let accounts = Accounts::new(store.clone(), Pepper::random());
        let alice = NewUser { login: "alice".to_owned(), email: "alice@example.org".to_owned(), is_admin: false };
        accounts.create_user(&alice, at(0)).await.unwrap();
        let token = NewToken {
            login: "alice".to_owned(),
            name: "ci".to_owned(),
            scopes: vec![],
            crates: vec![],
            expires_at: None,
        };
        let token = accounts.create_token(&token, at(0)).await.unwrap();
        let mut parts = parts(store.clone(), blobs, search, identity);
        parts.settings.policy.known_dependencies_only = false;
        let registry = Arc::new(Registry::new(parts));
        let call = Call {
            id: RequestId::unique(),
            now: at(1),
            credentials: Credentials::Token(token.reveal().to_owned()),
            session: None,
            address: None,
            user_agent: Some("cargo 1.95.0".to_owned()),
            origins: vec![],
        };
        Self { registry, store, call, folder }
    }

    /// Publishes a version with these files besides the manifest, whose end is `more`.
    pub(crate) async fn publish(&self, num: &str, more: &str, files: &[(&str, &[u8])]) {
        let manifest = MANIFEST.replace("VERSION", num) + more;
        let mut all = vec![("Cargo.toml", manifest.as_bytes())];
        all.extend(files);
        let metadata = PublishMetadata {
            name: "tide".to_owned(),
            vers: num.to_owned(),
            readme: None,
            readme_file: None,
            claimed_deps: None,
            claimed_features: None,
            claimed_links: None,
        };
        let call = Call { id: RequestId::unique(), ..self.call.clone() };
        let upload = self.registry.begin_publish(&call, metadata).await.unwrap();
        self.registry.finish_publish(&call, upload, tarball(num, &all)).await.unwrap();
    }

    /// Does all jobs, among which are the source archives.
    pub(crate) async fn do_jobs(&self) {
        // Who is told to stop before it begins does one job; feeds are due later and do not matter.
        for _ in 0..20 {
            let (_stop, told) = watch::channel(true);
            self.registry.clone().work_off_jobs(|| at(2).to_system_time(), told).await;
        }
    }

    async fn archive_key(&self, num: &str, ending: &str) -> Option<String> {
        let path = format!("crates/tide/tide-{num}.{ending}");
        let file = derived_files::find(&mut self.store.read().await.unwrap(), &path).await.unwrap();
        file.map(|file| file.blob_key)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.path().join("blobs").join(key)
    }

    pub(crate) async fn read(&self, num: &str, path: &str) -> Result<Bytes, Error> {
        self.registry.read_source("tide", &version(num), path).await.map(|file| file.bytes)
    }

    async fn compare(&self, old: &str, new: &str) -> Arc<Comparison> {
        self.registry.compare_versions("TIDE", &version(old), &version(new)).await.unwrap()
    }
}

/// Changes a byte in the middle of a stored file.
fn spoil(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let mut file = File::create(path).unwrap();
    file.write_all(&bytes).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

const FILES: [(&str, &[u8]); 4] = [
    ("src/lib.rs", b"pub fn rise() {}\n"),
    ("empty", b""),
    ("data/noise.bin", &[0, 159, 146, 150]),
    ("README.md", b"# Tide\n"),
];

#[tokio::test]
async fn the_archive_and_the_tarball_have_the_same_files() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", "", &FILES).await;
    let from_tarball = shop.registry.find_source("Tide", &version("1.0.0")).await.unwrap();
    assert!(shop.archive_key("1.0.0", "zip").await.is_none());
    let mut files = Vec::new();
    for (path, _) in FILES {
        files.push(shop.registry.read_source("tide", &version("1.0.0"), path).await.unwrap());
    }
    shop.do_jobs().await;
    assert!(shop.archive_key("1.0.0", "zip").await.is_some());
    let from_archive = shop.registry.find_source("Tide", &version("1.0.0")).await.unwrap();
    assert!(!Arc::ptr_eq(&from_archive, &from_tarball), "the archive is read once there is one");
    assert_eq!(from_archive, from_tarball);
    assert_eq!(from_archive.name.as_str(), "tide");
    let paths: Vec<&str> = from_archive.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["Cargo.toml", "data/noise.bin", "empty", "README.md", "src/lib.rs"]);
    for ((path, bytes), before) in FILES.into_iter().zip(files) {
        let file = shop.registry.read_source("tide", &version("1.0.0"), path).await.unwrap();
        assert_eq!(file.bytes, bytes, "{path}");
        assert_eq!(file, before, "{path}");
    }
}

#[tokio::test]
async fn files_and_versions_that_are_not_there_are_refused() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", "", &FILES).await;
    for path in ["src/lib.RS", "src", "../Cargo.toml", "", "/src/lib.rs", "a\0b"] {
        let error = shop.read("1.0.0", path).await.unwrap_err();
        assert!(matches!(error, Error::NoSuchSource { .. }), "{error:?}");
        assert!(!error.to_string().contains('\0'));
    }
    let error = shop.read("1.0.0", "nowhere.rs").await.unwrap_err();
    assert_eq!(error.to_string(), "`tide` 1.0.0 has no file `nowhere.rs`; see the list of its files for those it has");
    assert!(matches!(shop.read("2.0.0", "Cargo.toml").await.unwrap_err(), Error::NoSuchVersion { .. }));
    let missing = shop.registry.find_source("wave", &version("1.0.0")).await.unwrap_err();
    assert!(matches!(missing, Error::NoSuchCrate(_)), "{missing:?}");
}

#[tokio::test]
async fn a_stored_archive_that_was_changed_is_refused() {
    for ending in ["zip", "zip.json"] {
        let shop = Shop::new().await;
        let long: Vec<u8> =
            (0..20_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        shop.publish("1.0.0", "", &[("src/lib.rs", &long)]).await;
        shop.do_jobs().await;
        spoil(&shop.path(&shop.archive_key("1.0.0", ending).await.unwrap()));
        let error = shop.read("1.0.0", "Cargo.toml").await.unwrap_err();
        assert!(matches!(error, Error::Corrupt(_)), "{ending}: {error:?}");
    }
}

#[tokio::test]
async fn a_tarball_that_was_changed_is_refused() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", "", &FILES).await;
    let mut tx = shop.store.read().await.unwrap();
    let (key,): (String,) = tx.query("SELECT blob_key FROM versions").fetch_one().await.unwrap();
    drop(tx);
    spoil(&shop.path(&key));
    let error = shop.registry.find_source("tide", &version("1.0.0")).await.unwrap_err();
    assert!(matches!(error, Error::Corrupt(_)), "{error:?}");
}

#[tokio::test]
async fn large_tarballs_are_read_again_for_each_file() {
    let shop = Shop::new().await;
    let long = vec![7; 5_000_000];
    shop.publish("1.0.0", "", &[("a", &long), ("b", &long[1..4_900_000]), ("src/lib.rs", b"")]).await;
    assert_eq!(shop.read("1.0.0", "b").await.unwrap().len(), 4_899_999);
    assert_eq!(shop.read("1.0.0", "src/lib.rs").await.unwrap(), "");
}

#[tokio::test]
async fn the_sources_of_a_deleted_crate_are_gone_at_once() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", "", &FILES).await;
    shop.read("1.0.0", "README.md").await.unwrap();
    shop.compare("1.0.0", "1.0.0").await;
    let mut tx = shop.store.write().await.unwrap();
    let (id,): (i64,) = tx.query("SELECT id FROM crates").fetch_one().await.unwrap();
    crates::delete(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(shop.read("1.0.0", "README.md").await.unwrap_err(), Error::NoSuchCrate(_)));
    let compared = shop.registry.compare_versions("tide", &version("1.0.0"), &version("1.0.0")).await;
    assert!(matches!(compared.unwrap_err(), Error::NoSuchCrate(_)));
}

const OLD_DEPENDENCIES: &str = "license = \"MIT\"\n[features]\ndefault = []\nold = []\nsame = []\n\
    [dependencies]\nkept = \"1\"\nwave = \"1\"\ngone = \"1\"\n[dev-dependencies]\nwave = \"1\"\n";

const NEW_DEPENDENCIES: &str = "license = \"MIT OR Apache-2.0\"\nrust-version = \"1.70\"\n\
    [features]\ndefault = [\"new\"]\nnew = []\nsame = []\n\
    [dependencies]\nkept = \"1\"\nwave = { version = \"2\", features = [\"high\"] }\nmoon = \"0.3\"\n\
    [dev-dependencies]\nwave = \"1\"\n";

#[tokio::test]
async fn two_versions_are_compared() {
    let shop = Shop::new().await;
    let moved: &[u8] = b"fn moved() {}\n";
    let old: [(&str, &[u8]); 6] = [
        ("src/lib.rs", b"one\ntwo\nthree\n"),
        ("src/old.rs", moved),
        ("a/gone.rs", b"gone\n"),
        ("data.bin", &[0, 1, 2]),
        ("same.txt", b"same\n"),
        ("Cargo.toml.orig", b"old"),
    ];
    let long = vec![b'x'; 300 * 1024];
    let new: [(&str, &[u8]); 7] = [
        ("src/lib.rs", b"one\n2\nthree\n"),
        ("src/new.rs", moved),
        ("added.rs", b"added\n"),
        ("data.bin", &[0, 1, 3]),
        ("same.txt", b"same\n"),
        ("Cargo.toml.orig", b"new"),
        ("long.txt", &long),
    ];
    shop.publish("1.0.0", OLD_DEPENDENCIES, &old).await;
    shop.do_jobs().await;
    shop.publish("2.0.0", NEW_DEPENDENCIES, &new).await;
    let found = shop.compare("1.0.0", "2.0.0").await;
    assert!(Arc::ptr_eq(&found, &shop.compare("1.0.0", "2.0.0").await), "it is kept");

    let renamed = Change::Renamed { from: "src/old.rs".to_owned() };
    let files: Vec<_> = found.files.iter().map(|file| (file.path.as_str(), file.kind.clone())).collect();
    let expected = [
        ("Cargo.toml", Change::Changed),
        ("Cargo.toml.orig", Change::Changed),
        ("a/gone.rs", Change::Removed),
        ("added.rs", Change::Added),
        ("data.bin", Change::Changed),
        ("long.txt", Change::Added),
        ("src/lib.rs", Change::Changed),
        ("src/new.rs", renamed),
    ];
    assert_eq!(files, expected);
    let why_not: Vec<_> = found.files.iter().filter_map(|file| Some((file.path.as_str(), file.why_not?))).collect();
    assert_eq!(
        why_not,
        [("data.bin", "the file is not text"), ("long.txt", "the file is too long to be compared here")]
    );
    let lib = found.files.iter().find(|file| file.path == "src/lib.rs").unwrap();
    let lines = &lib.diff.as_ref().unwrap().hunks[0].lines;
    let lines: Vec<_> = lines.iter().map(|line| (line.kind, line.text.as_str())).collect();
    let (kept, removed, added) = (LineKind::Kept, LineKind::Removed, LineKind::Added);
    assert_eq!(lines, [(kept, "one"), (removed, "two"), (added, "2"), (kept, "three")]);

    let dependencies: Vec<_> = found
        .dependencies
        .iter()
        .map(|change| {
            let req = |side: &Option<cargohold_registry::DependencyFacts>| side.as_ref().map(|facts| facts.req.clone());
            (change.name.as_str(), req(&change.old), req(&change.new))
        })
        .collect();
    let req = |text: &str| Some(text.to_owned());
    assert_eq!(dependencies, [("gone", req("^1"), None), ("moon", None, req("^0.3")), ("wave", req("^1"), req("^2"))]);
    let features: Vec<_> = found.features.iter().map(|change| (change.name.as_str(), change.old.is_some())).collect();
    assert_eq!(features, [("default", true), ("new", false), ("old", true)]);
    let facts: Vec<_> =
        found.facts.iter().map(|change| (change.fact, change.old.clone(), change.new.clone())).collect();
    let expected = [("rust_version", None, req("1.70")), ("license", req("MIT"), req("MIT OR Apache-2.0"))];
    assert_eq!(facts, expected);
}

#[tokio::test]
async fn a_version_is_the_same_as_itself() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", OLD_DEPENDENCIES, &FILES).await;
    let found = shop.compare("1.0.0", "1.0.0").await;
    assert!(found.files.is_empty() && found.dependencies.is_empty());
    assert!(found.features.is_empty() && found.facts.is_empty());
}

#[tokio::test]
async fn many_changes_are_listed_and_not_all_compared() {
    let shop = Shop::new().await;
    let names: Vec<String> = (0..400).map(|number| format!("src/f{number:03}.rs")).collect();
    let files = |bytes: &'static [u8]| names.iter().map(|name| (name.as_str(), bytes)).collect::<Vec<_>>();
    shop.publish("1.0.0", "", &files(b"old\n")).await;
    shop.publish("1.0.1", "", &files(b"new\n")).await;
    let found = shop.compare("1.0.0", "1.0.1").await;
    assert_eq!(found.files.len(), 401);
    assert_eq!(found.files.iter().filter(|file| file.diff.is_some()).count(), 300);
    let left_out =
        found.files.iter().filter(|file| file.why_not.is_some_and(|why| why.starts_with("too much"))).count();
    assert_eq!(left_out, 101);
}

//! Runs a test on each kind of store, in a place of its own.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use cargohold_blobs::{Blobs, Error, Key, S3Options};
use futures_util::TryStreamExt;

/// Makes two tests of each named function, `on_disk` and `on_s3`.
macro_rules! on_every_backend {
    ($($test:ident),+ $(,)?) => {
        $(mod $test {
            #[tokio::test]
            async fn on_disk() {
                crate::backends::on_disk(super::$test).await;
            }

            #[tokio::test]
            async fn on_s3() {
                crate::backends::on_s3(super::$test).await;
            }
        })+
    };
}

/// A store, and a folder in it that no other test uses.
pub(crate) struct Place {
    pub(crate) blobs: Blobs,
    folder: String,
}

impl Place {
    /// The key of this name in the test's folder.
    pub(crate) fn key(&self, name: &str) -> Key {
        format!("{}/{name}", self.folder).parse().unwrap()
    }

    pub(crate) async fn put(&self, name: &str, bytes: &[u8]) -> Key {
        let key = self.key(name);
        self.blobs.put(&key, Bytes::copy_from_slice(bytes)).await.unwrap();
        key
    }

    /// The keys in a folder of the test's folder, sorted.
    pub(crate) async fn list(&self, folder: &str) -> Vec<Key> {
        let listed = self.blobs.list(&format!("{}/{folder}", self.folder));
        let mut keys: Vec<_> = listed.map_ok(|listed| listed.key).try_collect().await.unwrap();
        keys.sort_unstable();
        keys
    }
}

pub(crate) async fn on_disk(test: impl AsyncFnOnce(&Place)) {
    let root = tempfile::tempdir().unwrap();
    test(&Place { blobs: Blobs::on_disk(root.path()).unwrap(), folder: new_folder() }).await;
}

pub(crate) async fn on_s3(test: impl AsyncFnOnce(&Place)) {
    test(&Place { blobs: Blobs::on_s3(s3_options()).unwrap(), folder: new_folder() }).await;
}

fn new_folder() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("blobs-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says through the environment what it has started")]
pub(crate) fn s3_options() -> S3Options {
    let endpoint = std::env::var("TEST_S3_ENDPOINT");
    S3Options {
        bucket: "cargohold-test".to_owned(),
        prefix: None,
        region: "us-east-1".to_owned(),
        endpoint: Some(endpoint.expect("run `cargo xtask test`, which starts what the tests need")),
        access_key_id: Some("testkey".to_owned()),
        secret_access_key: Some("testsecret".to_owned()),
    }
}

/// What is read at once, in bytes.
pub(crate) const PIECE: u64 = 256 * 1024;

/// All bytes of a range.
pub(crate) async fn read(blobs: &Blobs, key: &Key, range: Range<u64>) -> Result<Vec<u8>, Error> {
    let mut pieces = blobs.read(key, range, PIECE).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Bytes that differ wherever a range could be off by one, by a piece or by a page.
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    next.take(len).collect()
}

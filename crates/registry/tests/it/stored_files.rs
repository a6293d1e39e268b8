//! What files on their way hold of the memory of answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cargohold_registry::{Download, Error, FileBytes, StoredFile, Use};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use crate::sources::{Shop, version};

const PIECE_BYTES: u64 = 256 * 1024;

fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    });
    next.take(len).collect()
}

impl Shop {
    async fn tarball(&self, num: &str) -> Arc<StoredFile> {
        match self.registry.find_download("tide", &version(num)).await.unwrap() {
            Download::File(file) => file,
            Download::Redirect(to) => panic!("it is at {to}"),
        }
    }
}

/// A long file from some byte on.
async fn stream(shop: &Shop, file: &Arc<StoredFile>, from: u64) -> BoxStream<'static, Result<Bytes, Error>> {
    match shop.registry.read_file(file, from..file.size_bytes).await.unwrap() {
        FileBytes::Stream(pieces) => pieces,
        FileBytes::AtOnce(bytes) => panic!("{} bytes are short", bytes.len()),
    }
}

/// More than there is, what caches may keep included.
const ALL: u64 = 1 << 40;

#[tokio::test]
async fn e2_a_stream_holds_two_pieces_at_most_for_as_long_as_anybody_holds_them() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", "", &[("noise.bin", &noise(2_000_000))]).await;
    let (file, memory) = (shop.tarball("1.0.0").await, shop.registry.answer_memory());
    // The first stream is judged as a whole, so one piece is held back; the second one by blocks.
    for passed_on in [1, 2] {
        let idle = memory.held_bytes();
        let mut pieces = stream(&shop, &file, 0).await;
        assert_eq!(memory.held_bytes() - idle, 2 * PIECE_BYTES);
        let mut held = Vec::new();
        for _ in 0..passed_on {
            held.push(pieces.next().await.unwrap().unwrap());
        }
        let next = tokio::time::timeout(Duration::from_millis(100), pieces.next());
        assert!(next.await.is_err(), "the next piece waits until others are gone");
        let part = held.pop().unwrap().slice(..1);
        held.clear();
        drop(pieces);
        assert_eq!(memory.held_bytes() - idle, 2 * PIECE_BYTES, "somebody holds a part of a piece");
        drop(part);
        assert_eq!(memory.held_bytes(), idle);
        let pieces = stream(&shop, &file, 0).await;
        let size = pieces.fold(0, async |sum, piece| sum + piece.unwrap().len() as u64).await;
        assert_eq!((size, memory.held_bytes()), (file.size_bytes, idle));
    }
}

#[tokio::test]
async fn e2_pieces_are_shorter_while_memory_is_scarce() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", "", &[("noise.bin", &noise(2_000_000))]).await;
    let (file, memory) = (shop.tarball("1.0.0").await, shop.registry.answer_memory());
    let others = memory.take_anyway(Use::Once, memory.total_bytes() / 2);
    let mut pieces = stream(&shop, &file, 5).await;
    assert_eq!(pieces.next().await.unwrap().unwrap().len(), 64 * 1024 - 5);
    assert_eq!(memory.held_bytes() - others.bytes(), 2 * 64 * 1024);
}

#[tokio::test]
async fn e2_a_short_file_is_charged_once_however_many_read_it() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", "", &[("noise.bin", &noise(300_000))]).await;
    let (file, memory) = (shop.tarball("1.0.0").await, shop.registry.answer_memory());
    let reads = (0..64).map(|_| shop.registry.read_file(&file, 0..file.size_bytes));
    let read = futures_util::future::try_join_all(reads).await.unwrap();
    assert_eq!(memory.held_bytes(), file.size_bytes);
    drop(read);
    assert_eq!(memory.held_bytes(), file.size_bytes, "it is kept");
    assert!(shop.registry.kept_file(&file, 0..1).is_some());
}

#[tokio::test]
async fn e2_files_are_refused_while_there_is_no_memory_for_them() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", "", &[("noise.bin", &noise(300_000))]).await;
    shop.publish("2.0.0", "", &[("noise.bin", &noise(2_000_000))]).await;
    let files = [shop.tarball("1.0.0").await, shop.tarball("2.0.0").await];
    let memory = shop.registry.answer_memory();
    let _all = memory.take_anyway(Use::Once, ALL);
    let reads = files.iter().map(|file| shop.registry.read_file(file, 0..9));
    for read in futures_util::future::join_all(reads).await {
        assert!(matches!(read, Err(Error::Busy)));
    }
    assert_eq!(memory.held_bytes(), ALL);
}

#[tokio::test]
async fn e2_what_readers_hold_of_a_source_file_is_charged() {
    let long = vec![7; 9_000_000];
    for is_archived in [false, true] {
        let shop = Shop::new().await;
        shop.publish("1.0.0", "", &[("long", &long)]).await;
        if is_archived {
            shop.do_jobs().await;
        }
        drop(shop.read("1.0.0", "long").await.unwrap());
        let memory = shop.registry.answer_memory();
        let idle = memory.held_bytes();
        let part = shop.read("1.0.0", "long").await.unwrap().slice(5..10);
        assert_eq!(memory.held_bytes() - idle, 9_000_000);
        drop(part);
        assert_eq!(memory.held_bytes(), idle);
        let _all = memory.take_anyway(Use::Once, ALL);
        assert!(matches!(shop.read("1.0.0", "long").await, Err(Error::Busy)));
    }
}

#[tokio::test]
async fn e2_source_files_that_are_kept_are_charged_once() {
    let shop = Shop::new().await;
    shop.publish("1.0.0", "", &[("short", &vec![7; 100_000])]).await;
    let first = shop.read("1.0.0", "short").await.unwrap();
    let held = shop.registry.answer_memory().held_bytes();
    assert!((100_000..200_000).contains(&held), "{held}");
    let second = shop.read("1.0.0", "short").await.unwrap();
    assert_eq!(second.as_ptr(), first.as_ptr());
    assert_eq!(shop.registry.answer_memory().held_bytes(), held);
}

//! What every blob store does.

use bytes::Bytes;
use cargohold_blobs::Error;
use futures_util::TryStreamExt;

use crate::backends::{PIECE, Place, pattern, read};

on_every_backend!(
    a_blob_reads_back_as_it_was_written,
    a_range_is_exactly_those_bytes,
    a_large_blob_comes_in_pieces_of_the_wanted_size,
    a_blob_that_is_too_short_fails,
    a_reader_may_leave_early,
    the_first_bytes_under_a_key_stay,
    of_parallel_writers_of_a_key_one_wins,
    a_missing_key_is_not_found,
    deleting_twice_is_fine,
    a_deleted_key_is_gone_and_may_be_written_again,
    a_list_is_all_keys_in_a_folder,
    a_listed_blob_says_when_it_was_written,
    a_store_that_works_answers_a_probe,
    nothing_is_left_over_from_writes_that_succeeded,
);

async fn a_blob_reads_back_as_it_was_written(place: &Place) {
    for (name, len) in [("one", 1), ("small", 1000), ("piece", 256 * 1024), ("large", 3 * 1024 * 1024 + 17)] {
        let bytes = pattern(len);
        let key = place.put(name, &bytes).await;
        let found = read(&place.blobs, &key, 0..len as u64).await.unwrap();
        assert!(found == bytes, "{len} bytes differ");
    }
}

async fn a_range_is_exactly_those_bytes(place: &Place) {
    let len = 1024 * 1024 + 7;
    let bytes = pattern(1024 * 1024 + 7);
    let key = place.put("ranges", &bytes).await;
    let ranges = [
        0..1,
        len - 1..len,
        PIECE - 1..PIECE,
        PIECE..PIECE + 1,
        PIECE - 1..PIECE + 1,
        0..PIECE,
        0..PIECE + 1,
        5..2 * PIECE + 5,
        PIECE - 3..len - 3,
        1..len,
    ];
    for range in ranges {
        let found = read(&place.blobs, &key, range.clone()).await.unwrap();
        let expected = &bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
        assert!(found == expected, "{range:?} differs");
    }
}

async fn a_large_blob_comes_in_pieces_of_the_wanted_size(place: &Place) {
    let bytes = pattern(5 * 1024 * 1024 + 3);
    let key = place.put("large", &bytes).await;
    let mut pieces = place.blobs.read(&key, 5..bytes.len() as u64, 700_000).await.unwrap();
    let mut found = Vec::new();
    while let Some(piece) = pieces.next_with(|piece| piece.to_vec()).await.unwrap() {
        found.push(piece);
    }
    assert!(pieces.is_at_end());
    let (last, others) = found.split_last().unwrap();
    assert!(others.iter().all(|piece| piece.len() == 700_000) && last.len() < 700_000);
    assert!(found.concat() == bytes[5..]);
}

async fn a_blob_that_is_too_short_fails(place: &Place) {
    let key = place.put("short", &pattern(300_000)).await;
    assert!(read(&place.blobs, &key, 0..300_001).await.is_err());
}

async fn a_reader_may_leave_early(place: &Place) {
    let bytes = pattern(5 * 1024 * 1024);
    let key = place.put("large", &bytes).await;
    let mut pieces = place.blobs.read(&key, 0..bytes.len() as u64, PIECE).await.unwrap();
    assert!(pieces.next().await.unwrap().is_some());
    drop(pieces);
    assert_eq!(read(&place.blobs, &key, 0..10).await.unwrap(), bytes[..10]);
}

async fn the_first_bytes_under_a_key_stay(place: &Place) {
    let key = place.put("twice", b"first").await;
    place.blobs.put(&key, Bytes::from_static(b"other")).await.unwrap();
    assert_eq!(read(&place.blobs, &key, 0..5).await.unwrap(), b"first");
}

async fn of_parallel_writers_of_a_key_one_wins(place: &Place) {
    let key = place.key("raced");
    let bytes = |number: u8| Bytes::from(vec![number; 300_000]);
    let writers = (0..8).map(|number| place.blobs.put(&key, bytes(number)));
    futures_util::future::try_join_all(writers).await.unwrap();
    let found = read(&place.blobs, &key, 0..300_000).await.unwrap();
    assert!(found.iter().all(|byte| *byte == found[0]), "the bytes of several writers are mixed");
}

async fn a_missing_key_is_not_found(place: &Place) {
    let key = place.key("never/written");
    let error = read(&place.blobs, &key, 0..1).await.unwrap_err();
    assert!(matches!(&error, Error::NotFound(missing) if *missing == key), "{error:?}");
    assert_eq!(error.to_string(), format!("there is no blob `{key}`"));
}

async fn deleting_twice_is_fine(place: &Place) {
    let key = place.put("deleted", b"bytes").await;
    place.blobs.delete(&key).await.unwrap();
    place.blobs.delete(&key).await.unwrap();
    place.blobs.delete(&place.key("never-written")).await.unwrap();
}

async fn a_deleted_key_is_gone_and_may_be_written_again(place: &Place) {
    let key = place.put("deleted", b"first").await;
    let neighbour = place.put("deleted.too", b"other").await;
    place.blobs.delete(&key).await.unwrap();
    assert!(matches!(read(&place.blobs, &key, 0..5).await, Err(Error::NotFound(_))));
    assert_eq!(place.list("").await, [neighbour]);
    place.blobs.put(&key, Bytes::from_static(b"again")).await.unwrap();
    assert_eq!(read(&place.blobs, &key, 0..5).await.unwrap(), b"again");
}

async fn a_list_is_all_keys_in_a_folder(place: &Place) {
    assert_eq!(place.list("").await, []);
    let mut inside = Vec::new();
    for name in ["a/1", "a/b/2", "a/b/c/3_x-y.crate"] {
        inside.push(place.put(name, b"x").await);
    }
    let beside = place.put("ab/4", b"x").await;
    let top = place.put("a.txt", b"x").await;
    assert_eq!(place.list("a").await, inside);
    assert_eq!(place.list("a/b").await, inside[1..]);
    assert_eq!(place.list("ab").await, std::slice::from_ref(&beside));
    assert_eq!(place.list("missing").await, []);
    let mut all = [inside, vec![beside, top]].concat();
    all.sort_unstable();
    assert_eq!(place.list("").await, all);
}

async fn a_listed_blob_says_when_it_was_written(place: &Place) {
    place.put("now", b"x").await;
    let listed: Vec<_> =
        place.blobs.list(place.key("now").as_str().trim_end_matches("/now")).try_collect().await.unwrap();
    // A file of this moment says what time it is.
    let now = tempfile::tempfile().unwrap().metadata().unwrap().modified().unwrap();
    let age = chrono::DateTime::<chrono::Utc>::from(now) - listed[0].written_at;
    assert!(age.abs() < chrono::TimeDelta::minutes(1), "{age}");
}

async fn a_store_that_works_answers_a_probe(place: &Place) {
    place.blobs.probe().await.unwrap();
    place.blobs.probe().await.unwrap();
}

async fn nothing_is_left_over_from_writes_that_succeeded(place: &Place) {
    let key = place.put("kept", b"bytes").await;
    let much_later = chrono::DateTime::from_timestamp(4_000_000_000, 0).unwrap();
    assert_eq!(place.blobs.remove_leftovers("ab", much_later).await.unwrap(), 0);
    assert_eq!(read(&place.blobs, &key, 0..5).await.unwrap(), b"bytes");
}

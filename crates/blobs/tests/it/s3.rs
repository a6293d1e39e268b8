//! What is special about S3.

use std::time::Duration;

use bytes::Bytes;
use cargohold_blobs::{Blobs, Error, Key, S3Options};

use crate::backends::{on_s3, pattern, read, s3_options};

#[tokio::test]
async fn anybody_can_read_a_blob_at_its_presigned_address() {
    on_s3(async |place| {
        let bytes = pattern(300_000);
        let key = place.put("a/signed-1.0.0.crate", &bytes).await;
        let url = place.blobs.presign(&key, Duration::from_mins(1)).await.unwrap().unwrap();
        let response = reqwest::get(&url).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.bytes().await.unwrap() == bytes);

        // Without its signature, or for another key, the address is worth nothing.
        let (unsigned, _) = url.split_once('?').unwrap();
        let moved = url.replace("signed-1.0.0", "signed-2.0.0");
        for url in [unsigned, &moved] {
            let status = reqwest::get(url).await.unwrap().status();
            assert!(status.is_client_error(), "{status}");
        }
    })
    .await;
}

async fn assert_unusable(options: S3Options) {
    let blobs = Blobs::on_s3(options).unwrap();
    let error = blobs.probe().await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error:?}");
    assert_eq!(error.to_string(), "the blob store failed");
    let key: Key = "some/key".parse().unwrap();
    blobs.put(&key, Bytes::from_static(b"x")).await.unwrap_err();
    let found = read(&blobs, &key, 0..1).await;
    assert!(found.is_err(), "{found:?}");
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_reached_fails_the_probe() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    assert_unusable(S3Options { endpoint: Some(format!("http://{closed}")), ..s3_options() }).await;
}

#[tokio::test]
async fn a_bucket_that_does_not_exist_fails_the_probe() {
    let blobs = Blobs::on_s3(S3Options { bucket: "no-such-bucket".to_owned(), ..s3_options() }).unwrap();
    assert!(blobs.probe().await.is_err());
}

#[tokio::test]
async fn a_wrong_secret_fails_the_probe() {
    assert_unusable(S3Options { secret_access_key: Some("wrong".to_owned()), ..s3_options() }).await;
}

#[test]
fn an_endpoint_that_is_no_address_is_refused_at_once() {
    for endpoint in ["no address", "", "s3.example.org", "s3.example.org:9000", "ftp://s3.example.org", "http://"] {
        let error = Blobs::on_s3(S3Options { endpoint: Some(endpoint.to_owned()), ..s3_options() }).unwrap_err();
        assert!(matches!(&error, Error::Endpoint(given) if given == endpoint), "{error:?}");
    }
    for endpoint in ["http://127.0.0.1:9000", "https://s3.example.org/", "HTTPS://s3.example.org"] {
        Blobs::on_s3(S3Options { endpoint: Some(endpoint.to_owned()), ..s3_options() }).unwrap();
    }
}

#[tokio::test]
async fn registries_with_different_prefixes_do_not_see_each_other_in_one_bucket() {
    use futures_util::TryStreamExt;

    let with = |prefix: &str| {
        let prefix = Some(format!("prefixes-{}/{prefix}", std::process::id()));
        Blobs::on_s3(S3Options { prefix, ..s3_options() }).unwrap()
    };
    let (one, other) = (with("one"), with("other"));
    let key: Key = "crates/aa/same".parse().unwrap();
    one.put(&key, Bytes::from_static(b"1")).await.unwrap();
    other.put(&key, Bytes::from_static(b"2")).await.unwrap();
    assert_eq!(read(&one, &key, 0..1).await.unwrap(), b"1");
    assert_eq!(read(&other, &key, 0..1).await.unwrap(), b"2");
    let url = other.presign(&key, Duration::from_mins(1)).await.unwrap().unwrap();
    assert_eq!(reqwest::get(&url).await.unwrap().bytes().await.unwrap().as_ref(), b"2");
    one.delete(&key).await.unwrap();
    assert!(one.list("crates").try_next().await.unwrap().is_none());
    assert_eq!(other.list("crates").try_next().await.unwrap().unwrap().key, key);
}

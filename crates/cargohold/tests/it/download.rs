//! Downloads over HTTP.

use reqwest::Method;

use crate::support::{Krate, Shape, TestServer, krate, noise, on_both_shapes, sha256};

on_both_shapes!(
    a_download_is_the_published_bytes_and_never_coded,
    parts_of_a_download,
    only_the_stored_spelling_downloads,
    the_api_redirects_to_the_file_without_asking_anybody,
    downloads_can_be_redirected_to_a_cdn,
);

/// A crate of more than a megabyte, so that it is sent in several pieces.
fn large(name: &str) -> Krate {
    krate(name).file("noise.bin", &noise(1_500_000))
}

async fn a_download_is_the_published_bytes_and_never_coded(shape: Shape) {
    let server = TestServer::start(shape);
    for published in [krate("small"), large("large")] {
        server.publish_ok(&published).await;
        let request = server.request(Method::GET, &format!("/crates/{}/1.0.0/download", published.name));
        let answer = request.header("accept-encoding", "gzip, br, zstd").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().contains_key("content-encoding"));
        assert_eq!(answer.headers()["content-type"], "application/gzip");
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(answer.headers()["content-length"], published.tarball().len().to_string().as_str());
        let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(bytes, published.tarball());
        let cksum = sha256(&bytes);
        assert_eq!(server.index_lines(&published.name).await[0]["cksum"], cksum.as_str());
        assert_eq!(tag, format!("\"{cksum}\""));
        let file = server.get(&format!("/crates/{0}/{0}-1.0.0.crate", published.name)).await;
        assert_eq!(file.bytes().await.unwrap(), bytes);
        let again = server.request(Method::GET, &format!("/crates/{}/1.0.0/download", published.name));
        assert_eq!(again.header("if-none-match", tag).send().await.unwrap().status(), 304);
    }
}

async fn parts_of_a_download(shape: Shape) {
    let server = TestServer::start(shape);
    let published = large("parts");
    server.publish_ok(&published).await;
    let bytes = published.tarball();
    let size = bytes.len();
    let last = size - 1;
    let ask = async |range: &str| {
        let request = server.request(Method::GET, "/crates/parts/1.0.0/download").header("range", range);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let content_range = answer.headers().get("content-range").map(|value| value.to_str().unwrap().to_owned());
        (status, content_range, answer.bytes().await.unwrap())
    };
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 0),
        ("bytes=10-".to_owned(), 10, last),
        ("bytes=-7".to_owned(), size - 7, last),
        ("bytes=262143-262144".to_owned(), 262_143, 262_144),
        (format!("bytes={last}-99999999"), last, last),
    ] {
        let (status, content_range, part) = ask(&range).await;
        assert_eq!((status, content_range), (206, Some(format!("bytes {from}-{to}/{size}"))), "{range}");
        assert_eq!(part, bytes[from..=to], "{range}");
    }
    let (status, content_range, part) = ask(&format!("bytes={size}-")).await;
    assert_eq!((status, content_range), (416, Some(format!("bytes */{size}"))));
    assert!(String::from_utf8_lossy(&part).contains("ask for a part of it"));
    for whole in ["bytes=0-1,3-4", "lines=0-1", "bytes=9-1", "bytes=x-"] {
        let (status, _, part) = ask(whole).await;
        assert_eq!((status, part.len()), (200, size), "{whole}");
    }
}

async fn only_the_stored_spelling_downloads(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("Spelled-Out").version("1.0.0+b1")).await;
    assert_eq!(server.download("Spelled-Out", "1.0.0+b1").await.status(), 200);
    assert_eq!(server.download("Spelled-Out", "1.0.0%2Bb1").await.status(), 200);
    for (name, version) in
        [("spelled-out", "1.0.0+b1"), ("Spelled_Out", "1.0.0+b1"), ("Spelled-Out", "1.0.0"), ("none", "1.0.0")]
    {
        let answer = server.download(name, version).await;
        assert_eq!(answer.status(), 404, "{name} {version}");
        assert!(answer.text().await.unwrap().contains(name));
    }
    assert_eq!(server.download("Spelled-Out", "latest").await.status(), 400);
    assert_eq!(server.get("/crates/Spelled-Out/Spelled-Out-1.0.0.zip").await.status(), 404);
}

async fn the_api_redirects_to_the_file_without_asking_anybody(shape: Shape) {
    let server = TestServer::start(shape);
    let path = "/api/v1/crates/Any_Thing/1.0.0+x/download";
    let answer = server.get(path).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "/crates/Any_Thing/Any_Thing-1.0.0%2Bx.crate");
    assert_eq!(answer.headers()["vary"], "accept");
    let json = server.request(Method::GET, path).header("accept", "application/json").send().await.unwrap();
    let json: serde_json::Value = json.json().await.unwrap();
    assert_eq!(json["url"], "/crates/Any_Thing/Any_Thing-1.0.0%2Bx.crate");
}

async fn downloads_can_be_redirected_to_a_cdn(shape: Shape) {
    let settings =
        [("CARGOHOLD_DOWNLOADS__MODE", "cdn"), ("CARGOHOLD_DOWNLOADS__CDN_URL", "https://cdn.registry.example/files/")];
    let server = TestServer::start_with(shape, &settings);
    server.publish_ok(&krate("far")).await;
    let answer = server.download("far", "1.0.0").await;
    assert_eq!(answer.status(), 302);
    let cksum = server.index_lines("far").await[0]["cksum"].as_str().unwrap().to_owned();
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(
        location.starts_with(&format!("https://cdn.registry.example/files/crates/{}/{cksum}-", &cksum[..2])),
        "{location}"
    );
    assert!(!answer.headers().contains_key("etag") && !answer.headers().contains_key("last-modified"));
    assert_eq!(server.download("near", "1.0.0").await.status(), 404);
}

#[tokio::test]
async fn downloads_can_be_redirected_into_the_bucket() {
    let server = TestServer::start_with(Shape::Fleet, &[("CARGOHOLD_DOWNLOADS__MODE", "presign")]);
    let published = krate("signed");
    server.publish_ok(&published).await;
    let answer = server.download("signed", "1.0.0").await;
    assert_eq!((answer.status().as_u16(), answer.headers()["cache-control"].to_str().unwrap()), (302, "no-store"));
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let fetched = server.http.get(&location).send().await.unwrap();
    assert_eq!(fetched.bytes().await.unwrap(), published.tarball());
    let unsigned = server.http.get(location.split('?').next().unwrap()).send().await.unwrap();
    assert_eq!(unsigned.status(), 403, "the bucket itself is closed");
}

on_both_shapes!(a_download_costs_no_memory_to_speak_of);

/// 24 clients download 32 MiB each: what the server holds of them is bounded by pieces and buffers.
async fn a_download_costs_no_memory_to_speak_of(shape: Shape) {
    const MAX_GROWTH_KIB: u64 = 96 * 1024;
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__MAX_UPLOAD", "64 MiB")]);
    let noise = large("huge").tarball();
    let huge = krate("huge").file("noise.bin", &noise.repeat(22));
    server.publish_ok(&huge).await;
    assert_eq!(server.download("huge", "1.0.0").await.bytes().await.unwrap(), huge.tarball());
    server.take_peak_kib();
    let before = server.take_peak_kib();
    let downloads = (0..24).map(|_| async {
        let mut answer = server.download("huge", "1.0.0").await;
        let mut bytes = 0;
        while let Some(piece) = answer.chunk().await.unwrap() {
            bytes += piece.len();
        }
        bytes
    });
    let sizes = futures_util::future::join_all(downloads).await;
    assert!(sizes.iter().all(|size| *size == huge.tarball().len()), "{sizes:?}");
    let grown = server.take_peak_kib().saturating_sub(before);
    assert!(grown < MAX_GROWTH_KIB, "24 downloads of 32 MiB cost {grown} KiB");
}

/// No byte is served whose checksum we did not record.
#[tokio::test]
async fn bytes_that_rotted_on_disk_are_never_served_as_a_whole() {
    let server = TestServer::start(Shape::Small);
    let published = large("rotten");
    server.publish_ok(&published).await;
    let blobs = server.data_dir().join("blobs/crates");
    let folder = std::fs::read_dir(blobs).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[5] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let whole = server.download("rotten", "1.0.0").await;
    assert!(whole.bytes().await.is_err(), "the download is cut off before its end");
    let part = server.request(Method::GET, "/crates/rotten/1.0.0/download").header("range", "bytes=0-9");
    assert_eq!(part.send().await.unwrap().status(), 500, "a part of it is not served either");
    assert!(server.log().contains("stored bytes are corrupt"));
}

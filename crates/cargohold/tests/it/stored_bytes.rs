//! No byte is served whose checksum was not recorded: neither the first time nor later, neither in whole nor in part.

use cargohold_blobs::{Blobs, Key, S3Options};
use reqwest::{Method, Response};

use crate::support::{Krate, Shape, TestServer, krate, on_both_shapes, service};

on_both_shapes!(
    s4_bytes_that_rot_after_they_were_served_are_never_served,
    s4_nor_are_those_of_short_files_that_memory_does_not_have,
    what_memory_has_is_served_whatever_happens_to_the_storage,
    parts_of_a_long_file_are_those_of_the_whole,
    answers_from_memory_are_those_of_the_first_time,
);

/// A crate whose tarball has about this many bytes.
fn noisy(name: &str, len: usize) -> Krate {
    let mut random = Random(len as u64);
    let noise: Vec<u8> = std::iter::repeat_with(|| random.next().to_be_bytes()[0]).take(len).collect();
    krate(name).file("noise.bin", &noise)
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 33)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }
}

/// The storage of a server, behind its back.
fn storage_of(server: &TestServer) -> Blobs {
    let Some(database) = server.database_url() else {
        return Blobs::on_disk(&server.data_dir().join("blobs")).unwrap();
    };
    let options = S3Options {
        bucket: "cargohold-test".to_owned(),
        prefix: database.rsplit('/').next().map(str::to_owned),
        region: "us-east-1".to_owned(),
        endpoint: Some(service("TEST_S3_ENDPOINT")),
        access_key_id: Some("testkey".to_owned()),
        secret_access_key: Some("testsecret".to_owned()),
    };
    Blobs::on_s3(options).unwrap()
}

/// Flips a bit of the stored tarball of the only crate there is.
async fn spoil(server: &TestServer, tarball: &[u8], at: usize) {
    let key: Key = server.execute_sql("SELECT blob_key FROM versions").parse().unwrap();
    let storage = storage_of(server);
    let mut spoiled = tarball.to_vec();
    spoiled[at] ^= 1;
    storage.delete(&key).await.unwrap();
    storage.put(&key, spoiled.into()).await.unwrap();
}

async fn ask(server: &TestServer, name: &str, range: Option<(usize, usize)>) -> Response {
    let request = server.request(Method::GET, &format!("/crates/{name}/1.0.0/download"));
    let request = match range {
        Some((first, last)) => request.header("range", format!("bytes={first}-{last}")),
        None => request,
    };
    request.send().await.unwrap()
}

/// Insists that an answer is a failure, or breaks off before its end without a wrong byte.
async fn assert_refused(mut answer: Response, right: &[u8]) {
    if answer.status() == 500 {
        return;
    }
    let mut received = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(piece)) => received.extend_from_slice(&piece),
            Ok(None) => panic!("{} bytes came to their end", received.len()),
            Err(_) => break,
        }
    }
    assert!(received.len() < right.len());
}

async fn s4_bytes_that_rot_after_they_were_served_are_never_served(shape: Shape) {
    let server = TestServer::start(shape);
    let published = noisy("rotten", 1_500_000);
    server.publish_ok(&published).await;
    let tarball = published.tarball();
    assert_eq!(ask(&server, "rotten", Some((10, 20))).await.bytes().await.unwrap(), tarball[10..=20]);
    assert_eq!(ask(&server, "rotten", None).await.bytes().await.unwrap(), tarball);
    let rotten = 700_000;
    spoil(&server, &tarball, rotten).await;
    for range in [(rotten, rotten), (rotten - 10, rotten + 10), (0, tarball.len() - 1), (rotten - 400_000, rotten)] {
        assert_refused(ask(&server, "rotten", Some(range)).await, &tarball[range.0..=range.1]).await;
    }
    assert_refused(ask(&server, "rotten", None).await, &tarball).await;
    let intact = ask(&server, "rotten", Some((0, 99))).await;
    assert_eq!(intact.status(), 206, "what is right still may be served");
    assert_eq!(intact.bytes().await.unwrap(), tarball[..100]);
    assert!(server.log().contains("stored bytes are corrupt"));
}

async fn s4_nor_are_those_of_short_files_that_memory_does_not_have(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__DOWNLOAD_CACHE", "0")]);
    let published = noisy("short", 100_000);
    server.publish_ok(&published).await;
    let tarball = published.tarball();
    assert_eq!(ask(&server, "short", None).await.bytes().await.unwrap(), tarball);
    assert_eq!(ask(&server, "short", Some((10, 20))).await.bytes().await.unwrap(), tarball[10..=20]);
    spoil(&server, &tarball, 50_000).await;
    for range in [None, Some((10, 20)), Some((50_000, 50_000)), Some((50_000, 99_999_999))] {
        assert_eq!(ask(&server, "short", range).await.status(), 500, "{range:?}");
    }
    assert!(server.log().contains("stored bytes are corrupt"));
}

async fn what_memory_has_is_served_whatever_happens_to_the_storage(shape: Shape) {
    let server = TestServer::start(shape);
    let published = noisy("kept", 100_000);
    server.publish_ok(&published).await;
    let tarball = published.tarball();
    assert_eq!(ask(&server, "kept", None).await.bytes().await.unwrap(), tarball);
    spoil(&server, &tarball, 50_000).await;
    assert_eq!(ask(&server, "kept", None).await.bytes().await.unwrap(), tarball);
    assert_eq!(ask(&server, "kept", Some((49_000, 51_000))).await.bytes().await.unwrap(), tarball[49_000..=51_000]);
}

async fn parts_of_a_long_file_are_those_of_the_whole(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__MAX_UPLOAD", "20 MiB")]);
    let published = noisy("long", 3_000_000);
    server.publish_ok(&published).await;
    let tarball = published.tarball();
    let mut random = Random(11);
    for round in 0..60 {
        let first = random.below(tarball.len());
        // From one byte to all the rest, the short ones as often as the long ones.
        let most = (tarball.len() - first).min(1 << random.below(23));
        let last = first + random.below(most);
        let answer = ask(&server, "long", Some((first, last))).await;
        assert_eq!(answer.status(), 206);
        assert_eq!(answer.headers()["content-length"], (last - first + 1).to_string().as_str());
        assert!(answer.bytes().await.unwrap() == tarball[first..=last], "bytes {first}-{last} in round {round}");
    }
}

/// What is answered from memory takes another way than what is loaded first; nobody may notice.
async fn answers_from_memory_are_those_of_the_first_time(shape: Shape) {
    let server = TestServer::start(shape);
    let tag = {
        server.publish_ok(&krate("twice")).await;
        ask(&server, "twice", None).await.headers()["etag"].to_str().unwrap().to_owned()
    };
    let index = server.get("/index/tw/ic/twice").await;
    let header = |name: &str| index.headers()[name].to_str().unwrap().to_owned();
    let (index_tag, date) = (header("etag"), header("last-modified"));
    let index_asks: [&[(&str, &str)]; 7] = [
        &[],
        &[("accept-encoding", "gzip")],
        &[("accept-encoding", "br;q=0.5, zstd")],
        &[("if-none-match", &index_tag)],
        &[("if-none-match", "\"other\"")],
        &[("if-modified-since", &date), ("accept-encoding", "gzip")],
        &[("user-agent", "")],
    ];
    let file_asks: [&[(&str, &str)]; 8] = [
        &[],
        &[("range", "bytes=5-9")],
        &[("range", "bytes=-9")],
        &[("range", "bytes=999999-")],
        &[("range", "bytes=5-9"), ("if-range", "\"other\"")],
        &[("if-none-match", &tag)],
        &[("range", "bytes=5-9"), ("if-none-match", "*")],
        &[("accept-encoding", "gzip"), ("cookie", "cargo_session=none")],
    ];
    let files = ["/crates/twice/1.0.0/download", "/crates/twice/twice-1.0.0.crate", "//crates/./twice/1.0.0/download"];
    let mut cases = vec![("/index/config.json", &[][..])];
    cases.extend(index_asks.map(|headers| ("/index/tw/ic/twice", headers)));
    cases.extend(files.into_iter().flat_map(|path| file_asks.map(|headers| (path, headers))));
    for (path, headers) in cases {
        for method in [Method::GET, Method::HEAD] {
            let send = async || {
                let mut request = server.request(method.clone(), path);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let answer = request.send().await.unwrap();
                let mut shown = answer.headers().clone();
                assert_eq!(shown.remove("x-request-id").unwrap().len(), 32);
                shown.remove("date").unwrap();
                let mut shown: Vec<String> = shown.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
                shown.sort();
                (answer.status(), shown, answer.bytes().await.unwrap())
            };
            // A change of the crate drops what is in memory of it.
            let yank = server.request(Method::DELETE, "/api/v1/crates/twice/1.0.0/yank");
            yank.header("authorization", &server.admin.token).send().await.unwrap();
            let unyank = server.request(Method::PUT, "/api/v1/crates/twice/1.0.0/unyank");
            unyank.header("authorization", &server.admin.token).send().await.unwrap();
            let first = send().await;
            assert_eq!(send().await, first, "{method} {path} {headers:?}");
            assert_eq!(send().await, first, "{method} {path} {headers:?}");
        }
    }
}

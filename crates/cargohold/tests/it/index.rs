//! The sparse index over HTTP.

use reqwest::Method;

use crate::support::{Shape, TestServer, krate, on_both_shapes};

on_both_shapes!(
    an_index_file_is_revalidated_by_tag_and_by_date,
    index_files_come_in_the_coding_the_client_lists,
    only_the_exact_lower_case_path_is_a_file,
    head_and_wrong_methods,
    a_yank_changes_one_word_of_the_file_and_its_tag,
);

async fn an_index_file_is_revalidated_by_tag_and_by_date(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("tagged")).await;
    let first = server.get("/index/ta/gg/tagged").await;
    let header = |name: &str| first.headers()[name].to_str().unwrap().to_owned();
    let (tag, date) = (header("etag"), header("last-modified"));
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag} is a strong tag");
    assert!(header("cache-control").contains("public"));
    assert!(header("vary").contains("accept-encoding"));
    let ask = async |name: &str, value: &str| {
        let request = server.request(Method::GET, "/index/ta/gg/tagged").header(name, value);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask("if-none-match", &tag).await, 304);
    assert_eq!(ask("if-none-match", &format!("W/{tag}")).await, 304);
    assert_eq!(ask("if-none-match", "\"other\"").await, 200);
    assert_eq!(ask("if-modified-since", &date).await, 304);
    server.publish_ok(&krate("tagged").version("1.1.0")).await;
    assert_eq!(ask("if-none-match", &tag).await, 200, "the tag changes with the file");
}

async fn index_files_come_in_the_coding_the_client_lists(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("coded")).await;
    let plain = server.index("coded").await.unwrap();
    for (accepted, coding) in [
        ("deflate, gzip", Some("gzip")),
        ("gzip;q=0.5, br", Some("br")),
        ("zstd, br, gzip", Some("zstd")),
        ("gzip;q=0", None),
        ("deflate", None),
        ("identity", None),
    ] {
        let request = server.request(Method::GET, "/index/co/de/coded").header("accept-encoding", accepted);
        let answer = request.send().await.unwrap();
        let given = answer.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(given.as_deref(), coding, "for {accepted}");
        let tag = answer.headers()["etag"].clone();
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(decode(coding, &bytes), plain, "for {accepted}");
        let again = server.request(Method::GET, "/index/co/de/coded").header("if-none-match", tag);
        assert_eq!(again.send().await.unwrap().status(), 304, "the tag of {accepted} is accepted back");
    }
}

fn decode(coding: Option<&str>, bytes: &[u8]) -> String {
    use std::io::Read;

    let mut text = String::new();
    match coding {
        None => return String::from_utf8(bytes.to_vec()).unwrap(),
        Some("gzip") => flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap(),
        Some("br") => brotli::Decompressor::new(bytes, 4096).read_to_string(&mut text).unwrap(),
        Some("zstd") => return String::from_utf8(zstd::decode_all(bytes).unwrap()).unwrap(),
        Some(other) => panic!("{other} was not asked for"),
    };
    text
}

async fn only_the_exact_lower_case_path_is_a_file(shape: Shape) {
    let server = TestServer::start(shape);
    for name in ["a", "bb", "Ccc", "MixedCase"] {
        server.publish_ok(&krate(name)).await;
    }
    for path in ["1/a", "2/bb", "3/c/ccc", "mi/xe/mixedcase"] {
        assert_eq!(server.get(&format!("/index/{path}")).await.status(), 200, "{path}");
    }
    for path in ["1/b", "mi/xe/MixedCase", "a", "xx/yy/mixedcase", "mi/xe/", "", "mi/xe/mixed%2Fcase", "mi/xe/no-such"]
    {
        let answer = server.get(&format!("/index/{path}")).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "nobody may remember that a crate is missing");
        assert!(answer.text().await.unwrap().contains("no such crate"));
    }
}

async fn head_and_wrong_methods(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("heady")).await;
    for path in ["/index/config.json", "/index/he/ad/heady"] {
        let get = server.get(path).await;
        let head = server.request(Method::HEAD, path).send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(head.headers()["content-length"], get.headers()["content-length"]);
        assert!(head.bytes().await.unwrap().is_empty());
        let post = server.request(Method::POST, path).send().await.unwrap();
        assert_eq!((post.status().as_u16(), post.headers()["allow"].to_str().unwrap()), (405, "GET,HEAD"));
    }
}

async fn a_yank_changes_one_word_of_the_file_and_its_tag(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("once").package("links = \"yanked\"")).await;
    let before = server.index("once").await.unwrap();
    let tag = server.get("/index/on/ce/once").await.headers()["etag"].clone();
    assert_eq!(server.yank(&server.admin, "once", "1.0.0").await.status(), 200);
    let after = server.index("once").await.unwrap();
    assert_eq!(after, before.replace("\"yanked\":false", "\"yanked\":true"));
    assert_ne!(server.get("/index/on/ce/once").await.headers()["etag"], tag);
}

//! Built-in TLS.

use std::path::Path;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::{Certificate, Client, Version};

use crate::support::{Shape, TestServer, eventually, krate};

/// Makes `cert.pem` and `key.pem` in a folder.
pub(crate) fn write_certificate(folder: &Path) -> Certificate {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    Certificate::from_pem(cert.pem().as_bytes()).unwrap()
}

pub(crate) fn client(certificate: &Certificate) -> reqwest::ClientBuilder {
    Client::builder().user_agent("cargohold-tests").tls_certs_only([certificate.clone()]).no_proxy()
}

#[tokio::test]
async fn https_offers_http2_and_takes_over_a_changed_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let first = write_certificate(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, key) = (file("cert.pem"), file("key.pem"));
    let settings = [("CARGOHOLD_SERVER__TLS__CERTIFICATE", &*certificate), ("CARGOHOLD_SERVER__TLS__KEY", &*key)];
    let server = TestServer::start_with(Shape::Small, &settings);
    assert!(server.url.starts_with("https://"));
    let address = format!("{}/index/config.json", server.url);

    let answer = client(&first).build().unwrap().get(&address).send().await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_2, 200));
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["api"], server.url.as_str());
    let old = client(&first).http1_only().tls_version_max(reqwest::tls::Version::TLS_1_2).build().unwrap();
    let put = old.put(format!("{}/api/v1/crates/new", server.url)).header("authorization", &server.admin.token);
    let answer = put.body(krate("sealed").publish_body()).send().await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_11, 200));

    let second = write_certificate(folder.path());
    let trusting_the_second = client(&second);
    let trusting_the_second = trusting_the_second.pool_max_idle_per_host(0).build().unwrap();
    eventually("the new certificate is used", async || trusting_the_second.get(&address).send().await.is_ok()).await;
    assert!(client(&first).build().unwrap().get(&address).send().await.is_err(), "the old certificate is gone");
}

#[test]
fn a_certificate_that_cannot_be_read_ends_the_start_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cargohold"));
    command.args(["serve", "--listen", "127.0.0.1:0"]).env_clear().current_dir(folder.path());
    command.env("CARGOHOLD_SERVER__TLS__CERTIFICATE", "no.pem").env("CARGOHOLD_SERVER__TLS__KEY", "no.key");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no.pem"));
    assert!(!folder.path().join("data").exists());
}

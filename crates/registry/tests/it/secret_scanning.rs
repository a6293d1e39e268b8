//! Reports that GitHub has signed (contract part 2, §13), with keys from a server that stands in for GitHub.

use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cargohold_blobs::Blobs;
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::LeakLabel;
use cargohold_providers::{GitHub, GitHubConfig};
use cargohold_registry::{
    Accounts, Call, Credentials, Error, Identity, NewToken, NewUser, Parts, Pepper, Providers, Registry, RequestId,
};
use cargohold_search::SearchIndex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::fixtures::{at, new_store, parts};

/// Answers every request with the same list of keys.
struct FakeGitHub {
    url: String,
    keys: Arc<Mutex<Value>>,
    _accepting: JoinSet<()>,
}

impl FakeGitHub {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let keys = Arc::new(Mutex::new(json!([])));
        let mut accepting = JoinSet::new();
        let told = keys.clone();
        accepting.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let body = json!({ "public_keys": *told.lock().unwrap() }).to_string();
                answer(stream, &body).await;
            }
        });
        Self { url, keys, _accepting: accepting }
    }

    /// Makes a key that GitHub lists under this name.
    fn key(&self, name: &str, is_current: bool) -> EcdsaKeyPair {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()));
        let listed = json!({ "key_identifier": name, "key": pem, "is_current": is_current });
        self.keys.lock().unwrap().as_array_mut().unwrap().push(listed);
        key
    }

    fn client(&self) -> GitHub {
        let config = GitHubConfig {
            client_id: "an-id".to_owned(),
            client_secret: "a-secret".to_owned(),
            web_url: self.url.clone(),
            api_url: self.url.clone(),
            redirect_url: "https://registry.example/return".to_owned(),
        };
        GitHub::new(config, cargohold_providers::http_client(reqwest::Client::builder().no_proxy()).unwrap())
    }
}

async fn answer(mut stream: TcpStream, body: &str) {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap() == 0 {
            return;
        }
        asked.extend(byte);
    }
    let asked = String::from_utf8(asked).unwrap();
    assert!(asked.starts_with("GET /meta/public_keys/secret_scanning "), "{asked}");
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close");
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
}

/// A registry that knows GitHub, with a token of Alice's.
struct Scanned {
    registry: Registry,
    token: String,
    _folder: TempDir,
}

impl Scanned {
    async fn new(github: Option<GitHub>) -> Self {
        let (store, folder) = new_store().await;
        let blobs = Blobs::on_disk(&folder.path().join("blobs")).unwrap();
        let search = SearchIndex::open(&folder.path().join("search")).unwrap();
        let identity = Identity::claim(&store, &blobs).await.unwrap();
        let accounts = Accounts::new(store.clone(), Pepper::random());
        let alice = NewUser { login: "alice".to_owned(), email: "a@registry.example".to_owned(), is_admin: false };
        accounts.create_user(&alice, at(0)).await.unwrap();
        let token =
            NewToken { login: alice.login, name: "ci".to_owned(), scopes: vec![], crates: vec![], expires_at: None };
        let token = accounts.create_token(&token, at(0)).await.unwrap().reveal().to_owned();
        let registry = Registry::new(Parts {
            providers: Providers { github, ..Providers::default() },
            ..parts(store, blobs, search, identity)
        });
        Self { registry, token, _folder: folder }
    }

    fn report(&self) -> Vec<u8> {
        let found = |token: &str| json!({ "token": token, "type": "t", "url": "", "source": "content" });
        json!([found("cio0"), found(&self.token)]).to_string().into_bytes()
    }
}

fn call(now: Timestamp) -> Call {
    Call {
        id: RequestId::unique(),
        now,
        credentials: Credentials::None,
        session: None,
        address: None,
        user_agent: None,
        origins: vec![],
    }
}

fn sign(key: &EcdsaKeyPair, body: &[u8]) -> String {
    STANDARD.encode(key.sign(&SystemRandom::new(), body).unwrap())
}

#[tokio::test]
async fn a_report_that_github_signed_revokes_what_leaked() {
    let github = FakeGitHub::start().await;
    let key = github.key("first", true);
    let scanned = Scanned::new(Some(github.client())).await;
    let body = scanned.report();
    for round in 0..2 {
        let (call, signature) = (call(at(round)), sign(&key, &body));
        let taken = scanned.registry.take_github_report(&call, Some("first"), Some(&signature), &body);
        let verdicts = taken.await.unwrap().0;
        let labels: Vec<_> = verdicts.iter().map(|verdict| (verdict.token_raw.as_str(), verdict.label)).collect();
        assert_eq!(labels, [("cio0", LeakLabel::FalsePositive), (&scanned.token, LeakLabel::TruePositive)]);
    }
    let asker = Call { credentials: Credentials::Token(scanned.token.clone()), ..call(at(2)) };
    let revoked = scanned.registry.revoke_current_token(&asker).await;
    assert!(matches!(revoked, Err(Error::TokenNotAccepted)), "{revoked:?}");
}

#[tokio::test]
async fn what_github_did_not_sign_is_refused_and_revokes_nothing() {
    let github = FakeGitHub::start().await;
    let (key, retired) = (github.key("first", true), github.key("retired", false));
    let scanned = Scanned::new(Some(github.client())).await;
    let body = scanned.report();
    let other_body = b"[]".to_vec();
    let (good, of_retired) = (sign(&key, &body), sign(&retired, &body));
    for (key_id, signature, body, words) in [
        (None, Some(good.as_str()), &body, "has no signature"),
        (Some("first"), None, &body, "has no signature"),
        (Some("second"), Some(&*good), &body, "does not list as current"),
        (Some("retired"), Some(&*of_retired), &body, "does not list as current"),
        (Some("first"), Some(&*of_retired), &body, "is not what was signed"),
        (Some("first"), Some(""), &body, "is not what was signed"),
        (Some("first"), Some(&*good), &other_body, "is not what was signed"),
    ] {
        let taken = scanned.registry.take_github_report(&call(at(0)), key_id, signature, body).await;
        assert!(matches!(&taken, Err(Error::Refused(why)) if why.contains(words)), "{words}: {:?}", taken.err());
    }
    let nonsense = b"{}";
    let signature = sign(&key, nonsense);
    let taken = scanned.registry.take_github_report(&call(at(0)), Some("first"), Some(&signature), nonsense).await;
    assert!(matches!(&taken, Err(Error::Refused(why)) if why.contains("is no list")), "{:?}", taken.err());
    let asker = Call { credentials: Credentials::Token(scanned.token.clone()), ..call(at(2)) };
    scanned.registry.revoke_current_token(&asker).await.unwrap();
}

#[tokio::test]
async fn without_github_there_is_nobody_to_believe() {
    let scanned = Scanned::new(None).await;
    let taken = scanned.registry.take_github_report(&call(at(0)), Some("first"), Some("AAAA"), &scanned.report()).await;
    assert!(matches!(&taken, Err(Error::NotOffered(_))), "{:?}", taken.err());

    let github = FakeGitHub::start().await;
    let client = github.client();
    drop(github);
    let scanned = Scanned::new(Some(client)).await;
    let taken = scanned.registry.take_github_report(&call(at(0)), Some("first"), Some("AAAA"), &scanned.report()).await;
    assert!(matches!(&taken, Err(Error::Refused(why)) if why.contains("cannot be verified")), "{:?}", taken.err());
}

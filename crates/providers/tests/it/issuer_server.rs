//! A loopback issuer of pipelines' JWTs: discovery document, key set, and the private keys to sign with, made anew for each
//! test. Speaks just enough HTTP/1.1 by itself, so that any test can include this file.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::{Value, json};

/// How the issuer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should.
    Good,
    /// With status 500.
    Failing,
    /// With a redirect to where the right answer is.
    Redirecting,
    /// With more bytes than anybody should read.
    Endless,
    /// With something that is no JSON.
    Garbled,
    /// With a discovery document of another issuer.
    Foreign,
    /// With a discovery document whose keys lie behind `ftp:`.
    Outlandish,
}

/// A running issuer. Its keys are its own; it stops when it is dropped.
pub(crate) struct IssuerServer {
    /// What its JWTs have in `iss`.
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    keys: Vec<SigningKey>,
    mood: Mood,
    is_held: bool,
    is_over: bool,
    fetches: usize,
}

struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    encoding: EncodingKey,
    jwk: Value,
    is_public: bool,
}

impl IssuerServer {
    /// An issuer with one RSA key, `first`.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State { keys: Vec::new(), mood: Mood::Good, is_held: false, is_over: false, fetches: 0 };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let server = Self { url: url.clone(), shared: Arc::clone(&shared) };
        server.add_key("first", Algorithm::RS256);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.state().is_over {
                    break;
                }
                let (shared, url) = (Arc::clone(&shared), url.clone());
                thread::spawn(move || shared.answer(&stream.unwrap(), &url));
            }
        });
        server
    }

    /// Makes a key, publishes it, and signs with it from now on.
    pub(crate) fn add_key(&self, kid: &str, algorithm: Algorithm) {
        let family = match algorithm {
            Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
            Algorithm::EdDSA => &PKCS_ED25519,
            _ => &PKCS_RSA_SHA256,
        };
        let pair = KeyPair::generate_for(family).unwrap();
        let pem = pair.serialize_pem();
        let encoding = match algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()),
            _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
        };
        let encoding = encoding.unwrap();
        let mut jwk = match algorithm {
            // The library wants to see the private key in a form without the public one for this.
            Algorithm::EdDSA => {
                let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key_raw());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "alg": "EdDSA" })
            }
            _ => serde_json::to_value(Jwk::from_encoding_key(&encoding, algorithm).unwrap()).unwrap(),
        };
        jwk["kid"] = json!(kid);
        jwk["use"] = json!("sig");
        let key = SigningKey { kid: kid.to_owned(), algorithm, encoding, jwk, is_public: true };
        self.shared.state().keys.push(key);
    }

    /// Takes a key from the published ones. It can still be signed with, as by a thief.
    pub(crate) fn withdraw_key(&self, kid: &str) {
        self.change_key(kid, |key| key.is_public = false);
    }

    /// Changes what is published about a key.
    pub(crate) fn describe_key(&self, kid: &str, member: &str, value: Value) {
        self.change_key(kid, |key| key.jwk[member] = value);
    }

    fn change_key(&self, kid: &str, change: impl FnOnce(&mut SigningKey)) {
        change(self.shared.state().keys.iter_mut().find(|key| key.kid == kid).unwrap());
    }

    /// What is published about a key.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        self.shared.state().keys.iter().find(|key| key.kid == kid).unwrap().jwk.clone()
    }

    /// Answers differently from now on.
    pub(crate) fn set_mood(&self, mood: Mood) {
        self.shared.state().mood = mood;
    }

    /// Answers nobody until [`IssuerServer::release`].
    pub(crate) fn hold(&self) {
        self.shared.state().is_held = true;
    }

    /// Answers whoever waits.
    pub(crate) fn release(&self) {
        self.shared.state().is_held = false;
        self.shared.changed.notify_all();
    }

    /// How often somebody has asked for the discovery document.
    pub(crate) fn fetches(&self) -> usize {
        self.shared.state().fetches
    }

    /// Waits until somebody has asked for the discovery document so many times.
    pub(crate) fn wait_for_fetches(&self, fetches: usize) {
        let state = self.shared.state();
        drop(self.shared.changed.wait_while(state, |state| state.fetches < fetches).unwrap());
    }

    /// A JWT signed with the newest key.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let newest = self.shared.state().keys.last().unwrap().kid.clone();
        self.sign_with(&newest, claims)
    }

    /// A JWT signed with a certain key.
    pub(crate) fn sign_with(&self, kid: &str, claims: &Value) -> String {
        let algorithm = self.shared.state().keys.iter().find(|key| key.kid == kid).unwrap().algorithm;
        self.sign_under(&Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) }, kid, claims)
    }

    /// A JWT with a header of one's own choice.
    pub(crate) fn sign_under(&self, header: &Header, kid: &str, claims: &Value) -> String {
        let state = self.shared.state();
        let key = state.keys.iter().find(|key| key.kid == kid).unwrap();
        jsonwebtoken::encode(header, claims, &key.encoding).unwrap()
    }
}

impl Drop for IssuerServer {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.release();
        // Wakes the listener, so that it sees that it is over.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn answer(&self, mut stream: &TcpStream, url: &str) {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let Some(request) = lines.next() else { return };
        lines.find(String::is_empty);
        let path = request.split(' ').nth(1).unwrap();
        let mut state = self.state();
        if path.starts_with("/.well-known/") {
            state.fetches += 1;
            self.changed.notify_all();
        }
        let state = self.changed.wait_while(state, |state| state.is_held && !state.is_over).unwrap();
        let (status, document) = state.document(path, url);
        drop(state);
        let head = format!(
            "HTTP/1.1 {status}\r\nlocation: {path}/moved\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            document.len()
        );
        // Whoever asked may have hung up.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(document.as_bytes()));
    }
}

impl State {
    fn document(&self, path: &str, url: &str) -> (&'static str, String) {
        let issuer = if self.mood == Mood::Foreign { "https://elsewhere.example" } else { url };
        let jwks_uri =
            if self.mood == Mood::Outlandish { "ftp://127.0.0.1/keys".to_owned() } else { format!("{url}/keys") };
        let public = self.keys.iter().filter(|key| key.is_public).map(|key| &key.jwk);
        let document = match path.trim_end_matches("/moved") {
            "/.well-known/openid-configuration" => json!({ "issuer": issuer, "jwks_uri": jwks_uri }),
            "/keys" => json!({ "keys": public.collect::<Vec<_>>() }),
            _ => return ("404 Not Found", String::new()),
        };
        match self.mood {
            Mood::Failing => ("500 Internal Server Error", String::new()),
            Mood::Redirecting if !path.ends_with("/moved") => ("302 Found", String::new()),
            Mood::Endless => ("200 OK", format!("{}{document}", " ".repeat(1024 * 1024))),
            Mood::Garbled => ("200 OK", "<html>".to_owned()),
            _ => ("200 OK", document.to_string()),
        }
    }
}

/// The claims of a run of `octo-org/tide`'s `release.yml`, issued at `now` (in seconds) for ten minutes.
pub(crate) fn github_claims(issuer: &str, audience: &str, now: u64, jti: &str) -> Value {
    json!({
        "iss": issuer, "aud": audience, "iat": now, "nbf": now, "exp": now + 600, "jti": jti,
        "sub": "repo:octo-org/tide:environment:release",
        "event_name": "release",
        "repository": "octo-org/tide",
        "repository_owner": "octo-org",
        "repository_owner_id": "4321",
        "repository_id": "98765",
        "workflow_ref": "octo-org/tide/.github/workflows/release.yml@refs/tags/v1.0.0",
        "ref": "refs/tags/v1.0.0",
        "environment": "release",
        "run_id": "1122334455",
        "sha": "0123456789abcdef0123456789abcdef01234567",
    })
}

/// The claims of a job of `sea/shore/tide`'s `.gitlab-ci.yml`, issued at `now` (in seconds) for ten minutes.
pub(crate) fn gitlab_claims(issuer: &str, audience: &str, now: u64, jti: &str) -> Value {
    json!({
        "iss": issuer, "aud": audience, "iat": now, "nbf": now - 5, "exp": now + 600, "jti": jti,
        "sub": "project_path:sea/shore/tide:ref_type:tag:ref:v1.0.0",
        "project_path": "sea/shore/tide",
        "project_id": "77",
        "namespace_path": "sea/shore",
        "namespace_id": "5150",
        "ci_config_ref_uri": "gitlab.example/sea/shore/tide//.gitlab-ci.yml@refs/tags/v1.0.0",
        "environment": "release",
        "pipeline_source": "push",
        "job_id": "302",
        "sha": "0123456789abcdef0123456789abcdef01234567",
    })
}

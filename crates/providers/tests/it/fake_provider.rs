//! An `OpenID` Connect provider that can lie: what a well-behaved one never sends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cargohold_providers::{Flow, Oidc, OidcConfig, Person, ProviderError, http_client};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::KeyPair;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use crate::loopback::{self, Loopback, Reply};

pub(crate) const CLIENT_ID: &str = "cargohold";
pub(crate) const CLIENT_SECRET: &str = "canary-client-secret";
pub(crate) const CODE: &str = "canary-code";
pub(crate) const ACCESS_TOKEN: &str = "canary-access-token";

/// When these tests take place, in seconds since the epoch.
pub(crate) const NOON: u64 = 1_800_000_000;

pub(crate) fn noon() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOON)
}

pub(crate) fn in_seconds(seconds: u64) -> SystemTime {
    noon() + Duration::from_secs(seconds)
}

/// A sign-in with the verifier of RFC 7636, appendix B.
pub(crate) fn flow() -> Flow {
    Flow {
        state: "canary-state".to_owned(),
        nonce: "canary-nonce".to_owned(),
        pkce_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
    }
}

/// What signs id tokens.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: String,
    pub(crate) public_pem: String,
    key: EncodingKey,
}

impl Signer {
    pub(crate) fn new(kid: &str, algorithm: Algorithm) -> Self {
        let kind = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => &rcgen::PKCS_RSA_SHA256,
            Algorithm::ES256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            other => panic!("no key is made for {other:?}"),
        };
        let pair = KeyPair::generate_for(kind).unwrap();
        let pem = pair.serialize_pem();
        let key = match algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
            _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
        };
        Self { algorithm, kid: kid.to_owned(), public_pem: pair.public_key_pem(), key: key.unwrap() }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(claims, "JWT")
    }

    pub(crate) fn sign_as(&self, claims: &Value, typ: &str) -> String {
        let header = Header { kid: Some(self.kid.clone()), typ: Some(typ.to_owned()), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    fn jwk(&self) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk
    }
}

/// A token that says it is signed with an algorithm and carries this as its signature.
pub(crate) fn raw_token(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!("{}.{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()), part(signature))
}

type Mint = Box<dyn Fn(&Value) -> String + Send>;

/// What the provider knows and does; tests change it.
pub(crate) struct State {
    /// Signs id tokens; its key is published.
    pub(crate) signer: Signer,
    /// Put over the usual claims of an id token; `<none>` takes one away.
    pub(crate) claims: Value,
    /// Makes the id token instead of the signer.
    pub(crate) mint: Option<Mint>,
    pub(crate) user_info: Value,
    /// Put over the usual discovery document.
    pub(crate) discovery: Value,
    /// Whether it answers everything with a 503.
    pub(crate) is_down: bool,
    /// What it answers at a path, whatever the question.
    pub(crate) replies: BTreeMap<&'static str, (StatusCode, String)>,
    pub(crate) hits: BTreeMap<String, usize>,
    issuer: String,
    /// The query of the authorize address the browser was sent to; the code is good once.
    granted: Option<BTreeMap<String, String>>,
}

pub(crate) struct FakeProvider {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    _loopback: Loopback,
}

impl FakeProvider {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            signer: Signer::new("first", Algorithm::ES256),
            claims: json!({}),
            mint: None,
            user_info: json!({"sub": "4711"}),
            discovery: json!({}),
            is_down: false,
            replies: BTreeMap::new(),
            hits: BTreeMap::new(),
            issuer: String::new(),
            granted: None,
        }));
        let shared = Arc::clone(&state);
        let loopback = loopback::start(move |request| shared.lock().unwrap().answer(&request)).await;
        state.lock().unwrap().issuer.clone_from(&loopback.url);
        Self { url: loopback.url.clone(), state, _loopback: loopback }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn hits(&self, path: &str) -> usize {
        self.state().hits.get(path).copied().unwrap_or_default()
    }

    pub(crate) fn config(&self) -> OidcConfig {
        OidcConfig {
            name: "login".to_owned(),
            issuer: self.url.clone(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: Some(CLIENT_SECRET.to_owned()),
            scopes: vec!["openid".to_owned(), "profile".to_owned(), "email".to_owned()],
            login_claim: "preferred_username".to_owned(),
            groups_claim: None,
            redirect_url: "https://registry.example/callback".to_owned(),
        }
    }

    pub(crate) fn oidc(&self) -> Oidc {
        oidc(self.config())
    }

    /// Signs somebody in as a browser that came from `authorize_url` would.
    pub(crate) fn grant(&self, authorize_url: &Url) {
        self.state().granted = Some(authorize_url.query_pairs().into_owned().collect());
    }

    /// A whole sign-in.
    pub(crate) async fn sign_in(&self, oidc: &Oidc, now: SystemTime) -> Result<Person, ProviderError> {
        self.grant(&oidc.authorize_url(&flow(), now).await?);
        oidc.exchange(CODE, &flow(), now).await
    }
}

pub(crate) fn oidc(config: OidcConfig) -> Oidc {
    Oidc::new(config, http_client(reqwest::Client::builder().no_proxy()).unwrap())
}

impl State {
    fn answer(&mut self, request: &Request<Bytes>) -> Reply {
        let path = request.uri().path();
        *self.hits.entry(path.to_owned()).or_default() += 1;
        if self.is_down {
            return loopback::json(StatusCode::SERVICE_UNAVAILABLE, &json!({"error": "temporarily_unavailable"}));
        }
        if let Some((status, body)) = self.replies.get(path) {
            let mut reply = loopback::reply(*status, "application/json", body.clone());
            if status.is_redirection() {
                reply.headers_mut().insert("location", body.parse().unwrap());
            }
            return reply;
        }
        match path {
            "/.well-known/openid-configuration" => loopback::json(StatusCode::OK, &self.discovery_document()),
            "/jwks" => loopback::json(StatusCode::OK, &json!({"keys": [self.signer.jwk()]})),
            "/token" => self.exchange(request),
            "/userinfo" => loopback::json(StatusCode::OK, &self.user_info),
            _ => loopback::json(StatusCode::NOT_FOUND, &json!({})),
        }
    }

    fn discovery_document(&self) -> Value {
        let issuer = &self.issuer;
        let usual = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none", "XX256"],
        });
        put_over(usual, &self.discovery)
    }

    fn exchange(&mut self, request: &Request<Bytes>) -> Reply {
        let form: BTreeMap<String, String> = form_urlencoded::parse(request.body()).into_owned().collect();
        let refuse = |error: &str| {
            let echo = format!("{} is not good", form["code"]);
            loopback::json(StatusCode::BAD_REQUEST, &json!({"error": error, "error_description": echo}))
        };
        let basic = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
        let by_header = request.headers().get("authorization").is_some_and(|sent| *sent == format!("Basic {basic}"));
        let by_form = form.get("client_id").is_some_and(|id| id == CLIENT_ID);
        let is_known = match self.discovery["token_endpoint_auth_methods_supported"][0].as_str() {
            Some("none") => by_form && !form.contains_key("client_secret"),
            Some("client_secret_post") => {
                by_form && form.get("client_secret").is_some_and(|sent| sent == CLIENT_SECRET)
            }
            _ => by_header,
        };
        if !is_known {
            return refuse("invalid_client");
        }
        let Some(granted) = self.granted.take().filter(|_| form["code"] == CODE) else {
            return refuse("invalid_grant");
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
        let is_same_flow = granted["code_challenge"] == challenge && granted["redirect_uri"] == form["redirect_uri"];
        if granted["code_challenge_method"] != "S256" || !is_same_flow {
            return refuse("invalid_grant");
        }
        let claims = self.id_token_claims(&granted["nonce"]);
        let id_token = self.mint.as_ref().map_or_else(|| self.signer.sign(&claims), |mint| mint(&claims));
        let answer = json!({"access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": id_token});
        loopback::json(StatusCode::OK, &answer)
    }

    fn id_token_claims(&self, nonce: &str) -> Value {
        let usual = json!({
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "4711", "nonce": nonce, "iat": NOON, "exp": NOON + 3600,
            "preferred_username": "alice",
        });
        put_over(usual, &self.claims)
    }
}

fn put_over(mut usual: Value, other: &Value) -> Value {
    let fields: &mut Map<String, Value> = usual.as_object_mut().unwrap();
    for (name, value) in other.as_object().unwrap() {
        if *value == json!("<none>") {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    usual
}

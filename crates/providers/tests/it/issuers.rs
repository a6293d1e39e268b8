//! Who is believed: signatures, claims, and the keys behind them.

mod algorithms;
mod key_store;

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cargohold_providers::{Issuer, Issuers, JwtError, Kind, Proof};
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};

use crate::issuer_server::{IssuerServer, github_claims, gitlab_claims};

const NOW: u64 = 1_900_000_000;
const AUDIENCE: &str = "registry.example";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn issuers(server: &IssuerServer, kind: Kind) -> Issuers {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let issuer = Issuer { name: "loopback".to_owned(), url: server.url.clone(), kind };
    Issuers::new(AUDIENCE.to_owned(), vec![issuer], &http)
}

fn claims(server: &IssuerServer) -> Value {
    github_claims(&server.url, AUDIENCE, NOW, "jti-1")
}

fn changed(server: &IssuerServer, claim: &str, value: Value) -> String {
    let mut claims = claims(server);
    claims[claim] = value;
    server.sign(&claims)
}

fn without(server: &IssuerServer, claim: &str) -> String {
    let mut claims = claims(server);
    claims.as_object_mut().unwrap().remove(claim).unwrap();
    server.sign(&claims)
}

/// The kind of refusal, without what it carries.
fn refusal(result: &Result<Proof, JwtError>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(JwtError::TooLong) => "too long",
        Err(JwtError::Undecodable) => "undecodable",
        Err(JwtError::NotEnabled(_)) => "not enabled",
        Err(JwtError::NoKid) => "no kid",
        Err(JwtError::UnknownKey) => "unknown key",
        Err(JwtError::Unusable { .. }) => "unusable",
        Err(JwtError::KeysUnavailable { .. }) => "no keys",
    }
}

async fn judged(issuers: &Issuers, jwt: &str, now: u64) -> &'static str {
    refusal(&issuers.verify(jwt, at(now)).await)
}

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn a_good_jwt_proves_its_claims() {
    let server = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    let proof = issuers.verify(&server.sign(&claims(&server)), at(NOW)).await.unwrap();
    let Value::Object(claims) = claims(&server) else { unreachable!() };
    let expected = Proof {
        issuer: "loopback".to_owned(),
        kind: Kind::GitHub,
        jti: "jti-1".to_owned(),
        expires_at: at(NOW + 600),
        claims,
    };
    assert_eq!(proof, expected);
    let jwt = server.sign(&gitlab_claims(&server.url, AUDIENCE, NOW, "jti-2"));
    assert_eq!(issuers.verify(&jwt, at(NOW)).await.unwrap().jti, "jti-2");
    assert_eq!(server.fetches(), 1, "keys are kept");
}

#[tokio::test]
async fn what_is_no_jwt_is_refused_without_asking_anybody() {
    let server = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    let good = server.sign(&claims(&server));
    let parts: Vec<&str> = good.split('.').collect();
    let header = |header: Value| format!("{}.{}.{}", encoded(&header), parts[1], parts[2]);
    let numeric_issuer = encoded(&json!({ "iss": 1 }));
    let undecodable = [
        String::new(),
        "..".to_owned(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{good}.{}", parts[2]),
        format!("!{good}"),
        header(json!({ "alg": "none", "kid": "first" })),
        header(json!({ "alg": "rs256", "kid": "first" })),
        header(json!({ "kid": "first" })),
        header(json!({ "alg": "RS256", "kid": 1 })),
        format!("{}.{numeric_issuer}.{}", parts[0], parts[2]),
        format!("{}.{}.{}", parts[0], encoded(&json!([])), parts[2]),
        without(&server, "iss"),
    ];
    for jwt in undecodable {
        assert_eq!(judged(&issuers, &jwt, NOW).await, "undecodable", "{jwt}");
    }
    let longest = format!("{good}{}", "A".repeat(16 * 1024 - good.len()));
    assert_ne!(judged(&issuers, &longest, NOW).await, "too long");
    assert_eq!(judged(&issuers, &format!("{longest}A"), NOW).await, "too long");
}

#[tokio::test]
async fn a_foreign_issuer_is_not_asked() {
    let server = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    for iss in [format!("{}/", server.url), server.url.to_uppercase(), "https://login.example".to_owned()] {
        assert_eq!(judged(&issuers, &changed(&server, "iss", json!(iss)), NOW).await, "not enabled", "{iss}");
    }
    let huge = "é".repeat(4000);
    let Err(JwtError::NotEnabled(shown)) = issuers.verify(&changed(&server, "iss", json!(huge)), at(NOW)).await else {
        panic!("accepted")
    };
    assert_eq!(shown.chars().count(), 200);
    assert_eq!(server.fetches(), 0);
}

#[tokio::test]
async fn a_jwt_must_name_its_key() {
    let server = IssuerServer::start();
    let jwt = server.sign_under(&Header::new(Algorithm::RS256), "first", &claims(&server));
    assert_eq!(judged(&issuers(&server, Kind::GitHub), &jwt, NOW).await, "no kid");
    assert_eq!(server.fetches(), 0);
}

#[tokio::test]
async fn s30_every_claim_is_required_and_must_be_right() {
    let server = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    for claim in ["exp", "aud", "iat", "jti"] {
        assert_eq!(judged(&issuers, &without(&server, claim), NOW).await, "unusable", "without {claim}");
        assert_eq!(judged(&issuers, &changed(&server, claim, Value::Null), NOW).await, "unusable", "{claim}: null");
    }
    let wrong = [
        ("aud", json!("registry.example.")),
        ("aud", json!("Registry.example")),
        ("aud", json!("login.example")),
        ("aud", json!([AUDIENCE])),
        ("aud", json!([])),
        ("exp", json!("1900000600")),
        ("exp", json!(-1)),
        ("exp", json!(1e30)),
        ("exp", json!(u64::MAX)),
        ("iat", json!("now")),
        ("nbf", json!("now")),
        ("nbf", Value::Null),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("jti", json!("a\u{0}b")),
        ("jti", json!("x".repeat(513))),
    ];
    for (claim, value) in wrong {
        assert_eq!(
            judged(&issuers, &changed(&server, claim, value.clone()), NOW).await,
            "unusable",
            "{claim}: {value}"
        );
    }
    for (claim, value) in [("exp", json!(1_900_000_600.5)), ("jti", json!("x".repeat(512)))] {
        assert_eq!(
            judged(&issuers, &changed(&server, claim, value.clone()), NOW).await,
            "accepted",
            "{claim}: {value}"
        );
    }
    assert_eq!(judged(&issuers, &without(&server, "nbf"), NOW).await, "accepted");
}

#[tokio::test]
async fn clocks_may_be_a_minute_apart_and_not_a_second_more() {
    let server = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    let cases = [
        ("exp", NOW - 59, "accepted"),
        ("exp", NOW - 60, "unusable"),
        ("iat", NOW + 60, "accepted"),
        ("iat", NOW + 61, "unusable"),
        ("nbf", NOW + 60, "accepted"),
        ("nbf", NOW + 61, "unusable"),
    ];
    for (claim, value, expected) in cases {
        assert_eq!(judged(&issuers, &changed(&server, claim, json!(value)), NOW).await, expected, "{claim} {value}");
    }
    let jwt = server.sign(&claims(&server));
    assert_eq!(judged(&issuers, &jwt, NOW + 659).await, "accepted");
    assert_eq!(judged(&issuers, &jwt, NOW + 660).await, "unusable");
    assert_eq!(judged(&issuers, &jwt, NOW - 60).await, "accepted");
    assert_eq!(judged(&issuers, &jwt, NOW - 61).await, "unusable");
}

//! Which key may be used with which algorithm, and who has signed.

use cargohold_providers::Kind;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{NOW, claims, encoded, issuers, judged};
use crate::issuer_server::IssuerServer;

#[tokio::test]
async fn s30_algorithms_an_issuer_does_not_use_are_refused_before_its_keys_are_looked_up() {
    let server = IssuerServer::start();
    let (github, other) = (issuers(&server, Kind::GitHub), issuers(&server, Kind::Other));
    let public_key = server.jwk("first")["n"].as_str().unwrap().to_owned();
    let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
    let jwt =
        jsonwebtoken::encode(&header, &claims(&server), &EncodingKey::from_secret(public_key.as_bytes())).unwrap();
    assert_eq!(judged(&github, &jwt, NOW).await, "unusable");
    assert_eq!(judged(&other, &jwt, NOW).await, "unusable");
    let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::RS512) };
    assert_eq!(judged(&github, &server.sign_under(&header, "first", &claims(&server)), NOW).await, "unusable");
    server.add_key("curve", Algorithm::ES256);
    assert_eq!(judged(&github, &server.sign(&claims(&server)), NOW).await, "unusable");
    assert_eq!(server.fetches(), 0);
}

#[tokio::test]
async fn s30_a_key_is_good_for_one_algorithm() {
    let server = IssuerServer::start();
    server.add_key("curve", Algorithm::ES256);
    server.add_key("edwards", Algorithm::EdDSA);
    server.add_key("sha-512", Algorithm::RS512);
    let other = issuers(&server, Kind::Other);
    for kid in ["first", "curve", "edwards", "sha-512"] {
        assert_eq!(judged(&other, &server.sign_with(kid, &claims(&server)), NOW).await, "accepted", "{kid}");
    }
    let crossings = [
        (Algorithm::RS512, "first", "first"),
        (Algorithm::PS256, "first", "first"),
        (Algorithm::RS256, "sha-512", "sha-512"),
        (Algorithm::ES256, "curve", "first"),
        (Algorithm::RS256, "first", "curve"),
        (Algorithm::EdDSA, "edwards", "curve"),
        (Algorithm::RS512, "sha-512", "first"),
    ];
    for (algorithm, signs, named) in crossings {
        let header = Header { kid: Some(named.to_owned()), ..Header::new(algorithm) };
        let jwt = server.sign_under(&header, signs, &claims(&server));
        assert_eq!(judged(&other, &jwt, NOW).await, "unusable", "{algorithm:?} with {signs} as {named}");
    }
}

#[tokio::test]
async fn keys_for_anything_but_signatures_are_passed_over() {
    let server = IssuerServer::start();
    server.add_key("changed", Algorithm::RS256);
    let usual = server.jwk("changed");
    let header = Header { kid: Some("changed".to_owned()), ..Header::new(Algorithm::RS256) };
    let jwt = server.sign_under(&header, "changed", &claims(&server));
    let descriptions = [
        ("use", json!("enc")),
        ("key_ops", json!(["encrypt"])),
        ("alg", json!("RSA-OAEP")),
        ("alg", json!("ES256")),
        ("alg", json!("HS256")),
        ("alg", json!("RS384")),
        ("kty", json!("LMS")),
        ("kid", Value::Null),
    ];
    for (member, value) in descriptions {
        server.describe_key("changed", member, value.clone());
        let github = issuers(&server, Kind::GitHub);
        assert_eq!(judged(&github, &jwt, NOW).await, "unknown key", "{member} {value}");
        assert_eq!(judged(&github, &server.sign_with("first", &claims(&server)), NOW).await, "accepted", "{member}");
        server.describe_key("changed", member, usual[member].clone());
    }
    for (member, value) in [("alg", Value::Null), ("use", Value::Null), ("key_ops", json!(["verify"]))] {
        server.describe_key("changed", member, value.clone());
        assert_eq!(judged(&issuers(&server, Kind::GitHub), &jwt, NOW).await, "accepted", "{member} {value}");
    }
    for (member, value) in [("kty", json!("oct")), ("k", json!("c2VjcmV0")), ("alg", json!("HS256"))] {
        server.describe_key("changed", member, value);
    }
    assert_eq!(judged(&issuers(&server, Kind::Other), &jwt, NOW).await, "unknown key", "a shared secret");
}

#[tokio::test]
async fn a_forged_or_extended_jwt_is_unusable() {
    let server = IssuerServer::start();
    let thief = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    assert_eq!(judged(&issuers, &thief.sign(&claims(&server)), NOW).await, "unusable", "signed by somebody else");
    let good = server.sign(&claims(&server));
    let parts: Vec<&str> = good.split('.').collect();
    let mut greedy = claims(&server);
    greedy["repository"] = json!("octo-org/other");
    assert_eq!(judged(&issuers, &format!("{}.{}.{}", parts[0], encoded(&greedy), parts[2]), NOW).await, "unusable");
    assert_eq!(judged(&issuers, &format!("{}.{}.", parts[0], parts[1]), NOW).await, "unusable");
    let header =
        Header { kid: Some("first".to_owned()), crit: Some(vec!["b64".to_owned()]), ..Header::new(Algorithm::RS256) };
    assert_eq!(judged(&issuers, &server.sign_under(&header, "first", &claims(&server)), NOW).await, "unusable");
    assert_eq!(judged(&issuers, &good, NOW).await, "accepted");
}

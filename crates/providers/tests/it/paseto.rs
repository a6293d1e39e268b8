//! Asymmetric tokens: those of a real cargo, and those no cargo would send.

mod fake_registry;

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cargohold_providers::paseto::{self, Asymmetric, Footer, KeyError, Mutation, PasetoError, PublicKey};
use pasetors::keys::{AsymmetricKeyPair, Generate};
use pasetors::paserk::FormatAsPaserk;
use pasetors::version3::{PublicToken, V3};
use proptest::prelude::*;
use serde_json::{Value, json};

use fake_registry::FakeRegistry;

const URL: &str = "sparse+https://registry.example/index/";

type Pair = AsymmetricKeyPair<V3>;

fn pair() -> (Pair, PublicKey) {
    let pair = Pair::generate().unwrap();
    let mut text = String::new();
    FormatAsPaserk::fmt(&pair.public, &mut text).unwrap();
    (pair, text.parse().unwrap())
}

fn sign(pair: &Pair, payload: &Value, footer: &Value) -> String {
    sign_bytes(pair, payload.to_string().as_bytes(), footer.to_string().as_bytes())
}

fn sign_bytes(pair: &Pair, payload: &[u8], footer: &[u8]) -> String {
    PublicToken::sign(&pair.secret, payload, Some(footer), None).unwrap()
}

fn footer_of(key: &PublicKey) -> Value {
    json!({ "url": URL, "kip": key.id() })
}

fn payload() -> Value {
    json!({
        "iat": "2030-01-31T12:00:00.25Z", "sub": "laptop", "mutation": "publish", "name": "tide", "vers": "1.0.0",
        "cksum": "abc", "challenge": "why", "v": 1, "other": [1, 2],
    })
}

#[test]
fn a_real_cargo_is_understood() {
    let registry = FakeRegistry::start();
    let login = registry.cargo(&["login", "--registry", "alt", "--", "--key-subject", "laptop"]);
    let printed = login.lines().find(|line| line.starts_with("k3.public.")).expect("cargo prints the public key");
    let key: PublicKey = printed.parse().unwrap();
    registry.cargo(&["publish", "--registry", "alt", "--no-verify", "--allow-dirty"]);
    registry.cargo(&["yank", "--registry", "alt", "--version", "1.0.0", "tide"]);
    registry.cargo(&["yank", "--undo", "--registry", "alt", "--version", "1.0.0", "tide"]);
    registry.cargo(&["owner", "--add", "bob", "--registry", "alt", "tide"]);

    let (_, stranger) = pair();
    let calls = registry.calls();
    let mut seen = Vec::new();
    for (call, token) in calls {
        let expected = Footer { url: registry.index(), kip: key.id() };
        assert_eq!(paseto::footer(&token).unwrap(), expected, "{call}");
        assert!(matches!(paseto::verify(&token, &stranger), Err(PasetoError::Signature)), "{call}");
        let signed = paseto::verify(&token, &key).unwrap();
        assert_eq!(signed.sub.as_deref(), Some("laptop"), "{call}");
        assert!(signed.iat >= registry.started_at(), "{call}");
        let Some(mutation) = signed.mutation else {
            assert_eq!((signed.name, signed.vers, signed.cksum), (None, None, None), "{call}");
            assert!(call.starts_with("GET /index/"), "{call}");
            continue;
        };
        assert_eq!(signed.name.as_deref(), Some("tide"), "{call}");
        seen.push((call, mutation, signed.vers, signed.cksum));
    }
    let vers = Some("1.0.0".to_owned());
    let expected = [
        ("PUT /api/v1/crates/new".to_owned(), Mutation::Publish, vers.clone(), registry.cksum()),
        ("DELETE /api/v1/crates/tide/1.0.0/yank".to_owned(), Mutation::Yank, vers.clone(), None),
        ("PUT /api/v1/crates/tide/1.0.0/unyank".to_owned(), Mutation::Unyank, vers, None),
        ("PUT /api/v1/crates/tide/owners".to_owned(), Mutation::Owners, None, None),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_key_has_the_id_that_paserk_gives_it() {
    let text = "k3.public.A5RiqpxSa4f63qJ49dbD9iQ0k9Z1a8qwwkt82DCY6b1tiYZ_yFAkiggLurw4oTsgyA";
    let key: PublicKey = text.parse().unwrap();
    assert_eq!(key.to_string(), text);
    // SHA-384 of `k3.pid.` and the text, its first 33 bytes, computed with another implementation.
    assert_eq!(key.id(), "k3.pid.u953kw06RebQn16V9LYRFl4vBDbNOyNHjdtmK01ygTqq");
}

#[test]
fn what_is_no_public_key_is_refused() {
    let (pair, key) = pair();
    let good = key.to_string();
    let mut secret = String::new();
    FormatAsPaserk::fmt(&pair.secret, &mut secret).unwrap();
    assert_eq!(secret.parse::<PublicKey>(), Err(KeyError::Secret));
    assert!(!KeyError::Secret.to_string().contains(&secret));
    let bytes = |first: u8, rest: [u8; 48]| {
        let point: Vec<u8> = std::iter::once(first).chain(rest).collect();
        format!("k3.public.{}", BASE64_URL_SAFE_NO_PAD.encode(point))
    };
    let wrong = [
        String::new(),
        "k3.public.".to_owned(),
        good.replace("k3.", "k4."),
        good.replace("public", "pid"),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}.x"),
        good[..good.len() - 4].to_owned(),
        bytes(2, [0xff; 48]), // beyond the field
        bytes(4, [1; 48]),
        bytes(0, [0; 48]),
    ];
    for text in wrong {
        assert_eq!(text.parse::<PublicKey>(), Err(KeyError::Unreadable), "{text}");
    }
}

#[test]
fn a_token_says_what_its_owner_has_signed() {
    let (pair, key) = pair();
    let signed = paseto::verify(&sign(&pair, &payload(), &footer_of(&key)), &key).unwrap();
    let expected = Asymmetric {
        iat: SystemTime::UNIX_EPOCH + Duration::from_millis(1_896_091_200_250),
        sub: Some("laptop".to_owned()),
        mutation: Some(Mutation::Publish),
        name: Some("tide".to_owned()),
        vers: Some("1.0.0".to_owned()),
        cksum: Some("abc".to_owned()),
        challenge: Some("why".to_owned()),
    };
    assert_eq!(signed, expected);
    let signed =
        paseto::verify(&sign(&pair, &json!({ "iat": "2030-01-31T14:00:00.25+02:00" }), &footer_of(&key)), &key);
    let empty = Asymmetric {
        iat: expected.iat,
        sub: None,
        mutation: None,
        name: None,
        vers: None,
        cksum: None,
        challenge: None,
    };
    assert_eq!(signed.unwrap(), empty);
}

#[test]
fn a_token_changed_on_its_way_is_refused() {
    let (pair, key) = pair();
    let token = sign(&pair, &payload(), &footer_of(&key));
    let parts: Vec<&str> = token.split('.').collect();
    for part in [2, 3] {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(parts[part]).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let changed = BASE64_URL_SAFE_NO_PAD.encode(changed);
            let mut parts = parts.clone();
            parts[part] = &changed;
            assert!(paseto::verify(&parts.join("."), &key).is_err(), "part {part}, byte {place}");
        }
    }
    let elsewhere = json!({ "url": "sparse+https://login.example/", "kip": key.id() });
    let swapped = format!("{}.{}", parts[..3].join("."), BASE64_URL_SAFE_NO_PAD.encode(elsewhere.to_string()));
    assert!(matches!(paseto::verify(&swapped, &key), Err(PasetoError::Signature)));
}

#[test]
fn a_token_is_judged_with_the_key_it_names() {
    let (mine, my_key) = pair();
    let (_, other_key) = pair();
    let token = sign(&mine, &payload(), &footer_of(&other_key));
    assert!(matches!(paseto::verify(&token, &my_key), Err(PasetoError::Signature)), "names another key");
    assert!(matches!(paseto::verify(&token, &other_key), Err(PasetoError::Signature)), "signed with another key");
}

#[test]
fn what_is_no_token_of_cargos_is_refused() {
    let (pair, key) = pair();
    let good = sign(&pair, &payload(), &footer_of(&key));
    let foreign_footer = |footer: &[u8]| sign_bytes(&pair, payload().to_string().as_bytes(), footer);
    let wrong = [
        String::new(),
        "v3.public.".to_owned(),
        "v3.public..".to_owned(),
        good.replace("v3.public", "v4.public"),
        good.replace("v3.public", "v3.local"),
        format!("Bearer {good}"),
        format!("{good}.x"),
        format!("{good}="),
        good.rsplit_once('.').unwrap().0.to_owned(),
        foreign_footer(b"key 7"),
        foreign_footer(br#"{"url":"sparse+https://registry.example/index/"}"#),
        foreign_footer(br#"{"kip":1,"url":""}"#),
        sign_bytes(&pair, &vec![b' '; 8 * 1024], footer_of(&key).to_string().as_bytes()),
    ];
    for token in wrong {
        assert!(matches!(paseto::footer(&token), Err(PasetoError::Format)), "{token}");
        assert!(matches!(paseto::verify(&token, &key), Err(PasetoError::Format)), "{token}");
    }
}

#[test]
fn rightly_signed_nonsense_is_refused() {
    let (pair, key) = pair();
    let refusal = |payload: &[u8]| {
        let token = sign_bytes(&pair, payload, footer_of(&key).to_string().as_bytes());
        paseto::verify(&token, &key).unwrap_err()
    };
    for (claim, value) in
        [("iat", json!(1_900_000_000)), ("iat", Value::Null), ("mutation", json!("delete")), ("name", json!(7))]
    {
        let mut payload = payload();
        payload[claim] = value;
        assert!(matches!(refusal(payload.to_string().as_bytes()), PasetoError::Claims(_)), "{payload}");
    }
    for iat in ["", "yesterday", "2030-01-31", "2030-02-31T12:00:00Z", "2030-01-31T12:00:00"] {
        let refusal = refusal(json!({ "iat": iat }).to_string().as_bytes());
        assert!(matches!(&refusal, PasetoError::Time(said) if said == iat), "{iat}: {refusal}");
    }
    for version in [0, 2, u64::MAX] {
        let refusal = refusal(json!({ "iat": "2030-01-31T12:00:00Z", "v": version }).to_string().as_bytes());
        assert!(matches!(refusal, PasetoError::Version(said) if said == version), "{version}: {refusal}");
    }
    assert!(matches!(refusal(b"[]"), PasetoError::Claims(_)));
    assert!(matches!(refusal(b"\xff"), PasetoError::Format));
}

proptest! {
    #[test]
    fn no_text_makes_anything_panic(text in ".*", middle in "[A-Za-z0-9_-]{0,200}", end in "[A-Za-z0-9_-]{0,60}") {
        let key: PublicKey =
            "k3.public.A5RiqpxSa4f63qJ49dbD9iQ0k9Z1a8qwwkt82DCY6b1tiYZ_yFAkiggLurw4oTsgyA".parse().unwrap();
        for token in [text.clone(), format!("v3.public.{text}"), format!("v3.public.{middle}.{end}")] {
            prop_assert!(paseto::footer(&token).is_err());
            prop_assert!(paseto::verify(&token, &key).is_err());
        }
        let key = format!("k3.public.{middle}").parse::<PublicKey>();
        prop_assert!(key.is_err() || middle.len() == 66);
    }
}

//! When keys are fetched, and what happens meanwhile and without them.

use std::sync::Arc;

use cargohold_providers::{Issuer, Issuers, JwtError, KeySetError, Kind};
use jsonwebtoken::{Algorithm, Header};
use serde_json::json;
use tokio::task::JoinSet;

use super::{AUDIENCE, NOW, at, changed, claims, issuers, judged};
use crate::issuer_server::{IssuerServer, Mood, github_claims};

#[tokio::test]
async fn s30_a_new_key_is_found_once_the_last_attempt_is_a_minute_old() {
    let server = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    assert_eq!(judged(&issuers, &server.sign(&claims(&server)), NOW).await, "accepted");
    server.add_key("second", Algorithm::RS256);
    let jwt = server.sign(&claims(&server));
    assert_eq!(judged(&issuers, &jwt, NOW + 59).await, "unknown key");
    assert_eq!(server.fetches(), 1);
    assert_eq!(judged(&issuers, &jwt, NOW + 60).await, "accepted");
    assert_eq!(server.fetches(), 2);
    for _ in 0..5 {
        let header = Header { kid: Some("nobody's".to_owned()), ..Header::new(Algorithm::RS256) };
        let unknown = server.sign_under(&header, "first", &claims(&server));
        assert_eq!(judged(&issuers, &unknown, NOW + 100).await, "unknown key");
    }
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_goes_within_a_day() {
    let server = IssuerServer::start();
    server.add_key("second", Algorithm::RS256);
    let issuers = issuers(&server, Kind::GitHub);
    let day = 24 * 60 * 60;
    let signed_at = |kid: &str, now: u64| server.sign_with(kid, &github_claims(&server.url, AUDIENCE, now, "jti"));
    assert_eq!(judged(&issuers, &signed_at("first", NOW), NOW).await, "accepted");
    server.withdraw_key("first");
    let later = NOW + day - 1;
    assert_eq!(judged(&issuers, &signed_at("first", later), later).await, "accepted");
    assert_eq!(server.fetches(), 1);
    let later = NOW + day;
    assert_eq!(judged(&issuers, &signed_at("first", later), later).await, "unknown key");
    assert_eq!(judged(&issuers, &signed_at("second", later), later).await, "accepted");
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn a_rotation_takes_withdrawn_keys_along() {
    let server = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    let old = server.sign(&claims(&server));
    assert_eq!(judged(&issuers, &old, NOW).await, "accepted");
    server.withdraw_key("first");
    server.add_key("second", Algorithm::RS256);
    assert_eq!(judged(&issuers, &server.sign(&claims(&server)), NOW + 60).await, "accepted");
    assert_eq!(judged(&issuers, &old, NOW + 61).await, "unknown key");
}

#[tokio::test]
async fn old_keys_serve_a_second_day_while_the_issuer_is_down_and_no_longer() {
    let server = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    let day = 24 * 60 * 60;
    let signed_at = |now: u64| server.sign(&github_claims(&server.url, AUDIENCE, now, "jti"));
    assert_eq!(judged(&issuers, &signed_at(NOW), NOW).await, "accepted");
    server.set_mood(Mood::Failing);
    for (later, fetches) in [(day, 2), (day + 59, 2), (day + 60, 3), (2 * day - 1, 4)] {
        assert_eq!(judged(&issuers, &signed_at(NOW + later), NOW + later).await, "accepted", "{later}");
        assert_eq!(server.fetches(), fetches, "{later}");
    }
    assert_eq!(judged(&issuers, &signed_at(NOW + 2 * day), NOW + 2 * day).await, "no keys");
    server.set_mood(Mood::Good);
    let later = NOW + 2 * day + 60;
    assert_eq!(judged(&issuers, &signed_at(later), later).await, "accepted");
}

#[tokio::test]
async fn a_failed_attempt_starts_the_cool_down_too() {
    let server = IssuerServer::start();
    let issuers = issuers(&server, Kind::GitHub);
    server.set_mood(Mood::Failing);
    let jwt = server.sign(&claims(&server));
    for later in [0, 1, 30, 59] {
        assert_eq!(judged(&issuers, &jwt, NOW + later).await, "no keys");
    }
    assert_eq!(server.fetches(), 1);
    server.set_mood(Mood::Good);
    assert_eq!(judged(&issuers, &jwt, NOW + 60).await, "accepted");
    assert_eq!(server.fetches(), 2);
    server.set_mood(Mood::Failing);
    server.add_key("second", Algorithm::RS256);
    let unknown = server.sign(&claims(&server));
    assert_eq!(judged(&issuers, &unknown, NOW + 120).await, "no keys", "nobody knows whether the key exists");
    assert_eq!(judged(&issuers, &jwt, NOW + 121).await, "accepted", "known keys do not suffer");
    assert_eq!(judged(&issuers, &unknown, NOW + 179).await, "no keys");
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn an_issuer_that_misbehaves_is_a_failure_of_ours_with_a_cause() {
    type Expected = fn(&KeySetError) -> bool;
    let cases: [(Mood, Expected); 6] = [
        (Mood::Failing, |error| matches!(error, KeySetError::Status { status, .. } if status.as_u16() == 500)),
        (Mood::Redirecting, |error| matches!(error, KeySetError::Redirected(_))),
        (Mood::Endless, |error| matches!(error, KeySetError::TooLarge(_))),
        (Mood::Garbled, |error| matches!(error, KeySetError::Malformed { .. })),
        (
            Mood::Foreign,
            |error| matches!(error, KeySetError::OtherIssuer(issuer) if issuer == "https://elsewhere.example"),
        ),
        (Mood::Outlandish, |error| matches!(error, KeySetError::Insecure(url) if url == "ftp://127.0.0.1/keys")),
    ];
    for (mood, is_expected) in cases {
        let server = IssuerServer::start();
        server.set_mood(mood);
        let answer = issuers(&server, Kind::GitHub).verify(&server.sign(&claims(&server)), at(NOW)).await;
        let Err(JwtError::KeysUnavailable { issuer, source }) = answer else { panic!("{mood:?}: {answer:?}") };
        assert_eq!(issuer, "loopback");
        assert!(is_expected(&source), "{mood:?}: {source:?}");
    }
}

#[tokio::test]
async fn redirects_are_refused_even_from_a_client_that_follows_them() {
    let server = IssuerServer::start();
    server.set_mood(Mood::Redirecting);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let issuer = Issuer { name: "loopback".to_owned(), url: server.url.clone(), kind: Kind::GitHub };
    let issuers = Issuers::new(AUDIENCE.to_owned(), vec![issuer], &http);
    assert_eq!(judged(&issuers, &server.sign(&claims(&server)), NOW).await, "no keys");
}

#[tokio::test]
async fn keys_are_fetched_in_the_clear_from_this_machine_only() {
    let server = IssuerServer::start();
    for url in
        ["http://login.example", "http://192.0.2.1", "http://localhost.example", "file:///etc", "login.example", ""]
    {
        let http = reqwest::Client::new();
        let issuer = Issuer { name: "plain".to_owned(), url: url.to_owned(), kind: Kind::Other };
        let issuers = Issuers::new(AUDIENCE.to_owned(), vec![issuer], &http);
        let answer = issuers.verify(&changed(&server, "iss", json!(url)), at(NOW)).await;
        let Err(JwtError::KeysUnavailable { source, .. }) = answer else { panic!("{url}: {answer:?}") };
        assert!(matches!(*source, KeySetError::Insecure(_)), "{url}: {source:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s30_a_hundred_unknown_keys_at_once_are_one_fetch() {
    let server = Arc::new(IssuerServer::start());
    let issuers = Arc::new(issuers(&server, Kind::GitHub));
    server.hold();
    let mut calls = JoinSet::new();
    for number in 0..100 {
        // Every second one is signed with a key that exists.
        let kid = if number % 2 == 0 { "first".to_owned() } else { format!("nobody's {number}") };
        let header = Header { kid: Some(kid), ..Header::new(Algorithm::RS256) };
        let jwt = server.sign_under(&header, "first", &claims(&server));
        let issuers = Arc::clone(&issuers);
        calls.spawn(async move { (number % 2, judged(&issuers, &jwt, NOW + number / 50).await) });
    }
    let waiting = Arc::clone(&server);
    tokio::task::spawn_blocking(move || waiting.wait_for_fetches(1)).await.unwrap();
    server.release();
    for (is_unknown, answer) in calls.join_all().await {
        assert_eq!(answer, if is_unknown == 1 { "unknown key" } else { "accepted" });
    }
    assert_eq!(server.fetches(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_keys_do_not_wait_for_a_fetch() {
    let server = Arc::new(IssuerServer::start());
    let issuers = Arc::new(issuers(&server, Kind::GitHub));
    let known = server.sign(&claims(&server));
    assert_eq!(judged(&issuers, &known, NOW).await, "accepted");
    server.add_key("second", Algorithm::RS256);
    server.hold();
    let mut calls = JoinSet::new();
    let (theirs, new) = (Arc::clone(&issuers), server.sign(&claims(&server)));
    calls.spawn(async move { judged(&theirs, &new, NOW + 60).await });
    let waiting = Arc::clone(&server);
    tokio::task::spawn_blocking(move || waiting.wait_for_fetches(2)).await.unwrap();
    assert_eq!(judged(&issuers, &known, NOW + 60).await, "accepted");
    server.release();
    assert_eq!(calls.join_all().await, ["accepted"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_leaves_the_keys_to_the_others() {
    let server = Arc::new(IssuerServer::start());
    let issuers = Arc::new(issuers(&server, Kind::GitHub));
    let jwt = server.sign(&claims(&server));
    server.hold();
    let mut calls = JoinSet::new();
    let (theirs, same) = (Arc::clone(&issuers), jwt.clone());
    calls.spawn(async move { judged(&theirs, &same, NOW).await });
    let waiting = Arc::clone(&server);
    tokio::task::spawn_blocking(move || waiting.wait_for_fetches(1)).await.unwrap();
    calls.shutdown().await;
    server.release();
    assert_eq!(judged(&issuers, &jwt, NOW).await, "accepted");
    assert_eq!(server.fetches(), 1);
}

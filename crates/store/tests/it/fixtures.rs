//! Rows that many tests need.

use std::collections::BTreeSet;

use cargohold_protocol::{CanonicalName, Cksum, CrateName, Day, DependencyKind, IndexLine, Timestamp, Version};
use cargohold_store::crates::DerivedValues;
use cargohold_store::dependencies::NewDependency;
use cargohold_store::owner_invitations::{self, NewInvitation};
use cargohold_store::sessions::NewSession;
use cargohold_store::teams::{self, NewTeam};
use cargohold_store::users::NewUser;
use cargohold_store::versions::{NewVersion, VersionFacts};
use cargohold_store::{Error, Tx, crates, users, versions};

/// An instant this many seconds after the tests begin.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_800_000_000 + seconds) * 1_000_000)
}

/// The day this many days after the one on which the tests begin.
pub(crate) fn day(days: i64) -> Day {
    Day::of(at(0)).before(-days)
}

pub(crate) fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(crate) fn name(text: &str) -> CrateName {
    text.parse().unwrap()
}

pub(crate) fn canonical(text: &str) -> CanonicalName {
    name(text).canonical()
}

pub(crate) fn num(text: &str) -> Version {
    text.parse().unwrap()
}

pub(crate) fn new_user(login: &str) -> NewUser<'_> {
    NewUser {
        login,
        name: None,
        email: Some("someone@example.org"),
        is_email_verified: true,
        is_admin: false,
        password_hash: Some("$argon2id$"),
        must_change_password: false,
    }
}

/// A session that is good for everything until it ends.
pub(crate) fn new_session(user_id: i64, hash: &[u8; 32], expires_at: Timestamp) -> NewSession<'_> {
    NewSession { user_id, hash, awaits_code: false, address: None, user_agent: None, expires_at }
}

pub(crate) async fn user(tx: &mut Tx, login: &str) -> i64 {
    users::insert(tx, &new_user(login), at(0)).await.unwrap().unwrap()
}

/// A session that is good for everything until it ends.
pub(crate) fn new_session(user_id: i64, hash: &[u8; 32], expires_at: Timestamp) -> NewSession<'_> {
    NewSession { user_id, hash, awaits_code: false, address: None, user_agent: None, expires_at }
}

/// The team with this login, which is managed here; it is made if it is not there.
pub(crate) async fn local_team(tx: &mut Tx, login: &str) -> i64 {
    let new = NewTeam { login, provider: "local", name: None, avatar: None };
    match teams::insert(tx, &new, at(0)).await.unwrap() {
        Some(id) => id,
        None => teams::find_by_login(tx, login).await.unwrap().unwrap().id,
    }
}

/// Invites somebody to own a crate, so many seconds before it expires.
pub(crate) async fn invite(tx: &mut Tx, crate_id: i64, invitee_id: i64, inviter_id: i64, seconds: i64) -> [u8; 32] {
    let mut hash = [0; 32];
    for (at, number) in [crate_id, invitee_id, seconds].into_iter().enumerate() {
        hash[at * 8..][..8].copy_from_slice(&number.to_be_bytes());
    }
    let new = NewInvitation { crate_id, invitee_id, inviter_id, hash: &hash, expires_at: at(seconds) };
    owner_invitations::put(tx, &new, at(0)).await.unwrap();
    hash
}

pub(crate) async fn krate(tx: &mut Tx, text: &str) -> i64 {
    crates::insert(tx, &name(text), at(0)).await.unwrap().unwrap()
}

pub(crate) fn line_of(version: &str) -> IndexLine {
    IndexLine { head: format!(r#"{{"vers":"{version}","yanked":"#), tail: r#","links":null}"#.to_owned() }
}

pub(crate) fn cksum() -> Cksum {
    Cksum::from_bytes([7; 32])
}

pub(crate) fn blob_key_of(crate_id: i64, version: &str) -> String {
    format!("crates/{crate_id}/{version}")
}

/// Adds a version under a blob key of its own; `None` if the crate has it already.
pub(crate) async fn insert_version(tx: &mut Tx, crate_id: i64, by: i64, version: &str, now: Timestamp) -> Option<i64> {
    let new = NewVersion {
        crate_id,
        num: &num(version),
        line: &line_of(version),
        blob_key: &blob_key_of(crate_id, version),
        cksum: &cksum(),
        size_bytes: 1234,
        published_by: Some(by),
        published_email: Some("someone@example.org"),
        readme_file: None,
        facts: &VersionFacts {
            features: "{}".to_owned(),
            keywords: "[]".to_owned(),
            categories: "[]".to_owned(),
            bin_names: "[]".to_owned(),
            ..VersionFacts::default()
        },
    };
    versions::insert(tx, &new, now).await.unwrap()
}

pub(crate) async fn version(tx: &mut Tx, crate_id: i64, by: i64, version: &str, now: Timestamp) -> i64 {
    insert_version(tx, crate_id, by, version, now).await.unwrap()
}

/// Makes this version the one that its crate shows.
pub(crate) async fn show(tx: &mut Tx, crate_id: i64, version_id: i64, now: Timestamp) {
    let derived = DerivedValues { num_versions: 1, default_version_id: Some(version_id), ..DerivedValues::default() };
    crates::set_derived(tx, crate_id, &derived, now).await.unwrap();
}

/// A dependency on any version of a crate.
pub(crate) fn dependency(name: &str) -> NewDependency {
    NewDependency {
        name: name.to_owned(),
        explicit_name: None,
        req: "^1".to_owned(),
        kind: DependencyKind::Normal,
        is_optional: false,
        default_features: true,
        features: vec![],
        target: None,
        registry: None,
    }
}

/// Asserts that a row could not be decoded, and that the error says which.
pub(crate) fn assert_names_row<T: std::fmt::Debug>(result: Result<T, Error>, column: &str, id: i64) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("the value of {column} in the row with id {id} cannot be read"));
}

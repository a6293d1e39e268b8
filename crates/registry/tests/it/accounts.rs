//! What administrators do with people and their tokens.

use cargohold_protocol::Timestamp;
use cargohold_registry::{Accounts, Error, NewToken, NewUser, Pepper, Scope};
use cargohold_store::tokens::{self, Token};
use cargohold_store::{Store, users};
use sha2::{Digest, Sha256};

use crate::fixtures::{at, new_store};

fn accounts_in(store: &Store) -> Accounts {
    Accounts::new(store.clone(), Pepper::random())
}

fn new_user(login: &str) -> NewUser {
    NewUser { login: login.to_owned(), email: "alice@example.org".to_owned(), is_admin: false }
}

fn new_token(login: &str) -> NewToken {
    NewToken { login: login.to_owned(), name: "ci".to_owned(), scopes: vec![], crates: vec![], expires_at: None }
}

/// The stored token of this secret: whoever stores anything but its SHA-256 finds nothing here.
async fn stored(store: &Store, secret: &str, now: Timestamp) -> Option<Token> {
    let hash: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    tokens::find_usable(&mut store.read().await.unwrap(), &hash, now).await.unwrap()
}

async fn count_users(store: &Store) -> i64 {
    let mut tx = store.read().await.unwrap();
    let (count,) = tx.query("SELECT COUNT(*) FROM users").fetch_one().await.unwrap();
    count
}

fn is_token(text: &str) -> bool {
    let random = text.strip_prefix("cio");
    random.is_some_and(|random| random.len() == 32 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn assert_refused<T: std::fmt::Debug>(result: Result<T, Error>, start: &str) {
    match result {
        Err(Error::Refused(why)) => assert!(why.starts_with(start), "{why}"),
        other => panic!("`{start}` should have been refused: {other:?}"),
    }
}

#[tokio::test]
async fn the_first_run_makes_an_administrator_and_there_is_only_one() {
    let (store, _folder) = new_store().await;
    let accounts = accounts_in(&store);
    let first = accounts.first_run(at(0)).await.unwrap().unwrap();
    assert_eq!(first.login, "admin");
    assert_eq!(first.password.len(), 20);
    let token = stored(&store, first.token.reveal(), at(1)).await.unwrap();
    assert_eq!((token.user.login.as_str(), token.user.is_admin, token.user.is_email_verified), ("admin", true, true));
    assert_eq!((token.endpoint_scopes, token.crate_scopes), (None, vec![]));
    assert!(accounts.first_run(at(1)).await.unwrap().is_none());
    assert_eq!(count_users(&store).await, 1);
}

#[tokio::test]
async fn a_registry_with_anybody_in_it_has_had_its_first_run() {
    let (store, _folder) = new_store().await;
    let accounts = accounts_in(&store);
    accounts.create_user(&new_user("alice"), at(0)).await.unwrap();
    assert!(accounts.first_run(at(1)).await.unwrap().is_none());
    assert_eq!(count_users(&store).await, 1);
}

#[tokio::test]
async fn of_processes_that_start_at_once_one_has_the_first_run() {
    let (store, _folder) = new_store().await;
    let runs = (0..4).map(|_| {
        let accounts = accounts_in(&store);
        async move { accounts.first_run(at(0)).await.unwrap() }
    });
    let runs = futures_util::future::join_all(runs).await;
    assert_eq!(runs.iter().flatten().count(), 1);
    let first = runs.iter().flatten().next().unwrap();
    assert!(stored(&store, first.token.reveal(), at(1)).await.is_some());
}

#[tokio::test]
async fn passwords_are_stored_as_argon2id_hashes_and_good_for_one_sign_in() {
    let (store, _folder) = new_store().await;
    let password = accounts_in(&store).create_user(&new_user("alice"), at(0)).await.unwrap();
    assert!(password.len() == 20 && password.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{password}");
    let mut tx = store.read().await.unwrap();
    let (hash, must_change): (String, bool) =
        tx.query("SELECT password_hash, must_change_password FROM users").fetch_one().await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=") && !hash.contains(&password), "{hash}");
    assert!(must_change);
}

#[tokio::test]
async fn two_accounts_never_share_a_password_or_a_salt() {
    let (store, _folder) = new_store().await;
    let accounts = accounts_in(&store);
    let alice = accounts.create_user(&new_user("alice"), at(0)).await.unwrap();
    let bob = accounts.create_user(&new_user("bob"), at(0)).await.unwrap();
    assert_ne!(alice, bob);
    let mut tx = store.read().await.unwrap();
    let hashes: Vec<(String,)> = tx.query("SELECT password_hash FROM users").fetch_all().await.unwrap();
    let salt = |hash: &str| hash.split('$').nth(4).map(str::to_owned);
    assert_ne!(salt(&hashes[0].0).unwrap(), salt(&hashes[1].0).unwrap());
}

#[tokio::test]
async fn a_login_can_be_taken_once_in_any_casing() {
    let (store, _folder) = new_store().await;
    let accounts = accounts_in(&store);
    accounts.create_user(&new_user("Alice"), at(0)).await.unwrap();
    for login in ["Alice", "alice"] {
        let again = accounts.create_user(&new_user(login), at(1)).await;
        assert!(matches!(&again, Err(Error::LoginTaken(taken)) if taken == login), "{again:?}");
    }
    assert_eq!(count_users(&store).await, 1);
}

#[tokio::test]
async fn logins_are_short_and_plain() {
    let (store, _folder) = new_store().await;
    let accounts = accounts_in(&store);
    let too_long = "a".repeat(40);
    for login in ["", "-a", "_a", "a b", "a.b", "ä", "a@b", "a/b", "a\0", " a", too_long.as_str()] {
        assert_refused(accounts.create_user(&new_user(login), at(0)).await, &format!("`{login}` is no login; "));
    }
    let longest = "a".repeat(39);
    for login in ["a", "7", "Alice-B_2", longest.as_str()] {
        accounts.create_user(&new_user(login), at(0)).await.unwrap();
    }
    assert_eq!(count_users(&store).await, 4);
}

#[tokio::test]
async fn email_addresses_have_two_sides_and_no_spaces() {
    let (store, _folder) = new_store().await;
    let accounts = accounts_in(&store);
    let with = |email: &str| NewUser { email: email.to_owned(), ..new_user("alice") };
    for email in ["", "alice", "@example.org", "alice@", "a@b@c", "a b@c", "a@b\n", "a@\u{a0}b", "a\0@b"] {
        assert_refused(accounts.create_user(&with(email), at(0)).await, &format!("`{email}` is no email address; "));
    }
    accounts.create_user(&with("alice+crates@localhost"), at(0)).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let alice = users::find_by_login(&mut tx, "alice").await.unwrap().unwrap();
    assert_eq!(
        (alice.email.as_deref(), alice.is_email_verified, alice.is_admin),
        (Some("alice+crates@localhost"), true, false)
    );
}

#[tokio::test]
async fn a_token_is_shown_once_and_stored_as_its_hash() {
    let (store, _folder) = new_store().await;
    let accounts = accounts_in(&store);
    accounts.create_user(&new_user("alice"), at(0)).await.unwrap();
    let mut secrets = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let secret = accounts.create_token(&new_token("ALICE"), at(0)).await.unwrap();
        assert!(is_token(secret.reveal()), "{}", secret.reveal());
        assert_eq!(format!("{secret:?}"), "TokenSecret(***)");
        assert_eq!(stored(&store, secret.reveal(), at(1)).await.unwrap().user.login, "alice");
        secrets.insert(secret.reveal().to_owned());
    }
    assert_eq!(secrets.len(), 20);
}

#[tokio::test]
async fn a_token_may_do_what_it_was_made_for() {
    let (store, _folder) = new_store().await;
    let accounts = accounts_in(&store);
    accounts.create_user(&new_user("alice"), at(0)).await.unwrap();
    let crates = ["tide", "tide*", "*", "Ebb_flow-2*", "std"].map(str::to_owned).to_vec();
    let token = NewToken {
        scopes: Scope::ALL.to_vec(),
        crates: crates.clone(),
        expires_at: Some(at(60)),
        ..new_token("alice")
    };
    let secret = accounts.create_token(&token, at(0)).await.unwrap();
    let found = stored(&store, secret.reveal(), at(59)).await.unwrap();
    let words = ["publish-new", "publish-update", "yank", "change-owners", "trusted-publishing"];
    assert_eq!(found.endpoint_scopes.unwrap(), words);
    assert_eq!(found.crate_scopes, crates);
    assert!(stored(&store, secret.reveal(), at(60)).await.is_none());
}

#[tokio::test]
async fn tokens_that_make_no_sense_are_refused() {
    let (store, _folder) = new_store().await;
    let accounts = accounts_in(&store);
    accounts.create_user(&new_user("alice"), at(0)).await.unwrap();
    let nameless = NewToken { name: String::new(), ..new_token("alice") };
    assert_refused(accounts.create_token(&nameless, at(0)).await, "a token needs a name");
    for pattern in ["", "te*st", "test#", "**", "foo**", "*foo", "7up", "-a", "a b", &"a".repeat(65)] {
        let token = NewToken { crates: vec!["tide".to_owned(), pattern.to_owned()], ..new_token("alice") };
        assert_refused(accounts.create_token(&token, at(0)).await, &format!("`{pattern}` is no crate pattern; "));
    }
    for expiry in [at(-60), at(0)] {
        let token = NewToken { expires_at: Some(expiry), ..new_token("alice") };
        assert_refused(accounts.create_token(&token, at(0)).await, "the token would be expired at once");
    }
    let nobodys = accounts.create_token(&new_token("bob"), at(0)).await;
    assert!(matches!(&nobodys, Err(Error::NoSuchUser(login)) if login == "bob"), "{nobodys:?}");
    let mut tx = store.read().await.unwrap();
    assert!(tx.query("SELECT id FROM tokens").fetch_all::<(i64,)>().await.unwrap().is_empty());
}

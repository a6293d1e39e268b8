//! API tokens.

use cargohold_store::tokens::{self, NewToken};
use cargohold_store::{Error, Tx};

use crate::engines::Database;
use crate::fixtures::{assert_names_row, at, user};

on_both_engines!(
    a_token_is_found_by_its_hash_with_all_it_may_do,
    a_token_works_until_the_instant_it_expires,
    a_revoked_token_never_works_again,
    a_touched_token_remembers_its_last_use,
    listed_tokens_are_ones_own_and_not_revoked,
    a_hash_cannot_be_stored_twice,
    a_token_with_unreadable_scopes_is_named,
);

const HASH: [u8; 32] = [0xAB; 32];

fn new_token(user_id: i64) -> NewToken<'static> {
    NewToken { user_id, hash: &HASH, name: "ci", endpoint_scopes: None, crate_scopes: None, expires_at: None }
}

/// A user with one token without limits.
async fn insert_token(tx: &mut Tx) -> i64 {
    let alice = user(tx, "alice").await;
    tokens::insert(tx, &new_token(alice), at(0)).await.unwrap()
}

async fn a_token_is_found_by_its_hash_with_all_it_may_do(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let scopes = ["yank".to_owned(), "publish-new".to_owned()];
    let crates = ["tide*".to_owned(), "ebb".to_owned()];
    let limited =
        NewToken { hash: &[0; 32], endpoint_scopes: Some(&scopes), crate_scopes: Some(&crates), ..new_token(alice) };
    let nothing = NewToken { hash: &[1; 32], endpoint_scopes: Some(&[]), ..new_token(alice) };
    let limited_id = tokens::insert(&mut tx, &limited, at(0)).await.unwrap();
    let nothing_id = tokens::insert(&mut tx, &nothing, at(0)).await.unwrap();
    let all_id = tokens::insert(&mut tx, &new_token(alice), at(0)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    let found = tokens::find_usable(&mut tx, &[0; 32], at(1)).await.unwrap().unwrap();
    assert_eq!((found.id, found.user.id, found.user.login.as_str()), (limited_id, alice, "alice"));
    assert_eq!(found.endpoint_scopes.unwrap(), scopes);
    assert_eq!(found.crate_scopes, crates);
    assert_eq!(found.last_used_at, None);

    let found = tokens::find_usable(&mut tx, &[1; 32], at(1)).await.unwrap().unwrap();
    assert_eq!((found.id, found.endpoint_scopes, found.crate_scopes), (nothing_id, Some(vec![]), vec![]));
    let found = tokens::find_usable(&mut tx, &HASH, at(1)).await.unwrap().unwrap();
    assert_eq!((found.id, found.endpoint_scopes), (all_id, None));
    assert!(tokens::find_usable(&mut tx, &[2; 32], at(1)).await.unwrap().is_none());
}

async fn a_token_works_until_the_instant_it_expires(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let token = NewToken { expires_at: Some(at(60)), ..new_token(alice) };
    tokens::insert(&mut tx, &token, at(0)).await.unwrap();
    for (now, is_usable) in [(0, true), (59, true), (60, false), (61, false)] {
        let found = tokens::find_usable(&mut tx, &HASH, at(now)).await.unwrap();
        assert_eq!(found.is_some(), is_usable, "after {now} s");
    }
}

async fn a_revoked_token_never_works_again(db: &Database) {
    let mut tx = db.write().await;
    let id = insert_token(&mut tx).await;
    assert!(tokens::find_usable(&mut tx, &HASH, at(1)).await.unwrap().is_some());
    assert!(tokens::revoke(&mut tx, id).await.unwrap());
    assert!(tokens::find_usable(&mut tx, &HASH, at(1)).await.unwrap().is_none());
    assert!(!tokens::revoke(&mut tx, id + 1).await.unwrap());
}

async fn a_touched_token_remembers_its_last_use(db: &Database) {
    let mut tx = db.write().await;
    let id = insert_token(&mut tx).await;
    tokens::touch(&mut tx, id, at(5), at(0)).await.unwrap();
    tokens::touch(&mut tx, id + 1, at(9), at(9)).await.unwrap();
    let found = tokens::find_usable(&mut tx, &HASH, at(6)).await.unwrap().unwrap();
    assert_eq!(found.last_used_at, Some(at(5)));
    tokens::touch(&mut tx, id, at(9), at(5)).await.unwrap();
    let found = tokens::find_usable(&mut tx, &HASH, at(9)).await.unwrap().unwrap();
    assert_eq!(found.last_used_at, Some(at(5)), "it was used a moment ago");
    tokens::touch(&mut tx, id, at(9), at(6)).await.unwrap();
    let found = tokens::find_usable(&mut tx, &HASH, at(9)).await.unwrap().unwrap();
    assert_eq!(found.last_used_at, Some(at(9)));
}

async fn listed_tokens_are_ones_own_and_not_revoked(db: &Database) {
    let mut tx = db.write().await;
    let id = insert_token(&mut tx).await;
    let token = tokens::find_usable(&mut tx, &HASH, at(1)).await.unwrap().unwrap();
    let listed = tokens::list(&mut tx, token.user.id, at(0)).await.unwrap();
    assert_eq!(listed.iter().map(|token| token.id).collect::<Vec<_>>(), [id]);
    assert!(tokens::list(&mut tx, token.user.id + 1, at(0)).await.unwrap().is_empty());
    tokens::revoke(&mut tx, id).await.unwrap();
    assert!(!tokens::revoke(&mut tx, id).await.unwrap(), "it is revoked already");
    assert!(tokens::list(&mut tx, token.user.id, at(0)).await.unwrap().is_empty());
}

async fn a_hash_cannot_be_stored_twice(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    tokens::insert(&mut tx, &new_token(alice), at(0)).await.unwrap();
    let again = tokens::insert(&mut tx, &new_token(alice), at(0)).await;
    assert!(matches!(again, Err(Error::Statement(_))), "{again:?}");
}

async fn a_token_with_unreadable_scopes_is_named(db: &Database) {
    let mut tx = db.write().await;
    let id = insert_token(&mut tx).await;
    tx.query("UPDATE tokens SET crate_scopes = '[1]'").execute().await.unwrap();
    assert_names_row(tokens::find_usable(&mut tx, &HASH, at(1)).await, "tokens.crate_scopes", id);
    tx.query("UPDATE tokens SET endpoint_scopes = 'yank'").execute().await.unwrap();
    assert_names_row(tokens::find_usable(&mut tx, &HASH, at(1)).await, "tokens.endpoint_scopes", id);
}

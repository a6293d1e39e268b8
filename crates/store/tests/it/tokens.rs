//! API tokens.

use cargohold_store::tokens::{self, Leaked, Listed, NewToken};
use cargohold_store::users::{self, NewUser};
use cargohold_store::{Error, Tx};

use crate::engines::Database;
use crate::fixtures::{assert_names_row, at, new_user, user};

on_both_engines!(
    a_token_is_found_by_its_hash_with_all_it_may_do,
    a_token_works_until_the_instant_it_expires,
    a_revoked_token_never_works_again,
    a_touched_token_remembers_its_last_use,
    listed_tokens_are_ones_own_and_not_revoked,
    a_list_says_what_a_token_may_do_and_when_it_expires,
    only_ones_own_tokens_are_found_and_revoked,
    tokens_that_work_are_counted,
    a_leaked_token_is_found_whatever_became_of_it,
    tokens_that_expire_soon_are_listed_until_their_owner_was_told,
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
    let listed = tokens::list(&mut tx, token.user.id, at(1)).await.unwrap();
    assert_eq!(listed.iter().map(|token| token.id).collect::<Vec<_>>(), [id]);
    assert!(tokens::list(&mut tx, token.user.id + 1, at(1)).await.unwrap().is_empty());
    tokens::revoke(&mut tx, id).await.unwrap();
    assert!(!tokens::revoke(&mut tx, id).await.unwrap(), "it is revoked already");
    assert!(tokens::list(&mut tx, token.user.id, at(1)).await.unwrap().is_empty());
}

async fn a_list_says_what_a_token_may_do_and_when_it_expires(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (scopes, crates) = (["yank".to_owned()], ["tide*".to_owned()]);
    let limited = NewToken {
        endpoint_scopes: Some(&scopes),
        crate_scopes: Some(&crates),
        expires_at: Some(at(60)),
        ..new_token(alice)
    };
    let limited = tokens::insert(&mut tx, &limited, at(0)).await.unwrap();
    let nothing = NewToken { hash: &[1; 32], endpoint_scopes: Some(&[]), crate_scopes: Some(&[]), ..new_token(alice) };
    let nothing = tokens::insert(&mut tx, &nothing, at(1)).await.unwrap();
    let listed = tokens::list(&mut tx, alice, at(59)).await.unwrap();
    assert_eq!(listed.iter().map(|token| token.id).collect::<Vec<_>>(), [nothing, limited], "the newest first");
    let expected = Listed {
        id: limited,
        name: "ci".to_owned(),
        created_at: at(0),
        expires_at: Some(at(60)),
        last_used_at: None,
        endpoint_scopes: Some(scopes.to_vec()),
        crate_scopes: Some(crates.to_vec()),
    };
    assert_eq!(listed[1], expected);
    assert_eq!((&listed[0].endpoint_scopes, &listed[0].crate_scopes), (&Some(vec![]), &Some(vec![])));
    let after_its_end = tokens::list(&mut tx, alice, at(60)).await.unwrap();
    assert_eq!(after_its_end.iter().map(|token| token.id).collect::<Vec<_>>(), [nothing]);
    assert_eq!(tokens::find_listed(&mut tx, alice, limited).await.unwrap(), Some(expected));
}

async fn only_ones_own_tokens_are_found_and_revoked(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let mut ids = Vec::new();
    for (number, user_id) in [(1, alice), (2, alice), (3, bob)] {
        let token = NewToken { hash: &[number; 32], ..new_token(user_id) };
        ids.push(tokens::insert(&mut tx, &token, at(0)).await.unwrap());
    }
    assert!(tokens::find_listed(&mut tx, bob, ids[0]).await.unwrap().is_none());
    assert!(!tokens::revoke_of_user(&mut tx, bob, ids[0]).await.unwrap(), "it is another's");
    assert!(tokens::find_usable(&mut tx, &[1; 32], at(1)).await.unwrap().is_some());
    assert!(tokens::revoke_of_user(&mut tx, alice, ids[0]).await.unwrap());
    assert!(!tokens::revoke_of_user(&mut tx, alice, ids[0]).await.unwrap(), "it is revoked already");
    assert!(tokens::find_usable(&mut tx, &[1; 32], at(1)).await.unwrap().is_none());
    assert!(tokens::find_listed(&mut tx, alice, ids[0]).await.unwrap().is_some(), "a revoked one is still found");
    assert_eq!(tokens::revoke_all_of_user(&mut tx, alice).await.unwrap(), 1);
    assert_eq!(tokens::revoke_all_of_user(&mut tx, alice).await.unwrap(), 0);
    assert!(tokens::find_usable(&mut tx, &[3; 32], at(1)).await.unwrap().is_some(), "others keep theirs");
}

async fn tokens_that_work_are_counted(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    for (number, user_id, expires_at) in [(1, alice, None), (2, alice, Some(at(60))), (3, bob, None), (4, alice, None)]
    {
        let token = NewToken { hash: &[number; 32], expires_at, ..new_token(user_id) };
        let id = tokens::insert(&mut tx, &token, at(0)).await.unwrap();
        if number == 4 {
            tokens::revoke(&mut tx, id).await.unwrap();
        }
    }
    assert_eq!(tokens::count_usable(&mut tx, alice, at(59)).await.unwrap(), 2);
    assert_eq!(tokens::count_usable(&mut tx, alice, at(60)).await.unwrap(), 1);
    assert_eq!(tokens::count_usable(&mut tx, bob, at(60)).await.unwrap(), 1);
    assert_eq!(tokens::count_usable(&mut tx, bob + 1, at(60)).await.unwrap(), 0);
}

async fn a_leaked_token_is_found_whatever_became_of_it(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let token = NewToken { expires_at: Some(at(1)), ..new_token(alice) };
    let id = tokens::insert(&mut tx, &token, at(0)).await.unwrap();
    let mut expected = Leaked { id, user_id: alice, name: "ci".to_owned(), is_revoked: false };
    assert_eq!(tokens::find_leaked(&mut tx, &HASH).await.unwrap(), Some(expected.clone()));
    tokens::revoke(&mut tx, id).await.unwrap();
    expected.is_revoked = true;
    assert_eq!(tokens::find_leaked(&mut tx, &HASH).await.unwrap(), Some(expected));
    assert_eq!(tokens::find_leaked(&mut tx, &[0; 32]).await.unwrap(), None);
}

async fn tokens_that_expire_soon_are_listed_until_their_owner_was_told(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let new = NewUser { email: None, ..new_user("bob") };
    let bob = users::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    let mut ids = Vec::new();
    for (number, user_id, expires_at) in [
        (1, alice, Some(at(90))),
        (2, bob, Some(at(60))),
        (3, alice, Some(at(101))),
        (4, alice, Some(at(10))),
        (5, bob, None),
    ] {
        let token = NewToken { hash: &[number; 32], expires_at, ..new_token(user_id) };
        ids.push(tokens::insert(&mut tx, &token, at(0)).await.unwrap());
    }
    let list = async |tx: &mut Tx, limit: i64| {
        let listed = tokens::list_expiring(tx, at(10), at(100), limit).await.unwrap();
        listed.into_iter().map(|token| (token.id, token.expires_at, token.email)).collect::<Vec<_>>()
    };
    let someone = Some("someone@example.org".to_owned());
    let (soon, sooner) = ((ids[0], at(90).micros(), someone), (ids[1], at(60).micros(), None));
    assert_eq!(list(&mut tx, 9).await, [sooner.clone(), soon.clone()], "the most urgent first");
    assert_eq!(list(&mut tx, 1).await, [sooner]);
    assert!(tokens::set_expiry_notified(&mut tx, ids[1], at(11)).await.unwrap());
    assert!(!tokens::set_expiry_notified(&mut tx, ids[1], at(12)).await.unwrap(), "somebody has told them");
    assert_eq!(list(&mut tx, 9).await, [soon]);
    tokens::revoke(&mut tx, ids[0]).await.unwrap();
    assert_eq!(list(&mut tx, 9).await, []);
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

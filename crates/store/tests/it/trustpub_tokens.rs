//! Tokens of pipelines, and the JWTs they were exchanged for.

use cargohold_store::trustpub_tokens::{self as tokens, NewToken, TrustpubToken};
use cargohold_store::{Error, Tx};
use tokio::task::JoinSet;

use crate::engines::Database;
use crate::fixtures::{assert_names_row, at};

on_both_engines!(
    a_token_works_until_it_expires,
    a_token_is_taken_once,
    a_jwt_is_used_once,
    of_many_who_use_a_jwt_at_once_one_may,
    what_has_expired_is_forgotten,
    a_token_that_cannot_be_read_says_so,
);

fn new_token(hash: &[u8; 32]) -> NewToken<'_> {
    NewToken { hash, crate_ids: &[3, 1], pending_ids: &[8], data: r#"{"sha":"0"}"#, expires_at: at(60) }
}

async fn insert(tx: &mut Tx, hash: &[u8; 32]) -> i64 {
    tokens::insert(tx, &new_token(hash), at(0)).await.unwrap()
}

async fn a_token_works_until_it_expires(db: &Database) {
    let mut tx = db.write().await;
    let id = insert(&mut tx, &[1; 32]).await;
    let expected = TrustpubToken { id, crate_ids: vec![3, 1], pending_ids: vec![8], data: r#"{"sha":"0"}"#.to_owned() };
    for (hash, now, is_usable) in [([1; 32], 0, true), ([1; 32], 59, true), ([1; 32], 60, false), ([2; 32], 0, false)] {
        let found = tokens::find_usable(&mut tx, &hash, at(now)).await.unwrap();
        assert_eq!(found, is_usable.then(|| expected.clone()), "after {now} s");
    }
    let again = tokens::insert(&mut tx, &new_token(&[1; 32]), at(0)).await;
    assert!(matches!(again, Err(Error::Statement(_))), "{again:?}");
}

async fn a_token_is_taken_once(db: &Database) {
    let mut tx = db.write().await;
    let id = insert(&mut tx, &[1; 32]).await;
    insert(&mut tx, &[2; 32]).await;
    assert_eq!(tokens::take(&mut tx, &[1; 32]).await.unwrap().map(|token| token.id), Some(id));
    assert_eq!(tokens::take(&mut tx, &[1; 32]).await.unwrap(), None);
    assert_eq!(tokens::find_usable(&mut tx, &[1; 32], at(0)).await.unwrap(), None);
    assert_eq!(tokens::take_leaked(&mut tx, &[2; 32]).await.unwrap(), Some(vec![3, 1]));
    assert_eq!(tokens::take_leaked(&mut tx, &[2; 32]).await.unwrap(), None);
}

async fn a_jwt_is_used_once(db: &Database) {
    let mut tx = db.write().await;
    for (issuer, jti, is_new) in [("a", "1", true), ("a", "1", false), ("a", "2", true), ("b", "1", true)] {
        assert_eq!(tokens::use_jti(&mut tx, issuer, jti, at(60)).await.unwrap(), is_new, "{jti} of {issuer}");
    }
    drop(tx);
    let mut tx = db.write().await;
    assert!(tokens::use_jti(&mut tx, "a", "1", at(60)).await.unwrap(), "nothing was committed");
}

async fn of_many_who_use_a_jwt_at_once_one_may(db: &Database) {
    let mut uses = JoinSet::new();
    for number in 0..12 {
        let store = db.store.clone();
        uses.spawn(async move {
            let mut tx = store.write().await.unwrap();
            let is_new = tokens::use_jti(&mut tx, "a", "1", at(60)).await.unwrap();
            // The first three change their mind, so that those who wait for them must look again.
            if is_new && number >= 3 {
                tx.commit().await.unwrap();
            }
            is_new && number >= 3
        });
    }
    assert_eq!(uses.join_all().await.into_iter().filter(|is_new| *is_new).count(), 1);
}

async fn what_has_expired_is_forgotten(db: &Database) {
    let mut tx = db.write().await;
    insert(&mut tx, &[1; 32]).await;
    tokens::use_jti(&mut tx, "a", "1", at(90)).await.unwrap();
    for (now, forgotten) in [(59, 0), (60, 1), (89, 0), (90, 1), (91, 0)] {
        assert_eq!(tokens::forget_expired(&mut tx, at(now)).await.unwrap(), forgotten, "after {now} s");
    }
    assert!(tokens::use_jti(&mut tx, "a", "1", at(200)).await.unwrap());
}

async fn a_token_that_cannot_be_read_says_so(db: &Database) {
    let mut tx = db.write().await;
    let id = insert(&mut tx, &[1; 32]).await;
    tx.query("UPDATE trustpub_tokens SET pending_ids = 'x'").execute().await.unwrap();
    let found = tokens::find_usable(&mut tx, &[1; 32], at(0)).await;
    assert_names_row(found, "trustpub_tokens.pending_ids", id);
}

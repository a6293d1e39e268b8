//! Who people are at the providers they sign in with.

use cargohold_store::Tx;
use cargohold_store::identities::{self, SeenIdentity};

use crate::engines::Database;
use crate::fixtures::{assert_names_row, at, user};

on_both_engines!(
    an_account_elsewhere_is_linked_to_one_person,
    another_sign_in_is_remembered_with_what_was_learnt,
    issuer_and_subject_are_the_key_and_nothing_else,
    only_ones_own_identities_are_listed_and_unlinked,
    an_identity_with_unreadable_groups_is_named,
);

fn seen(subject: &str) -> SeenIdentity<'_> {
    SeenIdentity {
        provider: "company",
        issuer: "https://login.example",
        subject,
        login: Some("alice"),
        groups: &[],
        sealed_access_token: None,
    }
}

async fn link(tx: &mut Tx, user_id: i64, subject: &str) {
    assert!(identities::insert(tx, user_id, &seen(subject), at(0)).await.unwrap());
}

async fn an_account_elsewhere_is_linked_to_one_person(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    assert_eq!(identities::touch(&mut tx, &seen("1"), at(0)).await.unwrap(), None, "nobody's yet");
    link(&mut tx, alice, "1").await;
    for user_id in [alice, bob] {
        assert!(!identities::insert(&mut tx, user_id, &seen("1"), at(1)).await.unwrap(), "it is linked already");
    }
    assert_eq!(identities::touch(&mut tx, &seen("1"), at(1)).await.unwrap(), Some(alice));
    assert!(identities::list(&mut tx, bob).await.unwrap().is_empty());
}

async fn another_sign_in_is_remembered_with_what_was_learnt(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    link(&mut tx, alice, "1").await;
    let groups = ["rust".to_owned(), "ops".to_owned()];
    let again = SeenIdentity {
        provider: "renamed",
        login: None,
        groups: &groups,
        sealed_access_token: Some(b"sealed"),
        ..seen("1")
    };
    assert_eq!(identities::touch(&mut tx, &again, at(9)).await.unwrap(), Some(alice));
    let listed = identities::list(&mut tx, alice).await.unwrap();
    assert_eq!(listed.len(), 1);
    let identity = &listed[0];
    assert_eq!((identity.user_id, identity.provider.as_str(), identity.login.as_deref()), (alice, "renamed", None));
    assert_eq!((identity.issuer.as_str(), identity.subject.as_str()), ("https://login.example", "1"));
    assert_eq!((identity.groups.as_slice(), identity.created_at, identity.last_used_at), (&groups[..], at(0), at(9)));
    assert_eq!(identity.sealed_access_token.as_deref(), Some(&b"sealed"[..]));
}

async fn issuer_and_subject_are_the_key_and_nothing_else(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    link(&mut tx, alice, "1").await;
    // The same login and provider, but somebody else.
    link(&mut tx, bob, "2").await;
    let elsewhere = SeenIdentity { issuer: "https://other.example", ..seen("1") };
    assert_eq!(identities::touch(&mut tx, &elsewhere, at(1)).await.unwrap(), None);
    assert!(identities::insert(&mut tx, bob, &elsewhere, at(1)).await.unwrap());
    assert_eq!(identities::touch(&mut tx, &elsewhere, at(1)).await.unwrap(), Some(bob));
    assert_eq!(identities::touch(&mut tx, &seen("1"), at(1)).await.unwrap(), Some(alice));
}

async fn only_ones_own_identities_are_listed_and_unlinked(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    for (user_id, subject) in [(alice, "1"), (alice, "2"), (bob, "3")] {
        link(&mut tx, user_id, subject).await;
    }
    let listed = identities::list(&mut tx, alice).await.unwrap();
    assert_eq!(listed.iter().map(|identity| identity.subject.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(!identities::delete(&mut tx, bob, listed[0].id).await.unwrap(), "it is another's");
    assert!(identities::delete(&mut tx, alice, listed[0].id).await.unwrap());
    assert!(!identities::delete(&mut tx, alice, listed[0].id).await.unwrap());
    assert_eq!(identities::touch(&mut tx, &seen("1"), at(1)).await.unwrap(), None);
    assert_eq!(identities::list(&mut tx, alice).await.unwrap().len(), 1);
}

async fn an_identity_with_unreadable_groups_is_named(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    link(&mut tx, alice, "1").await;
    let id = identities::list(&mut tx, alice).await.unwrap()[0].id;
    tx.query("UPDATE identities SET groups = 'rust'").execute().await.unwrap();
    assert_names_row(identities::list(&mut tx, alice).await, "identities.groups", id);
}

//! Invitations to have an account here.

use cargohold_store::Error;
use cargohold_store::sign_up_invitations::{self, SignUpInvitation};

use crate::engines::Database;
use crate::fixtures::{at, user};

on_both_engines!(
    an_invitation_is_taken_once_and_in_time,
    invitations_that_are_good_are_listed_and_taken_back,
    a_hash_cannot_be_stored_twice,
);

async fn an_invitation_is_taken_once_and_in_time(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let email = Some("new@example.org");
    let id = sign_up_invitations::insert(&mut tx, &[1; 32], email, Some(alice), at(5), at(60)).await.unwrap();
    let expected = SignUpInvitation {
        id,
        email: email.map(str::to_owned),
        invited_by: Some(alice),
        created_at: at(5).micros(),
        expires_at: at(60).micros(),
    };
    assert_eq!(sign_up_invitations::find(&mut tx, &[2; 32], at(6)).await.unwrap(), None);
    assert_eq!(sign_up_invitations::find(&mut tx, &[1; 32], at(60)).await.unwrap(), None, "it has expired");
    assert_eq!(sign_up_invitations::find(&mut tx, &[1; 32], at(59)).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(sign_up_invitations::take(&mut tx, &[2; 32], at(6)).await.unwrap(), None);
    assert_eq!(sign_up_invitations::take(&mut tx, &[1; 32], at(60)).await.unwrap(), None, "it has expired");
    assert_eq!(sign_up_invitations::take(&mut tx, &[1; 32], at(59)).await.unwrap(), Some(expected));
    assert_eq!(sign_up_invitations::take(&mut tx, &[1; 32], at(59)).await.unwrap(), None, "it was taken");
}

async fn invitations_that_are_good_are_listed_and_taken_back(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let mut ids = Vec::new();
    for (number, end, by) in [(1, 10, None), (2, 60, None), (3, 90, Some(alice))] {
        let id = sign_up_invitations::insert(&mut tx, &[number; 32], None, by, at(0), at(end)).await.unwrap();
        ids.push(id);
    }
    let listed = sign_up_invitations::list(&mut tx, at(10)).await.unwrap();
    assert_eq!(listed.iter().map(|listed| listed.invitation.id).collect::<Vec<_>>(), ids[1..]);
    assert_eq!((listed[0].invitation.email.as_deref(), listed[0].inviter.as_deref()), (None, None));
    assert_eq!(listed[1].inviter.as_deref(), Some("alice"));
    assert!(sign_up_invitations::delete(&mut tx, ids[1]).await.unwrap());
    assert!(!sign_up_invitations::delete(&mut tx, ids[1]).await.unwrap());
    assert_eq!(sign_up_invitations::take(&mut tx, &[2; 32], at(11)).await.unwrap(), None);
    assert_eq!(sign_up_invitations::list(&mut tx, at(10)).await.unwrap().len(), 1);
}

async fn a_hash_cannot_be_stored_twice(db: &Database) {
    let mut tx = db.write().await;
    sign_up_invitations::insert(&mut tx, &[1; 32], None, None, at(0), at(9)).await.unwrap();
    let again = sign_up_invitations::insert(&mut tx, &[1; 32], None, None, at(0), at(9)).await;
    assert!(matches!(again, Err(Error::Statement(_))), "{again:?}");
}

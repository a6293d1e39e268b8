//! Second factors and the codes for when the device is lost.

use cargohold_store::second_factors;

use crate::engines::Database;
use crate::fixtures::user;

on_both_engines!(
    an_offered_secret_is_replaced_until_it_is_confirmed,
    every_time_step_is_used_once_and_in_order,
    a_recovery_code_is_used_once_by_its_owner,
    a_removed_factor_takes_its_recovery_codes_along,
);

async fn an_offered_secret_is_replaced_until_it_is_confirmed(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    assert!(second_factors::find(&mut tx, alice).await.unwrap().is_none());
    for secret in [b"first", b"other"] {
        assert!(second_factors::offer(&mut tx, alice, secret).await.unwrap());
        let found = second_factors::find(&mut tx, alice).await.unwrap().unwrap();
        assert_eq!((found.sealed_secret.as_slice(), found.is_confirmed, found.last_step), (&secret[..], false, 0));
    }
    assert!(second_factors::use_step(&mut tx, alice, 7).await.unwrap());
    assert!(!second_factors::offer(&mut tx, alice, b"third").await.unwrap(), "the confirmed one stays");
    let found = second_factors::find(&mut tx, alice).await.unwrap().unwrap();
    assert_eq!((found.sealed_secret.as_slice(), found.is_confirmed, found.last_step), (&b"other"[..], true, 7));
}

async fn every_time_step_is_used_once_and_in_order(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    assert!(!second_factors::use_step(&mut tx, alice, 1).await.unwrap(), "there is no factor");
    for user_id in [alice, bob] {
        second_factors::offer(&mut tx, user_id, b"secret").await.unwrap();
    }
    for (step, is_new) in [(10, true), (10, false), (9, false), (11, true), (11, false)] {
        assert_eq!(second_factors::use_step(&mut tx, alice, step).await.unwrap(), is_new, "{step}");
    }
    assert!(second_factors::use_step(&mut tx, bob, 9).await.unwrap(), "each has steps of their own");
}

async fn a_recovery_code_is_used_once_by_its_owner(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    second_factors::set_recovery_codes(&mut tx, alice, &[[1; 32], [2; 32]]).await.unwrap();
    second_factors::set_recovery_codes(&mut tx, bob, &[[1; 32]]).await.unwrap();
    assert!(!second_factors::use_recovery_code(&mut tx, bob, &[2; 32]).await.unwrap(), "it is another's");
    assert!(second_factors::use_recovery_code(&mut tx, alice, &[1; 32]).await.unwrap());
    assert!(!second_factors::use_recovery_code(&mut tx, alice, &[1; 32]).await.unwrap());
    assert_eq!(second_factors::count_recovery_codes(&mut tx, alice).await.unwrap(), 1);
    assert_eq!(second_factors::count_recovery_codes(&mut tx, bob).await.unwrap(), 1);
    second_factors::set_recovery_codes(&mut tx, alice, &[[3; 32]]).await.unwrap();
    assert!(!second_factors::use_recovery_code(&mut tx, alice, &[2; 32]).await.unwrap(), "new ones replace the old");
    assert!(second_factors::use_recovery_code(&mut tx, alice, &[3; 32]).await.unwrap());
}

async fn a_removed_factor_takes_its_recovery_codes_along(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    for user_id in [alice, bob] {
        second_factors::offer(&mut tx, user_id, b"secret").await.unwrap();
        second_factors::set_recovery_codes(&mut tx, user_id, &[[1; 32]]).await.unwrap();
    }
    assert!(second_factors::delete(&mut tx, alice).await.unwrap());
    assert!(!second_factors::delete(&mut tx, alice).await.unwrap());
    assert!(second_factors::find(&mut tx, alice).await.unwrap().is_none());
    assert_eq!(second_factors::count_recovery_codes(&mut tx, alice).await.unwrap(), 0);
    assert!(second_factors::find(&mut tx, bob).await.unwrap().is_some());
    assert_eq!(second_factors::count_recovery_codes(&mut tx, bob).await.unwrap(), 1);
}

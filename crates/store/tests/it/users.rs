//! People.

use cargohold_protocol::Timestamp;
use cargohold_store::users::{self, NewUser};

use crate::engines::Database;
use crate::fixtures::{at, new_user, user};

on_both_engines!(
    a_new_user_is_found_by_login_in_any_casing,
    a_taken_login_is_none_and_the_transaction_goes_on,
    there_is_nobody_until_somebody_is_added,
    a_password_is_found_by_login_in_any_casing,
    people_are_listed_by_their_ids,
    people_are_listed_page_by_page_and_administrators_apart,
    somebody_is_found_in_every_spelling_of_their_login,
    somebody_is_found_by_exactly_their_login_at_github,
    what_is_known_of_somebody_changes_one_thing_at_a_time,
    a_lock_has_a_reason_and_perhaps_an_end,
    an_address_is_confirmed_by_the_latest_secret_until_it_expires,
    nobody_without_an_address_confirms_it,
);

async fn a_new_user_is_found_by_login_in_any_casing(db: &Database) {
    let mut tx = db.write().await;
    let new =
        NewUser { is_admin: true, is_email_verified: false, email: Some("ö@example.org"), ..new_user("Alice-1") };
    let id = users::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    for login in ["Alice-1", "alice-1", "ALICE-1"] {
        let found = users::find_by_login(&mut tx, login).await.unwrap().unwrap();
        assert_eq!((found.id, found.login.as_str(), found.name), (id, "Alice-1", None));
        assert_eq!(
            (found.email.as_deref(), found.is_email_verified, found.is_admin),
            (Some("ö@example.org"), false, true)
        );
    }
    for login in ["alice_1", "alice", "", "alice-1 "] {
        assert!(users::find_by_login(&mut tx, login).await.unwrap().is_none(), "{login}");
    }
}

async fn a_taken_login_is_none_and_the_transaction_goes_on(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    for login in ["alice", "ALICE"] {
        assert_eq!(users::insert(&mut tx, &new_user(login), at(1)).await.unwrap(), None);
    }
    let bob = user(&mut tx, "bob").await;
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    assert_ne!(alice, bob);
    assert_eq!(users::find_by_login(&mut tx, "alice").await.unwrap().unwrap().login, "alice");
    assert_eq!(users::find_by_login(&mut tx, "bob").await.unwrap().unwrap().id, bob);
}

async fn there_is_nobody_until_somebody_is_added(db: &Database) {
    let mut tx = db.write().await;
    assert!(!users::any(&mut tx).await.unwrap());
    user(&mut tx, "alice").await;
    assert!(users::any(&mut tx).await.unwrap());
}

async fn a_password_is_found_by_login_in_any_casing(db: &Database) {
    let mut tx = db.write().await;
    let new = NewUser { password_hash: Some("$argon2id$alice"), must_change_password: true, ..new_user("Alice-1") };
    let id = users::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    user(&mut tx, "bob").await;
    for login in ["Alice-1", "alice-1"] {
        let found = users::find_password(&mut tx, login).await.unwrap().unwrap();
        assert_eq!((found.user_id, found.hash.as_deref(), found.must_change), (id, Some("$argon2id$alice"), true));
    }
    assert!(users::find_password(&mut tx, "alice").await.unwrap().is_none());
    users::set_password(&mut tx, id, Some("$argon2id$new"), false).await.unwrap();
    let found = users::find_password(&mut tx, "alice-1").await.unwrap().unwrap();
    assert_eq!((found.hash.as_deref(), found.must_change), (Some("$argon2id$new"), false));
    users::set_password(&mut tx, id, None, false).await.unwrap();
    assert_eq!(users::find_password(&mut tx, "alice-1").await.unwrap().unwrap().hash, None);
    assert_eq!(users::find_password(&mut tx, "bob").await.unwrap().unwrap().hash.as_deref(), Some("$argon2id$"));
}

async fn people_are_listed_by_their_ids(db: &Database) {
    let mut tx = db.write().await;
    let (alice, _, eve) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await, user(&mut tx, "eve").await);
    let set =
        "UPDATE users SET name = 'Eve', avatar = 'https://example.org/e.png', github_login = 'eve-x' WHERE id = $1";
    tx.query(set).bind(eve).execute().await.unwrap();
    let mut found = users::list_by_ids(&mut tx, &[eve, -1, alice, eve]).await.unwrap();
    found.sort_unstable_by_key(|user| user.id);
    assert_eq!(found.iter().map(|user| user.login.as_str()).collect::<Vec<_>>(), ["alice", "eve"]);
    assert_eq!((found[1].name.as_deref(), found[1].created_at), (Some("Eve"), at(0).micros()));
    assert_eq!(found[1].avatar.as_deref(), Some("https://example.org/e.png"));
    assert_eq!((found[0].github_login.as_deref(), found[1].github_login.as_deref()), (None, Some("eve-x")));
    assert!(users::list_by_ids(&mut tx, &[]).await.unwrap().is_empty());
}

async fn people_are_listed_page_by_page_and_administrators_apart(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob, eve) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await, user(&mut tx, "eve").await);
    let ids = |users: Vec<users::User>| users.into_iter().map(|user| user.id).collect::<Vec<_>>();
    assert_eq!(ids(users::list(&mut tx, 0, 2).await.unwrap()), [alice, bob]);
    assert_eq!(ids(users::list(&mut tx, bob, 2).await.unwrap()), [eve]);
    assert!(users::list_admins(&mut tx).await.unwrap().is_empty());
    for id in [eve, alice] {
        users::set_admin(&mut tx, id, true).await.unwrap();
    }
    assert_eq!(ids(users::list_admins(&mut tx).await.unwrap()), [alice, eve]);
    users::set_admin(&mut tx, alice, false).await.unwrap();
    assert_eq!(ids(users::list_admins(&mut tx).await.unwrap()), [eve]);
}

async fn somebody_is_found_in_every_spelling_of_their_login(db: &Database) {
    let mut tx = db.write().await;
    let first = user(&mut tx, "Red-Panda").await;
    for login in ["red-panda", "RED_PANDA", "red_panda"] {
        assert_eq!(users::find_by_similar_login(&mut tx, login).await.unwrap().unwrap().id, first, "{login}");
    }
    assert!(users::find_by_similar_login(&mut tx, "redpanda").await.unwrap().is_none());
    let second = user(&mut tx, "red_panda").await;
    for login in ["red-panda", "red_panda"] {
        assert_eq!(users::find_by_similar_login(&mut tx, login).await.unwrap().unwrap().id, second, "{login}");
    }
}

async fn somebody_is_found_by_exactly_their_login_at_github(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    users::set_github_login(&mut tx, bob, Some("Alice")).await.unwrap();
    assert_eq!(users::find_by_github_login(&mut tx, "Alice").await.unwrap().unwrap().id, bob);
    assert!(users::find_by_github_login(&mut tx, "alice").await.unwrap().is_none());
    users::set_github_login(&mut tx, bob, None).await.unwrap();
    assert!(users::find_by_github_login(&mut tx, "Alice").await.unwrap().is_none());
    assert!(users::find(&mut tx, alice).await.unwrap().unwrap().github_login.is_none());
}

async fn what_is_known_of_somebody_changes_one_thing_at_a_time(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    users::lock(&mut tx, alice).await.unwrap();
    users::set_profile(&mut tx, alice, Some("Alice A."), Some("https://example.org/a.png")).await.unwrap();
    users::set_profile(&mut tx, alice, None, Some("https://example.org/b.png")).await.unwrap();
    let found = users::find(&mut tx, alice).await.unwrap().unwrap();
    assert_eq!((found.name.as_deref(), found.avatar.as_deref()), (Some("Alice A."), Some("https://example.org/b.png")));
    assert!(found.publish_notifications && found.is_email_verified && !found.is_email_confirmation_sent);
    users::set_name(&mut tx, alice, Some("Al")).await.unwrap();
    assert_eq!(users::find(&mut tx, alice).await.unwrap().unwrap().name.as_deref(), Some("Al"));
    users::set_name(&mut tx, alice, None).await.unwrap();
    assert_eq!(users::find(&mut tx, alice).await.unwrap().unwrap().name, None);
    users::set_publish_notifications(&mut tx, alice, false).await.unwrap();
    users::set_email_verified(&mut tx, alice, false).await.unwrap();
    let found = users::find(&mut tx, alice).await.unwrap().unwrap();
    assert!(!found.publish_notifications && !found.is_email_verified);
    let other = users::find(&mut tx, bob).await.unwrap().unwrap();
    assert!(other.publish_notifications && other.is_email_verified && other.name.is_none());
}

async fn a_lock_has_a_reason_and_perhaps_an_end(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    for (reason, until) in [(Some("spam"), Some(at(60))), (Some(""), None), (None, None)] {
        users::set_lock(&mut tx, alice, reason, until).await.unwrap();
        let found = users::find(&mut tx, alice).await.unwrap().unwrap();
        assert_eq!((found.lock_reason.as_deref(), found.locked_until), (reason, until.map(Timestamp::micros)));
    }
}

async fn an_address_is_confirmed_by_the_latest_secret_until_it_expires(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    users::set_email(&mut tx, alice, "alice@example.org").await.unwrap();
    users::set_email_token(&mut tx, alice, &[1; 32], at(60)).await.unwrap();
    users::set_email_token(&mut tx, bob, &[9; 32], at(90)).await.unwrap();
    let found = users::find(&mut tx, alice).await.unwrap().unwrap();
    assert_eq!(found.email.as_deref(), Some("alice@example.org"));
    assert!(!found.is_email_verified && found.is_email_confirmation_sent);
    let mut whose = async |hash: u8, now| {
        let found = users::find_by_email_token(&mut tx, &[hash; 32], at(now)).await.unwrap();
        found.map(|user| user.id)
    };
    assert_eq!((whose(2, 0).await, whose(1, 60).await, whose(1, 59).await), (None, None, Some(alice)));
    assert_eq!(users::verify_email(&mut tx, &[2; 32], at(0)).await.unwrap(), None);
    assert_eq!(users::verify_email(&mut tx, &[1; 32], at(60)).await.unwrap(), None, "it has expired");
    for _ in 0..2 {
        assert_eq!(users::verify_email(&mut tx, &[1; 32], at(59)).await.unwrap(), Some(alice));
        assert!(users::find(&mut tx, alice).await.unwrap().unwrap().is_email_verified);
    }
    users::set_email_token(&mut tx, alice, &[2; 32], at(60)).await.unwrap();
    assert_eq!(users::verify_email(&mut tx, &[1; 32], at(0)).await.unwrap(), None, "another one was sent");
    assert_eq!(users::verify_email(&mut tx, &[2; 32], at(0)).await.unwrap(), Some(alice));
}

async fn nobody_without_an_address_confirms_it(db: &Database) {
    let mut tx = db.write().await;
    let new = NewUser { email: None, is_email_verified: false, ..new_user("alice") };
    let alice = users::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    users::set_email_token(&mut tx, alice, &[1; 32], at(60)).await.unwrap();
    assert_eq!(users::find(&mut tx, alice).await.unwrap().unwrap().email, None);
    assert!(users::find_by_email_token(&mut tx, &[1; 32], at(0)).await.unwrap().is_none());
    assert_eq!(users::verify_email(&mut tx, &[1; 32], at(0)).await.unwrap(), None);
}

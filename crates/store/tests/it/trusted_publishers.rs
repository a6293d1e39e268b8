//! Pipelines that may publish.

use cargohold_protocol::CrateName;
use cargohold_store::trusted_publishers::{self as publishers, NewPublisher, TrustedPublisher};
use cargohold_store::{Tx, crates, owners};

use crate::engines::Database;
use crate::fixtures::{at, canonical, krate, name, user};

on_both_engines!(
    a_publisher_is_found_with_all_that_is_known_of_it,
    a_repository_is_found_in_any_casing,
    an_owners_id_is_learned_once,
    publishers_of_a_user_are_those_of_owned_crates_and_pending_ones,
    pending_publishers_settle_when_their_crate_appears,
    a_deleted_crate_has_no_publishers,
);

fn workflow<'a>(crate_name: &'a CrateName, crate_id: Option<i64>, created_by: i64) -> NewPublisher<'a> {
    NewPublisher {
        provider: "github",
        crate_id,
        crate_name,
        created_by,
        owner: "Octo-Org",
        owner_id: None,
        repository: "Tide",
        workflow: "ci.yml",
        environment: None,
        rules: None,
    }
}

async fn insert(tx: &mut Tx, new: &NewPublisher<'_>) -> i64 {
    publishers::insert(tx, new, at(7)).await.unwrap()
}

fn ids(found: &[TrustedPublisher]) -> Vec<i64> {
    found.iter().map(|publisher| publisher.id).collect()
}

async fn a_publisher_is_found_with_all_that_is_known_of_it(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide, tide_name) = (user(&mut tx, "alice").await, krate(&mut tx, "Tide").await, name("Tide"));
    let new = NewPublisher {
        owner_id: Some("17"),
        environment: Some("release"),
        rules: Some("[]"),
        ..workflow(&tide_name, Some(tide), alice)
    };
    let id = insert(&mut tx, &new).await;
    let expected = TrustedPublisher {
        id,
        provider: "github".to_owned(),
        crate_id: Some(tide),
        crate_name: "Tide".to_owned(),
        created_by: alice,
        owner: "Octo-Org".to_owned(),
        owner_id: Some("17".to_owned()),
        repository: "Tide".to_owned(),
        workflow: "ci.yml".to_owned(),
        environment: Some("release".to_owned()),
        rules: Some("[]".to_owned()),
        created_at: at(7).micros(),
    };
    assert_eq!(publishers::find(&mut tx, "github", id).await.unwrap(), Some(expected));
    assert_eq!(publishers::find(&mut tx, "gitlab", id).await.unwrap(), None);
    assert_eq!(publishers::find(&mut tx, "github", id + 1).await.unwrap(), None);
    let second = insert(&mut tx, &new).await;
    assert_eq!(ids(&publishers::list_of_crate(&mut tx, "github", tide).await.unwrap()), [id, second]);
    assert!(publishers::list_of_crate(&mut tx, "gitlab", tide).await.unwrap().is_empty());
    assert!(publishers::delete(&mut tx, id).await.unwrap());
    assert!(!publishers::delete(&mut tx, id).await.unwrap());
    assert_eq!(ids(&publishers::list_of_crate(&mut tx, "github", tide).await.unwrap()), [second]);
}

async fn a_repository_is_found_in_any_casing(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide, tide_name) = (user(&mut tx, "alice").await, krate(&mut tx, "tide").await, name("tide"));
    let id = insert(&mut tx, &workflow(&tide_name, Some(tide), alice)).await;
    for (provider, owner, repository, is_found) in [
        ("github", "octo-org", "tide", true),
        ("github", "OCTO-org", "TIDE", true),
        ("gitlab", "octo-org", "tide", false),
        ("github", "octo-org", "tides", false),
        ("github", "octo_org", "tide", false),
        ("github", "octo%", "%", false),
        ("github", "", "", false),
    ] {
        let found = publishers::list_of_repository(&mut tx, provider, owner, repository).await.unwrap();
        assert_eq!(ids(&found) == [id], is_found, "{provider} {owner}/{repository}");
    }
}

async fn an_owners_id_is_learned_once(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide, tide_name) = (user(&mut tx, "alice").await, krate(&mut tx, "tide").await, name("tide"));
    let new = workflow(&tide_name, Some(tide), alice);
    insert(&mut tx, &new).await;
    insert(&mut tx, &NewPublisher { owner_id: Some("1"), ..new.clone() }).await;
    insert(&mut tx, &NewPublisher { repository: "Ebb", ..new.clone() }).await;
    for (owner_id, learned) in [("2", 1), ("3", 0)] {
        let places = publishers::learn_owner_id(&mut tx, "github", "octo-ORG", "tide", owner_id).await.unwrap();
        assert_eq!(places, learned);
    }
    let known = publishers::list_of_crate(&mut tx, "github", tide).await.unwrap();
    let known: Vec<_> = known.iter().map(|publisher| publisher.owner_id.as_deref()).collect();
    assert_eq!(known, [Some("2"), Some("1"), None]);
}

async fn publishers_of_a_user_are_those_of_owned_crates_and_pending_ones(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    owners::add(&mut tx, tide, alice, alice, at(0)).await.unwrap();
    owners::add(&mut tx, ebb, bob, bob, at(0)).await.unwrap();
    let names = [name("tide"), name("ebb"), name("to-be")];
    let own = insert(&mut tx, &workflow(&names[0], Some(tide), bob)).await;
    let of_others = insert(&mut tx, &workflow(&names[1], Some(ebb), alice)).await;
    let pending = insert(&mut tx, &workflow(&names[2], None, alice)).await;
    insert(&mut tx, &NewPublisher { provider: "gitlab", ..workflow(&names[2], None, alice) }).await;
    assert_eq!(ids(&publishers::list_of_user(&mut tx, "github", alice).await.unwrap()), [own, pending]);
    assert_eq!(ids(&publishers::list_of_user(&mut tx, "github", bob).await.unwrap()), [of_others]);
    assert_eq!(publishers::count_pending(&mut tx, alice).await.unwrap(), 2, "of all providers");
    assert_eq!(publishers::count_pending(&mut tx, bob).await.unwrap(), 0);
}

async fn pending_publishers_settle_when_their_crate_appears(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let (to_be, other) = (name("to-be"), name("other"));
    let first = insert(&mut tx, &workflow(&to_be, None, alice)).await;
    let second = insert(&mut tx, &workflow(&to_be, None, alice)).await;
    let of_bob = insert(&mut tx, &workflow(&to_be, None, bob)).await;
    let elsewhere = insert(&mut tx, &workflow(&other, None, alice)).await;
    let all = [first, of_bob, elsewhere];
    let pending = publishers::list_pending(&mut tx, &canonical("to_be"), &all).await.unwrap();
    assert_eq!(ids(&pending), [first, of_bob]);

    let created = krate(&mut tx, "To-Be").await;
    assert_eq!(publishers::settle_pending(&mut tx, alice, &name("To-Be"), created).await.unwrap(), 2);
    let settled = publishers::list_of_crate(&mut tx, "github", created).await.unwrap();
    assert_eq!(ids(&settled), [first, second]);
    assert!(settled.iter().all(|publisher| publisher.crate_name == "To-Be"));
    let pending = publishers::list_pending(&mut tx, &canonical("to-be"), &all).await.unwrap();
    assert_eq!(ids(&pending), [of_bob]);
    assert_eq!(publishers::settle_pending(&mut tx, alice, &name("To-Be"), created).await.unwrap(), 0);
}

async fn a_deleted_crate_has_no_publishers(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    let (tide_name, ebb_name) = (name("tide"), name("ebb"));
    let gone = insert(&mut tx, &workflow(&tide_name, Some(tide), alice)).await;
    let kept = insert(&mut tx, &workflow(&ebb_name, Some(ebb), alice)).await;
    crates::delete(&mut tx, tide).await.unwrap();
    assert!(publishers::find(&mut tx, "github", gone).await.unwrap().is_none());
    assert!(publishers::find(&mut tx, "github", kept).await.unwrap().is_some());
}

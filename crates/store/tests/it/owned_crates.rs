//! The crates that somebody owns.

use cargohold_store::crates::{self, CrateTexts};
use cargohold_store::owned_crates::{self, OwnedCrate, ReviewedCrate};
use cargohold_store::{Tx, dependencies, owners, reverse_dependencies};

use crate::engines::Database;
use crate::fixtures::{at, dependency, krate, show, user, version};

on_both_engines!(
    owned_crates_are_ones_own_and_ask_for_mails_one_by_one,
    downloads_of_owned_crates_are_added_up,
    administrators_see_what_becomes_of_a_crate,
);

/// Somebody with two crates, and a crate that is another's.
async fn two_crates(tx: &mut Tx) -> (i64, [i64; 3]) {
    let (alice, bob) = (user(tx, "alice").await, user(tx, "bob").await);
    let ids = [krate(tx, "tide").await, krate(tx, "Ebb").await, krate(tx, "flow").await];
    for (crate_id, owner) in [(ids[0], alice), (ids[1], alice), (ids[1], bob), (ids[2], bob)] {
        owners::add(tx, crate_id, owner, owner, at(0)).await.unwrap();
    }
    (alice, ids)
}

async fn owned_crates_are_ones_own_and_ask_for_mails_one_by_one(db: &Database) {
    let mut tx = db.write().await;
    let (alice, [tide, ebb, flow]) = two_crates(&mut tx).await;
    let owned =
        |id: i64, name: &str, email_notifications| OwnedCrate { id, name: name.to_owned(), email_notifications };
    let list = async |tx: &mut Tx, user_id: i64| {
        let mut listed = owned_crates::list(tx, user_id).await.unwrap();
        listed.sort_unstable_by_key(|krate| krate.id);
        listed
    };
    assert_eq!(list(&mut tx, alice).await, [owned(tide, "tide", true), owned(ebb, "Ebb", true)]);
    for crate_id in [ebb, flow] {
        owned_crates::set_email_notifications(&mut tx, alice, crate_id, false).await.unwrap();
    }
    assert_eq!(list(&mut tx, alice).await, [owned(tide, "tide", true), owned(ebb, "Ebb", false)]);
    assert_eq!(list(&mut tx, alice + 1).await, [owned(ebb, "Ebb", true), owned(flow, "flow", true)]);
}

async fn downloads_of_owned_crates_are_added_up(db: &Database) {
    let mut tx = db.write().await;
    let (alice, ids) = two_crates(&mut tx).await;
    assert_eq!(owned_crates::count_downloads(&mut tx, alice).await.unwrap(), 0);
    for (crate_id, downloads) in ids.into_iter().zip([4_000_000_000_i64, 7, 100]) {
        let sql = "UPDATE crates SET downloads = $1 WHERE id = $2";
        tx.query(sql).bind(downloads).bind(crate_id).execute().await.unwrap();
    }
    assert_eq!(owned_crates::count_downloads(&mut tx, alice).await.unwrap(), 4_000_000_007);
    assert_eq!(owned_crates::count_downloads(&mut tx, alice + 99).await.unwrap(), 0, "nobody owns nothing");
}

async fn administrators_see_what_becomes_of_a_crate(db: &Database) {
    let mut tx = db.write().await;
    let (alice, [tide, ebb, flow]) = two_crates(&mut tx).await;
    let texts = CrateTexts { description: Some("Waves".to_owned()), ..CrateTexts::default() };
    crates::set_texts(&mut tx, tide, &texts, None, at(8)).await.unwrap();
    let shown = version(&mut tx, tide, alice, "1.0.0", at(1)).await;
    show(&mut tx, tide, shown, at(1)).await;
    for dependent in [ebb, flow] {
        let depending = version(&mut tx, dependent, alice, "1.0.0", at(1)).await;
        dependencies::insert_all(&mut tx, depending, &[dependency("tide")]).await.unwrap();
        show(&mut tx, dependent, depending, at(1)).await;
        reverse_dependencies::refresh(&mut tx, dependent).await.unwrap();
    }
    tx.query("UPDATE crates SET default_version = '1.0.0', downloads = 5 WHERE id = $1")
        .bind(tide)
        .execute()
        .await
        .unwrap();
    tx.query("UPDATE crates SET is_yanked = TRUE, default_version_id = NULL WHERE id = $1")
        .bind(ebb)
        .execute()
        .await
        .unwrap();
    let mut listed = owned_crates::list_to_review(&mut tx, alice).await.unwrap();
    listed.sort_unstable_by(|a, b| b.name.cmp(&a.name));
    let expected = ReviewedCrate {
        name: "tide".to_owned(),
        description: Some("Waves".to_owned()),
        updated_at: at(8).micros(),
        downloads: 5,
        num_rev_deps: 2,
        num_versions: 1,
        is_yanked: false,
        default_version: Some("1.0.0".to_owned()),
        size_bytes: Some(1234),
        bin_names: Some("[]".to_owned()),
    };
    assert_eq!(listed[0], expected);
    let ebb = &listed[1];
    assert_eq!((ebb.name.as_str(), ebb.is_yanked, ebb.size_bytes, ebb.num_rev_deps), ("Ebb", true, None, 0));
    assert_eq!(listed.len(), 2);
}

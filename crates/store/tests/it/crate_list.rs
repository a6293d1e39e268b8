//! Crates and teams as administrators see them, and what single users may do more often than others.

use cargohold_protocol::Timestamp;
use cargohold_store::crate_list::{self, Filter};
use cargohold_store::rate::{self, Override};
use cargohold_store::{Tx, crate_limits, crate_teams, owners, team_members, teams};

use crate::engines::Database;
use crate::fixtures::{at, insert_version, krate, local_team, user};

on_both_engines!(
    crates_are_found_by_name_and_owner,
    a_crate_tells_how_big_it_is_and_whose,
    teams_tell_how_many_are_in_them,
    overrides_of_everybody_are_listed_until_they_end,
);

async fn names(tx: &mut Tx, text: &str, owner_id: Option<i64>) -> Vec<String> {
    let found = crate_list::list(tx, Filter { text, owner_id }, i64::MAX, 9).await.unwrap();
    found.into_iter().map(|krate| krate.name).collect()
}

async fn crates_are_found_by_name_and_owner(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let tide = krate(&mut tx, "Tide-Pool").await;
    let ebb = krate(&mut tx, "ebb").await;
    owners::add(&mut tx, ebb, alice, alice, at(0)).await.unwrap();
    for (text, expected) in [
        ("", &["ebb", "Tide-Pool"][..]),
        ("tide_p", &["Tide-Pool"]),
        ("E-POO", &["Tide-Pool"]),
        ("%", &[]),
        ("eb", &["ebb"]),
    ] {
        assert_eq!(names(&mut tx, text, None).await, expected, "{text}");
    }
    assert_eq!(names(&mut tx, "", Some(alice)).await, ["ebb"]);
    assert_eq!(names(&mut tx, "tide", Some(alice)).await, [""; 0]);
    let older = crate_list::list(&mut tx, Filter::default(), ebb, 9).await.unwrap();
    assert_eq!(older.iter().map(|krate| krate.id).collect::<Vec<_>>(), [tide]);
    assert_eq!(crate_list::list(&mut tx, Filter::default(), i64::MAX, 1).await.unwrap().len(), 1);
}

async fn a_crate_tells_how_big_it_is_and_whose(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let team = local_team(&mut tx, "local:sea:core").await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    for owner in [bob, alice] {
        owners::add(&mut tx, tide, owner, alice, at(0)).await.unwrap();
    }
    crate_teams::add(&mut tx, ebb, team, alice, at(0)).await.unwrap();
    for version in ["1.0.0", "1.1.0"] {
        insert_version(&mut tx, tide, alice, version, at(0)).await.unwrap();
    }
    crate_limits::set(&mut tx, ebb, None, Some(7)).await.unwrap();
    let listed = crate_list::list(&mut tx, Filter::default(), i64::MAX, 9).await.unwrap();
    let facts: Vec<_> = listed.iter().map(|krate| (krate.id, krate.size_bytes, krate.has_own_limits)).collect();
    assert_eq!(facts, [(ebb, 0, true), (tide, 2468, false)]);
    let text = str::to_owned;
    let users = crate_list::list_users(&mut tx, &[tide, ebb]).await.unwrap();
    assert_eq!(users, [(tide, text("alice")), (tide, text("bob"))]);
    assert_eq!(crate_list::list_teams(&mut tx, &[tide, ebb]).await.unwrap(), [(ebb, text("local:sea:core"))]);
    assert_eq!(crate_list::list_users(&mut tx, &[ebb]).await.unwrap(), []);
}

async fn teams_tell_how_many_are_in_them(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (shore, deep) = (local_team(&mut tx, "local:sea:shore").await, local_team(&mut tx, "local:sea:deep").await);
    team_members::put(&mut tx, deep, alice, true, at(0)).await.unwrap();
    for name in ["tide", "ebb"] {
        let krate = krate(&mut tx, name).await;
        crate_teams::add(&mut tx, krate, shore, alice, at(0)).await.unwrap();
    }
    let listed = teams::list_counted(&mut tx).await.unwrap();
    let counts: Vec<_> = listed.iter().map(|it| (it.team.login.as_str(), it.members, it.crates)).collect();
    assert_eq!(counts, [("local:sea:deep", 1, 0), ("local:sea:shore", 0, 2)]);
}

async fn overrides_of_everybody_are_listed_until_they_end(db: &Database) {
    let mut tx = db.write().await;
    let (bob, alice) = (user(&mut tx, "Bob").await, user(&mut tx, "alice").await);
    let wanted = |action: &str, burst, end: Option<i64>| Override {
        action: action.to_owned(),
        burst,
        expires_at: end.map(|end| Timestamp::micros(at(end))),
    };
    rate::set_override(&mut tx, bob, &wanted("mail", 9, None)).await.unwrap();
    rate::set_override(&mut tx, alice, &wanted("publish-new", 7, Some(60))).await.unwrap();
    let listed = rate::list_all_overrides(&mut tx, at(59)).await.unwrap();
    let found: Vec<_> =
        listed.iter().map(|(login, action, burst, _)| (login.as_str(), action.as_str(), *burst)).collect();
    assert_eq!(found, [("alice", "publish-new", 7), ("Bob", "mail", 9)]);
    assert_eq!(rate::list_all_overrides(&mut tx, at(60)).await.unwrap().len(), 1);
}

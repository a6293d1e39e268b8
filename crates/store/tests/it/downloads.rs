//! Daily downloads and the totals (contract §11.2).

use cargohold_store::crates::{self, Crate};
use cargohold_store::dependencies;
use cargohold_store::downloads::{self, DayCount};
use cargohold_store::{Tx, changes, reverse_dependencies, versions};
use tokio::task::JoinSet;

use crate::engines::Database;
use crate::fixtures::{at, canonical, day, dependency, krate, num, show, user, version};

on_both_engines!(
    downloads_of_a_day_add_up,
    downloads_of_versions_that_are_gone_are_left_out,
    daily_downloads_are_listed_by_day_and_latest_version,
    a_roll_up_takes_over_what_is_new,
    a_roll_up_goes_in_steps,
    a_roll_up_is_no_update_and_is_told_to_everybody_once,
    recent_downloads_are_those_of_ninety_days_with_today,
    a_new_day_moves_the_window,
    the_first_window_drops_what_is_older,
    a_roll_up_sorts_dependents_anew,
    an_access_log_is_counted_once_by_name_and_contents,
    counting_and_changing_crates_at_once_loses_nothing,
);

/// A crate of this name with one version, as the ids of both.
async fn tide(tx: &mut Tx, text: &str) -> (i64, i64) {
    let by = user(tx, text).await;
    let id = krate(tx, text).await;
    let version_id = version(tx, id, by, "1.0.0", at(0)).await;
    show(tx, id, version_id, at(0)).await;
    (id, version_id)
}

async fn add(tx: &mut Tx, days: i64, counts: &[(i64, i64)]) {
    downloads::add(tx, day(days), counts).await.unwrap();
}

async fn roll_up(tx: &mut Tx, today: i64) -> usize {
    downloads::roll_up(tx, day(today), 5000, at(1)).await.unwrap()
}

async fn crate_of(tx: &mut Tx, id: i64) -> Crate {
    crates::find_by_id(tx, id).await.unwrap().unwrap()
}

async fn recent(tx: &mut Tx, id: i64) -> Option<i64> {
    crate_of(tx, id).await.recent_downloads
}

fn count(version_id: i64, days: i64, downloads: i64) -> DayCount {
    DayCount { version_id, day: day(days).number(), downloads }
}

async fn downloads_of_a_day_add_up(db: &Database) {
    let mut tx = db.write().await;
    let ((_, first), (_, second)) = (tide(&mut tx, "tide").await, tide(&mut tx, "ebb").await);
    add(&mut tx, 0, &[(second, 3), (first, 1)]).await;
    add(&mut tx, 0, &[(first, 5_000_000_000)]).await;
    add(&mut tx, 1, &[(first, 2), (second, 4), (first, 2)]).await;
    add(&mut tx, 1, &[]).await;
    let found = downloads::list(&mut tx, &[first, second], day(0), day(1)).await.unwrap();
    let expected = [count(second, 0, 3), count(first, 0, 5_000_000_001), count(second, 1, 4), count(first, 1, 4)];
    assert_eq!(found, expected);
}

async fn downloads_of_versions_that_are_gone_are_left_out(db: &Database) {
    let mut tx = db.write().await;
    let (_, first) = tide(&mut tx, "tide").await;
    add(&mut tx, 0, &[(first + 1, 3), (first, 1), (-1, 1)]).await;
    add(&mut tx, 0, &[(first + 1, 3)]).await;
    let found = downloads::list(&mut tx, &[first, first + 1, -1], day(0), day(0)).await.unwrap();
    assert_eq!(found, [count(first, 0, 1)]);
}

async fn daily_downloads_are_listed_by_day_and_latest_version(db: &Database) {
    let mut tx = db.write().await;
    let ((_, first), (_, second)) = (tide(&mut tx, "tide").await, tide(&mut tx, "ebb").await);
    let (_, other) = tide(&mut tx, "flow").await;
    for days in [3, -1, 0, 2] {
        add(&mut tx, days, &[(first, 1), (second, 2), (other, 4)]).await;
    }
    let found = downloads::list(&mut tx, &[first, second], day(0), day(2)).await.unwrap();
    assert_eq!(found, [count(second, 0, 2), count(first, 0, 1), count(second, 2, 2), count(first, 2, 1)]);
    assert!(downloads::list(&mut tx, &[first], day(1), day(1)).await.unwrap().is_empty());
    assert!(downloads::list(&mut tx, &[], day(0), day(2)).await.unwrap().is_empty());
}

async fn a_roll_up_takes_over_what_is_new(db: &Database) {
    let mut tx = db.write().await;
    let ((tide_id, first), (ebb, second)) = (tide(&mut tx, "tide").await, tide(&mut tx, "ebb").await);
    let by = user(&mut tx, "bob").await;
    let third = version(&mut tx, tide_id, by, "2.0.0", at(0)).await;
    assert_eq!(downloads::total(&mut tx).await.unwrap(), 0);
    add(&mut tx, 0, &[(first, 1), (third, 10), (second, 100)]).await;
    add(&mut tx, 1, &[(first, 1000)]).await;
    tx.commit().await.unwrap();

    // The last two find nothing new, and then only what came after the others.
    for (more, rows, of_tide, of_first, total) in
        [(0, 4, 1011, 1001, 1111), (0, 0, 1011, 1001, 1111), (7, 1, 1018, 1008, 1118)]
    {
        let mut tx = db.write().await;
        let counts = [(first, more)];
        add(&mut tx, 0, if more > 0 { &counts } else { &[] }).await;
        assert_eq!(roll_up(&mut tx, 1).await, rows);
        let found = crate_of(&mut tx, tide_id).await;
        assert_eq!((found.downloads, found.recent_downloads), (of_tide, Some(of_tide)));
        assert_eq!(crate_of(&mut tx, ebb).await.downloads, 100);
        let of_versions = versions::list(&mut tx, tide_id).await.unwrap();
        let of_versions: Vec<_> = of_versions.iter().map(|row| (row.num.as_str(), row.downloads)).collect();
        assert_eq!(of_versions, [("2.0.0", 10), ("1.0.0", of_first)]);
        assert_eq!(downloads::total(&mut tx).await.unwrap(), total);
        tx.commit().await.unwrap();
    }
}

async fn a_roll_up_goes_in_steps(db: &Database) {
    let mut tx = db.write().await;
    let ((tide_id, first), (_, second)) = (tide(&mut tx, "tide").await, tide(&mut tx, "ebb").await);
    for days in 0..3 {
        add(&mut tx, days, &[(first, 1), (second, 1)]).await;
    }
    let mut steps = Vec::new();
    for _ in 0..4 {
        steps.push(downloads::roll_up(&mut tx, day(2), 2, at(1)).await.unwrap());
    }
    assert_eq!(steps, [2, 2, 2, 0]);
    assert_eq!(downloads::total(&mut tx).await.unwrap(), 6);
    assert_eq!(crate_of(&mut tx, tide_id).await.downloads, 3);
}

async fn a_roll_up_is_no_update_and_is_told_to_everybody_once(db: &Database) {
    let mut tx = db.write().await;
    let ((tide_id, first), (ebb, second)) = (tide(&mut tx, "tide").await, tide(&mut tx, "ebb").await);
    tide(&mut tx, "flow").await;
    changes::append(&mut tx, tide_id, &canonical("tide"), at(0)).await.unwrap();
    for days in 0..3 {
        add(&mut tx, days, &[(first, 1), (second, 1)]).await;
    }
    roll_up(&mut tx, 2).await;
    roll_up(&mut tx, 2).await;
    let found = changes::list_after(&mut tx, 0, 9).await.unwrap();
    let found: Vec<_> = found.iter().map(|change| (change.seq, change.crate_id)).collect();
    assert_eq!(found, [(1, tide_id), (2, tide_id), (3, ebb)]);
    assert_eq!(crate_of(&mut tx, tide_id).await.updated_at, at(0));
    assert_eq!(versions::list(&mut tx, tide_id).await.unwrap()[0].updated_at, at(0).micros());
}

async fn recent_downloads_are_those_of_ninety_days_with_today(db: &Database) {
    let mut tx = db.write().await;
    let (recent_id, first) = tide(&mut tx, "tide").await;
    let (old, second) = tide(&mut tx, "ebb").await;
    let (never, _) = tide(&mut tx, "flow").await;
    for (days, downloads) in [(0, 1), (-89, 10), (-90, 100), (-91, 1000)] {
        add(&mut tx, days, &[(first, downloads)]).await;
    }
    add(&mut tx, -90, &[(second, 5)]).await;
    assert_eq!(roll_up(&mut tx, 0).await, 5);
    let found = crate_of(&mut tx, recent_id).await;
    assert_eq!((found.downloads, found.recent_downloads), (1111, Some(11)));
    let found = crate_of(&mut tx, old).await;
    assert_eq!((found.downloads, found.recent_downloads), (5, None));
    assert_eq!(recent(&mut tx, never).await, None);
}

/// Moves the window crate by crate, and answers how many there were.
async fn move_window(tx: &mut Tx, today: i64) -> usize {
    let (mut after, mut moved) = (0, 0);
    while let Some(last) = downloads::move_window(tx, day(today), after, 1, at(9)).await.unwrap() {
        (after, moved) = (last, moved + 1);
    }
    moved
}

async fn a_new_day_moves_the_window(db: &Database) {
    let mut tx = db.write().await;
    let ((tide_id, first), (ebb, second)) = (tide(&mut tx, "tide").await, tide(&mut tx, "ebb").await);
    add(&mut tx, -89, &[(first, 1)]).await;
    add(&mut tx, -88, &[(first, 10)]).await;
    add(&mut tx, 0, &[(first, 100), (second, 5)]).await;
    assert_eq!(roll_up(&mut tx, 0).await, 4);
    assert_eq!(move_window(&mut tx, 0).await, 0);
    let seq = changes::latest_seq(&mut tx).await.unwrap();

    for (today, moved, of_tide, of_ebb) in [
        (0, 0, Some(111), Some(5)),
        (1, 1, Some(110), Some(5)),
        (1, 0, Some(110), Some(5)),
        (0, 0, Some(110), Some(5)),
        (2, 1, Some(100), Some(5)),
        (89, 0, Some(100), Some(5)),
        (90, 2, None, None),
        (200, 0, None, None),
    ] {
        let done = move_window(&mut tx, today).await;
        assert_eq!(done, moved, "on day {today}");
        let found = (recent(&mut tx, tide_id).await, recent(&mut tx, ebb).await);
        assert_eq!(found, (of_tide, of_ebb), "on day {today}");
    }
    let told = changes::list_after(&mut tx, seq, 9).await.unwrap();
    let told: Vec<_> = told.iter().map(|change| (change.seq - seq, change.crate_id)).collect();
    assert_eq!(told, [(1, tide_id), (2, tide_id), (3, tide_id), (4, ebb)]);
    assert_eq!(crate_of(&mut tx, tide_id).await.downloads, 111);
    assert_eq!(downloads::total(&mut tx).await.unwrap(), 116);
}

async fn the_first_window_drops_what_is_older(db: &Database) {
    let mut tx = db.write().await;
    let (tide_id, first) = tide(&mut tx, "tide").await;
    add(&mut tx, 0, &[(first, 1)]).await;
    assert_eq!(roll_up(&mut tx, 0).await, 1);
    // Nobody was there for a year.
    assert_eq!(move_window(&mut tx, 365).await, 1);
    assert_eq!(recent(&mut tx, tide_id).await, None);
}

async fn a_roll_up_sorts_dependents_anew(db: &Database) {
    let mut tx = db.write().await;
    let mut ids = Vec::new();
    for text in ["alpha", "bravo"] {
        let (crate_id, version_id) = tide(&mut tx, text).await;
        dependencies::insert_all(&mut tx, version_id, &[dependency("tide")]).await.unwrap();
        reverse_dependencies::refresh(&mut tx, crate_id).await.unwrap();
        ids.push(version_id);
    }
    for (version_id, more, expected) in
        [(ids[0], 5, [(ids[0], 5), (ids[1], 0)]), (ids[1], 7, [(ids[1], 7), (ids[0], 5)])]
    {
        add(&mut tx, 0, &[(version_id, more)]).await;
        roll_up(&mut tx, 0).await;
        let found = reverse_dependencies::list(&mut tx, "tide", 0, 9).await.unwrap();
        assert_eq!(found.iter().map(|it| (it.version_id, it.downloads)).collect::<Vec<_>>(), expected);
    }
}

async fn an_access_log_is_counted_once_by_name_and_contents(db: &Database) {
    let mut tx = db.write().await;
    for (name, cksum, is_new) in [
        ("a.log", "1", true),
        ("a.log", "1", false),
        ("a.log", "2", false),
        ("b.log", "1", false),
        ("b.log", "2", true),
    ] {
        assert_eq!(downloads::note_log(&mut tx, name, cksum, at(0)).await.unwrap(), is_new, "{name} {cksum}");
        assert_eq!(downloads::is_log_noted(&mut tx, cksum).await.unwrap(), cksum == "1" || is_new, "{name} {cksum}");
    }
}

/// Everything that locks more than one row, in every order there may be. Nobody may wait for each other in a circle, and no
/// download may be lost.
async fn counting_and_changing_crates_at_once_loses_nothing(db: &Database) {
    const CRATES: i64 = 12;
    const ROUNDS: i64 = 12;
    let mut tx = db.write().await;
    let mut all = Vec::new();
    for number in 0..CRATES {
        all.push(tide(&mut tx, &format!("crate-{number}")).await);
    }
    let doomed = tide(&mut tx, "doomed").await;
    tx.commit().await.unwrap();

    let mut tasks = JoinSet::new();
    for adder in 0..3 {
        let (store, mut counts) = (db.store.clone(), all.iter().map(|it| (it.1, 1)).collect::<Vec<_>>());
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                counts.rotate_left(usize::try_from(adder + 1).unwrap());
                counts.reverse();
                let mut tx = store.write().await.unwrap();
                for days in [round % 3, (round + adder) % 3] {
                    let mut counts = counts.clone();
                    counts.push((doomed.1, 1));
                    add(&mut tx, days, &counts).await;
                }
                tx.commit().await.unwrap();
            }
        });
    }
    for _ in 0..2 {
        let store = db.store.clone();
        tasks.spawn(async move {
            for _ in 0..ROUNDS {
                let mut tx = store.write().await.unwrap();
                roll_up(&mut tx, 2).await;
                tx.commit().await.unwrap();
            }
        });
    }
    for (crate_id, version_id) in all.clone() {
        let store = db.store.clone();
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                let mut tx = store.write().await.unwrap();
                crates::lock(&mut tx, crate_id).await.unwrap();
                versions::set_yanked(&mut tx, version_id, round % 2 == 0, None, at(round)).await.unwrap();
                show(&mut tx, crate_id, version_id, at(round)).await;
                changes::append(&mut tx, crate_id, &canonical("yanked"), at(round)).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    let store = db.store.clone();
    tasks.spawn(async move {
        let mut tx = store.write().await.unwrap();
        crates::lock(&mut tx, doomed.0).await.unwrap();
        crates::delete(&mut tx, doomed.0).await.unwrap();
        tx.commit().await.unwrap();
    });
    tasks.join_all().await;

    let mut tx = db.write().await;
    roll_up(&mut tx, 2).await;
    for (crate_id, version_id) in all {
        let found = crate_of(&mut tx, crate_id).await;
        assert_eq!((found.downloads, found.recent_downloads), (6 * ROUNDS, Some(6 * ROUNDS)));
        let of_version = versions::find(&mut tx, crate_id, &num("1.0.0")).await.unwrap().unwrap();
        assert_eq!((of_version.id, of_version.downloads), (version_id, 6 * ROUNDS));
    }
    assert!(downloads::total(&mut tx).await.unwrap() >= 6 * ROUNDS * CRATES);
    assert!(changes::reaches_back_to(&mut tx, 0).await.unwrap(), "the feed has no gaps");
}

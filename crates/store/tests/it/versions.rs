//! Versions, their index lines and what was done to them.

use cargohold_store::Tx;
use cargohold_store::versions::{self, Action, NewVersion, VersionFacts};

use crate::engines::Database;
use crate::fixtures::{
    assert_names_row, at, blob_key_of, cksum, insert_version, krate, line_of, name, num, show, user, version,
};

on_both_engines!(
    many_versions_are_found_by_their_exact_names,
    every_column_of_a_version_arrives,
    a_version_that_is_there_is_none_and_the_transaction_goes_on,
    a_blob_key_belongs_to_one_version,
    summaries_are_listed_oldest_first,
    versions_are_counted_since_an_instant,
    a_yank_changes_one_version_and_can_be_taken_back,
    the_yank_state_is_that_of_exactly_the_version,
    actions_are_recorded,
    an_index_file_has_its_lines_in_the_order_of_publication,
    an_index_file_answers_to_one_spelling_of_dashes,
    an_index_file_changes_with_publishes_and_yanks,
    a_tarball_is_found_by_its_exact_name_and_number,
    a_blob_is_known_while_a_version_has_it,
    a_version_that_cannot_be_read_is_named,
    a_version_is_shown_with_all_there_is_to_it,
    versions_are_listed_latest_first_and_by_ids,
    releases_are_those_since_an_instant_and_some_more,
    a_version_to_analyze_says_where_its_bytes_are,
    counted_lines_are_kept,
    actions_are_listed_with_whoever_acted,
);

/// What a manifest with a value for everything says.
fn facts() -> VersionFacts {
    let some = |text: &str| Some(text.to_owned());
    VersionFacts {
        features: r#"{"größe":[]}"#.to_owned(),
        keywords: r#"["Moon"]"#.to_owned(),
        categories: r#"["games"]"#.to_owned(),
        license: some("MIT"),
        links: some("z"),
        rust_version: some("1.70"),
        edition: some("2024"),
        has_lib: true,
        lib_name: "tide_pool".to_owned(),
        bin_names: r#"["tide"]"#.to_owned(),
        description: some("Flut 🦀"),
        homepage: some("h"),
        documentation: some("d"),
        repository: some("r"),
    }
}

async fn alice_and_tide(tx: &mut Tx) -> (i64, i64) {
    (user(tx, "alice").await, krate(tx, "Tide-Pool").await)
}

async fn every_column_of_a_version_arrives(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let facts = facts();
    let (num, line, cksum) = (num("1.0.0-beta.1+x"), line_of("1.0.0-beta.1+x"), cksum());
    let new = NewVersion {
        crate_id: tide,
        num: &num,
        line: &line,
        blob_key: "crates/a",
        cksum: &cksum,
        size_bytes: 5_000_000_000,
        published_by: Some(alice),
        published_email: Some("alice@example.org"),
        readme_file: Some("README.md"),
        facts: &facts,
    };
    versions::insert(&mut tx, &new, at(3)).await.unwrap().unwrap();

    let texts = |columns: &'static str| columns.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let row: (String, String, String, String, String, String, i64, i64, String, String) = tx
        .query(
            "SELECT num, num_no_build, line_head, line_tail, blob_key, cksum, size_bytes, published_by, \
                published_email, readme_file FROM versions",
        )
        .fetch_one()
        .await
        .unwrap();
    assert_eq!([row.0, row.1], ["1.0.0-beta.1+x", "1.0.0-beta.1"]);
    assert_eq!([row.2, row.3], [line.head, line.tail]);
    assert_eq!([row.4, row.5], ["crates/a".to_owned(), cksum.to_string()]);
    assert_eq!((row.6, row.7), (5_000_000_000, alice));
    assert_eq!([row.8, row.9], ["alice@example.org", "README.md"]);
    let row: (String, String, String, String, String, String) = tx
        .query("SELECT features, keywords, categories, license, links, rust_version FROM versions")
        .fetch_one()
        .await
        .unwrap();
    let found = [row.0, row.1, row.2, row.3, row.4, row.5];
    assert_eq!(found, [r#"{"größe":[]}"#, r#"["Moon"]"#, r#"["games"]"#, "MIT", "z", "1.70"]);
    let row: (String, bool, String, String, String, String, String) = tx
        .query("SELECT edition, has_lib, lib_name, bin_names, homepage, documentation, repository FROM versions")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(vec![row.0, row.2, row.3, row.4, row.5, row.6], texts(r#"2024 tide_pool ["tide"] h d r"#));
    assert!(row.1);
    let row: (String, bool, Option<String>, i64, i64, i64) = tx
        .query("SELECT description, is_yanked, yank_message, created_at, updated_at, downloads FROM versions")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row, ("Flut 🦀".to_owned(), false, None, at(3).micros(), at(3).micros(), 0));
}

async fn a_version_that_is_there_is_none_and_the_transaction_goes_on(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let ebb = krate(&mut tx, "ebb").await;
    version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    version(&mut tx, tide, alice, "2.0.0-a+x", at(0)).await;
    for taken in ["1.0.0", "1.0.0+x", "2.0.0-a+x", "2.0.0-a+y", "2.0.0-a"] {
        assert_eq!(insert_version(&mut tx, tide, alice, taken, at(1)).await, None, "{taken}");
    }
    for free in ["2.0.0", "2.0.0-b", "1.0.1+x"] {
        version(&mut tx, tide, alice, free, at(1)).await;
    }
    version(&mut tx, ebb, alice, "1.0.0", at(1)).await;
    tx.commit().await.unwrap();
    assert_eq!(versions::list_summaries(&mut db.read().await, tide).await.unwrap().len(), 5);
}

async fn a_blob_key_belongs_to_one_version(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    let (num, line, cksum, facts) = (num("2.0.0"), line_of("2.0.0"), cksum(), VersionFacts::default());
    let stolen = NewVersion {
        crate_id: tide,
        num: &num,
        line: &line,
        blob_key: &blob_key_of(tide, "1.0.0"),
        cksum: &cksum,
        size_bytes: 1,
        published_by: Some(alice),
        published_email: None,
        readme_file: None,
        facts: &facts,
    };
    assert_eq!(versions::insert(&mut tx, &stolen, at(0)).await.unwrap(), None);
}

async fn summaries_are_listed_oldest_first(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    for (number, now) in [("2.0.0", 20), ("1.0.0", 10), ("10.0.0", 20), ("3.0.0-a+b", 15)] {
        version(&mut tx, tide, alice, number, at(now)).await;
    }
    let yanked = versions::find_yank_state(&mut tx, tide, &num("1.0.0")).await.unwrap().unwrap().id;
    versions::set_yanked(&mut tx, yanked, true, None, at(30)).await.unwrap();
    let summaries = versions::list_summaries(&mut tx, tide).await.unwrap();
    let found: Vec<_> = summaries.iter().map(|it| (it.num.to_string(), it.created_at, it.is_yanked)).collect();
    let expected = [("1.0.0", 10, true), ("3.0.0-a+b", 15, false), ("2.0.0", 20, false), ("10.0.0", 20, false)];
    assert_eq!(found, expected.map(|(num, now, is_yanked)| (num.to_owned(), at(now), is_yanked)));
    assert_eq!(summaries[0].id, yanked);
    assert!(versions::list_summaries(&mut tx, tide + 1).await.unwrap().is_empty());
}

async fn versions_are_counted_since_an_instant(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let ebb = krate(&mut tx, "ebb").await;
    for (number, now) in [("1.0.0", 10), ("2.0.0", 20), ("3.0.0", 30)] {
        version(&mut tx, tide, alice, number, at(now)).await;
    }
    version(&mut tx, ebb, alice, "1.0.0", at(30)).await;
    for (since, count) in [(0, 3), (10, 2), (19, 2), (20, 1), (30, 0)] {
        assert_eq!(versions::count_since(&mut tx, tide, at(since)).await.unwrap(), count, "since {since}");
    }
}

async fn a_yank_changes_one_version_and_can_be_taken_back(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let first = version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    version(&mut tx, tide, alice, "2.0.0", at(0)).await;
    versions::set_yanked(&mut tx, first, true, Some("kaputt 🦀"), at(5)).await.unwrap();
    let state = versions::find_yank_state(&mut tx, tide, &num("1.0.0")).await.unwrap().unwrap();
    assert_eq!((state.id, state.is_yanked, state.yank_message.as_deref()), (first, true, Some("kaputt 🦀")));
    let other = versions::find_yank_state(&mut tx, tide, &num("2.0.0")).await.unwrap().unwrap();
    assert_eq!((other.is_yanked, other.yank_message), (false, None));

    let file = versions::load_index_file(&mut tx, &name("tide-pool")).await.unwrap().unwrap();
    assert_eq!(file.lines, [(line_of("1.0.0"), true), (line_of("2.0.0"), false)]);
    versions::set_yanked(&mut tx, first, false, None, at(6)).await.unwrap();
    let state = versions::find_yank_state(&mut tx, tide, &num("1.0.0")).await.unwrap().unwrap();
    assert_eq!((state.is_yanked, state.yank_message), (false, None));
    let (updated_at,): (i64,) =
        tx.query("SELECT updated_at FROM versions WHERE id = $1").bind(first).fetch_one().await.unwrap();
    assert_eq!(updated_at, at(6).micros());
}

async fn the_yank_state_is_that_of_exactly_the_version(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    version(&mut tx, tide, alice, "1.0.0+a", at(0)).await;
    assert!(versions::find_yank_state(&mut tx, tide, &num("1.0.0+a")).await.unwrap().is_some());
    for other in ["1.0.0", "1.0.0+b", "1.0.0-a", "2.0.0"] {
        assert!(versions::find_yank_state(&mut tx, tide, &num(other)).await.unwrap().is_none(), "{other}");
    }
    assert!(versions::find_yank_state(&mut tx, tide + 1, &num("1.0.0+a")).await.unwrap().is_none());
}

async fn actions_are_recorded(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let first = version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    let token = cargohold_store::tokens::NewToken {
        user_id: alice,
        hash: &[1; 32],
        name: "ci",
        endpoint_scopes: None,
        crate_scopes: None,
        expires_at: None,
    };
    let token = cargohold_store::tokens::insert(&mut tx, &token, at(0)).await.unwrap();
    for (action, token, now) in
        [(Action::Publish, Some(token), 0), (Action::Yank, None, 1), (Action::Unyank, Some(token), 2)]
    {
        versions::record_action(&mut tx, first, action, alice, token, at(now)).await.unwrap();
    }
    let recorded: Vec<(i64, i64, Option<i64>, String, i64)> = tx
        .query("SELECT version_id, user_id, token_id, action, at FROM version_actions ORDER BY id")
        .fetch_all()
        .await
        .unwrap();
    let expected = [("publish", Some(token), 0), ("yank", None, 1), ("unyank", Some(token), 2)];
    assert_eq!(recorded, expected.map(|(word, token, now)| (first, alice, token, word.to_owned(), at(now).micros())));
}

async fn an_index_file_has_its_lines_in_the_order_of_publication(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let ebb = krate(&mut tx, "ebb").await;
    // Published at the same instant, `9.0.0` and `0.1.0` keep the order of their ids.
    for (number, now) in [("9.0.0", 20), ("0.1.0", 20), ("10.0.0", 10), ("1.0.0-a+b", 30)] {
        version(&mut tx, tide, alice, number, at(now)).await;
    }
    version(&mut tx, ebb, alice, "5.0.0", at(15)).await;
    tx.commit().await.unwrap();

    let mut tx = db.read().await;
    let file = versions::load_index_file(&mut tx, &name("tide-pool")).await.unwrap().unwrap();
    assert_eq!(file.lines, ["10.0.0", "9.0.0", "0.1.0", "1.0.0-a+b"].map(|number| (line_of(number), false)));
}

async fn an_index_file_answers_to_one_spelling_of_dashes(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    assert!(versions::load_index_file(&mut tx, &name("tide-pool")).await.unwrap().is_none(), "no versions, no file");
    version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    assert!(versions::load_index_file(&mut tx, &name("tide-pool")).await.unwrap().is_some());
    for other in ["tide_pool", "tidepool", "ebb"] {
        assert!(versions::load_index_file(&mut tx, &name(other)).await.unwrap().is_none(), "{other}");
    }
}

async fn an_index_file_changes_with_publishes_and_yanks(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let first = version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    for now in [10, 20] {
        show(&mut tx, tide, first, at(now)).await;
        let file = versions::load_index_file(&mut tx, &name("tide-pool")).await.unwrap().unwrap();
        assert_eq!(file.changed_at, at(now));
    }
}

async fn a_tarball_is_found_by_its_exact_name_and_number(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    version(&mut tx, tide, alice, "1.0.0+a", at(0)).await;
    let found = versions::find_tarball(&mut tx, &name("Tide-Pool"), &num("1.0.0+a")).await.unwrap().unwrap();
    assert_eq!((found.blob_key, found.cksum, found.size_bytes), (blob_key_of(tide, "1.0.0+a"), cksum(), 1234));
    for (other, number) in [
        ("tide-pool", "1.0.0+a"),
        ("Tide_Pool", "1.0.0+a"),
        ("Tide-Pool", "1.0.0"),
        ("Tide-Pool", "1.0.0+b"),
        ("ebb", "1.0.0+a"),
    ] {
        let found = versions::find_tarball(&mut tx, &name(other), &num(number)).await.unwrap();
        assert!(found.is_none(), "{other} {number}");
    }
}

async fn a_blob_is_known_while_a_version_has_it(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    assert!(versions::has_blob(&mut tx, &blob_key_of(tide, "1.0.0")).await.unwrap());
    assert!(!versions::has_blob(&mut tx, &blob_key_of(tide, "1.0")).await.unwrap());
    assert!(!versions::has_blob(&mut tx, "").await.unwrap());
}

async fn a_version_that_cannot_be_read_is_named(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    let broken = version(&mut tx, tide, alice, "2.0.0", at(0)).await;
    tx.query("UPDATE versions SET cksum = 'abc' WHERE id = $1").bind(broken).execute().await.unwrap();
    let found = versions::find_tarball(&mut tx, &name("Tide-Pool"), &num("2.0.0")).await;
    assert_names_row(found, "versions.cksum", broken);
    tx.query("UPDATE versions SET num = '2.0' WHERE id = $1").bind(broken).execute().await.unwrap();
    assert_names_row(versions::list_summaries(&mut tx, tide).await, "versions.num", broken);
}

async fn a_version_is_shown_with_all_there_is_to_it(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let facts = facts();
    let (num, line, cksum) = (num("1.0.0+x"), line_of("1.0.0+x"), cksum());
    let new = NewVersion {
        crate_id: tide,
        num: &num,
        line: &line,
        blob_key: "crates/a",
        cksum: &cksum,
        size_bytes: 5_000_000_000,
        published_by: Some(alice),
        published_email: Some("alice@example.org"),
        readme_file: Some("README.md"),
        facts: &facts,
    };
    let id = versions::insert(&mut tx, &new, at(3)).await.unwrap().unwrap();
    versions::set_yanked(&mut tx, id, true, Some("kaputt"), at(4)).await.unwrap();
    tx.query("UPDATE versions SET downloads = 6, trustpub_data = '{}'").execute().await.unwrap();

    let found = versions::find(&mut tx, tide, &num).await.unwrap().unwrap();
    assert_eq!(
        (found.id, found.crate_id, found.crate_name.as_str(), found.num.as_str()),
        (id, tide, "Tide-Pool", "1.0.0+x")
    );
    assert_eq!((found.created_at, found.updated_at), (at(3).micros(), at(4).micros()));
    assert_eq!((found.is_yanked, found.yank_message.as_deref()), (true, Some("kaputt")));
    assert_eq!((found.cksum, found.size_bytes, found.downloads), (cksum.to_string(), 5_000_000_000, 6));
    assert_eq!((found.published_by, found.has_lib, found.features), (Some(alice), Some(true), facts.features));
    assert_eq!((found.license, found.links, found.rust_version), (facts.license, facts.links, facts.rust_version));
    assert_eq!((found.edition, found.bin_names), (facts.edition, Some(facts.bin_names)));
    assert_eq!((found.description, found.homepage), (facts.description, facts.homepage));
    assert_eq!((found.documentation, found.repository), (facts.documentation, facts.repository));
    assert_eq!((found.linecounts, found.trustpub_data.as_deref()), (None, Some("{}")));

    assert_eq!(versions::find_id(&mut tx, tide, &num).await.unwrap(), Some(id));
    for (crate_id, other) in [(tide, "1.0.0"), (tide, "1.0.0+y"), (tide + 1, "1.0.0+x")] {
        let other = crate::fixtures::num(other);
        assert!(versions::find(&mut tx, crate_id, &other).await.unwrap().is_none(), "{other}");
        assert_eq!(versions::find_id(&mut tx, crate_id, &other).await.unwrap(), None, "{other}");
    }
}

async fn versions_are_listed_latest_first_and_by_ids(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let ebb = krate(&mut tx, "ebb").await;
    let mut ids = Vec::new();
    for (crate_id, number) in [(tide, "2.0.0"), (ebb, "3.0.0"), (tide, "1.0.0"), (tide, "10.0.0")] {
        ids.push(version(&mut tx, crate_id, alice, number, at(0)).await);
    }
    let nums = |rows: Vec<versions::VersionRow>| rows.into_iter().map(|row| row.num).collect::<Vec<_>>();
    assert_eq!(nums(versions::list(&mut tx, tide).await.unwrap()), ["10.0.0", "1.0.0", "2.0.0"]);
    assert!(versions::list(&mut tx, ebb + 1).await.unwrap().is_empty());
    let found = versions::list_by_ids(&mut tx, &[ids[3], -1, ids[1], ids[0]]).await.unwrap();
    assert_eq!(found.iter().map(|row| row.crate_name.as_str()).collect::<Vec<_>>(), ["Tide-Pool", "ebb", "Tide-Pool"]);
    assert_eq!(nums(found), ["2.0.0", "3.0.0", "10.0.0"]);
    assert!(versions::list_by_ids(&mut tx, &[]).await.unwrap().is_empty());
}

async fn releases_are_those_since_an_instant_and_some_more(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let ebb = krate(&mut tx, "ebb").await;
    tx.query("UPDATE crates SET description = 'Flut' WHERE id = $1").bind(tide).execute().await.unwrap();
    for (crate_id, number, now) in
        [(tide, "3.0.0", 30), (ebb, "0.1.0", 40), (tide, "1.0.0", 10), (ebb, "0.2.0", 20), (tide, "4.0.0", 40)]
    {
        version(&mut tx, crate_id, alice, number, at(now)).await;
    }
    let nums = |releases: &[versions::Release]| releases.iter().map(|it| it.num.clone()).collect::<Vec<_>>();
    for (since, limit, expected) in [
        (99, 2, &["4.0.0", "0.1.0"][..]),
        (30, 1, &["4.0.0", "0.1.0", "3.0.0"]),
        (31, 0, &["4.0.0", "0.1.0"]),
        (0, 1, &["4.0.0", "0.1.0", "3.0.0", "0.2.0", "1.0.0"]),
        (99, 99, &["4.0.0", "0.1.0", "3.0.0", "0.2.0", "1.0.0"]),
    ] {
        let found = versions::list_releases(&mut tx, at(since), limit).await.unwrap();
        assert_eq!(nums(&found), expected, "since {since}, at least {limit}");
    }
    for (since, limit, expected) in
        [(99, 2, &["4.0.0", "3.0.0"][..]), (10, 0, &["4.0.0", "3.0.0", "1.0.0"]), (40, 1, &["4.0.0"])]
    {
        let found = versions::list_releases_of(&mut tx, tide, at(since), limit).await.unwrap();
        assert_eq!(nums(&found), expected, "of one crate since {since}, at least {limit}");
        assert_eq!((found[0].name.as_str(), found[0].description.as_deref()), ("Tide-Pool", Some("Flut")));
        assert_eq!(found[0].created_at, at(40).micros());
    }
}

async fn a_version_to_analyze_says_where_its_bytes_are(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let id = version(&mut tx, tide, alice, "1.0.0", at(3)).await;
    tx.query("UPDATE versions SET readme_file = 'README.md', repository = 'r'").execute().await.unwrap();
    let found = versions::find_to_analyze(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((found.crate_id, found.name.as_str(), found.num.as_str()), (tide, "Tide-Pool", "1.0.0"));
    assert_eq!((found.created_at, found.size_bytes), (at(3).micros(), 1234));
    assert_eq!((found.blob_key, found.cksum), (blob_key_of(tide, "1.0.0"), cksum().to_string()));
    assert_eq!((found.readme_file.as_deref(), found.repository.as_deref()), (Some("README.md"), Some("r")));
    assert!(versions::find_to_analyze(&mut tx, id + 1).await.unwrap().is_none());
}

async fn counted_lines_are_kept(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let id = version(&mut tx, tide, alice, "1.0.0", at(3)).await;
    version(&mut tx, tide, alice, "2.0.0", at(3)).await;
    versions::set_linecounts(&mut tx, id, r#"{"languages":{}}"#).await.unwrap();
    let found = versions::find(&mut tx, tide, &num("1.0.0")).await.unwrap().unwrap();
    assert_eq!((found.linecounts.as_deref(), found.updated_at), (Some(r#"{"languages":{}}"#), at(3).micros()));
    assert_eq!(versions::find(&mut tx, tide, &num("2.0.0")).await.unwrap().unwrap().linecounts, None);
}

async fn actions_are_listed_with_whoever_acted(db: &Database) {
    let mut tx = db.write().await;
    let (alice, tide) = alice_and_tide(&mut tx).await;
    let bob = user(&mut tx, "bob").await;
    let first = version(&mut tx, tide, alice, "1.0.0", at(0)).await;
    let second = version(&mut tx, tide, alice, "2.0.0", at(0)).await;
    let third = version(&mut tx, tide, alice, "3.0.0", at(0)).await;
    for (version_id, action, user_id, now) in [
        (second, Action::Publish, alice, 9),
        (first, Action::Publish, alice, 1),
        (third, Action::Publish, alice, 1),
        (first, Action::Yank, bob, 2),
        (first, Action::Unyank, alice, 3),
    ] {
        versions::record_action(&mut tx, version_id, action, user_id, None, at(now)).await.unwrap();
    }
    let found = versions::list_actions(&mut tx, &[first, second]).await.unwrap();
    let found: Vec<_> =
        found.iter().map(|it| (it.version_id, it.action.as_str(), it.user.id, it.user.login.as_str(), it.at)).collect();
    let expected = [
        (second, "publish", alice, "alice", at(9).micros()),
        (first, "publish", alice, "alice", at(1).micros()),
        (first, "yank", bob, "bob", at(2).micros()),
        (first, "unyank", alice, "alice", at(3).micros()),
    ];
    assert_eq!(found, expected);
    assert!(versions::list_actions(&mut tx, &[]).await.unwrap().is_empty());
}

async fn many_versions_are_found_by_their_exact_names(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (tide, ebb) = (krate(&mut tx, "Tide-Pool").await, krate(&mut tx, "ebb").await);
    let first = version(&mut tx, tide, alice, "1.0.0+a", at(0)).await;
    let second = version(&mut tx, ebb, alice, "1.0.0", at(0)).await;
    let names = ["ebb", "Tide-Pool", "tide-pool", "Tide_Pool", "Tide-Pool", "flow", "ebb", "Tide-Pool"].map(name);
    let nums = ["1.0.0", "1.0.0+a", "1.0.0+a", "1.0.0+a", "1.0.0", "1.0.0", "1.0.0+a", "1.0.0+a"];
    let wanted: Vec<_> = names.iter().zip(nums).collect();
    let found = versions::find_ids(&mut tx, &wanted).await.unwrap();
    assert_eq!(found, [Some(second), Some(first), None, None, None, None, None, Some(first)]);
    assert!(versions::find_ids(&mut tx, &[]).await.unwrap().is_empty());
}

//! What administrators ask of the store: accounts, totals, texts of the site, limits and names of crates.

use cargohold_store::accounts::{self, Filter};
use cargohold_store::audit::{self, Entry};
use cargohold_store::users::NewUser;
use cargohold_store::{
    Tx, crate_limits, crate_names, crates, health, identities, second_factors, sessions, site_texts,
};
use cargohold_store::{owners, tokens, users};

use crate::engines::Database;
use crate::fixtures::{at, canonical, krate, new_session, new_user, show, user, version};

on_both_engines!(
    accounts_are_found_by_what_is_in_them,
    accounts_are_listed_by_what_is_to_be_done_about_them,
    an_account_tells_how_it_is_used,
    totals_count_everything_there_is,
    a_text_of_the_site_is_set_and_forgotten,
    a_crate_has_limits_of_its_own_until_they_are_taken_away,
    names_come_page_by_page_without_crates_that_have_no_version,
);

async fn logins(tx: &mut Tx, text: &str, filter: Filter) -> Vec<String> {
    let found = accounts::list(tx, text, filter, 0, 9, at(0)).await.unwrap();
    found.into_iter().map(|account| account.user.login).collect()
}

async fn accounts_are_found_by_what_is_in_them(db: &Database) {
    let mut tx = db.write().await;
    let alice = NewUser { name: Some("Alice Moon"), email: Some("a@tides.example"), ..new_user("Alice_1") };
    let bob = NewUser { name: None, email: Some("BOB@tides.example"), ..new_user("bob") };
    let first = users::insert(&mut tx, &alice, at(0)).await.unwrap().unwrap();
    users::insert(&mut tx, &bob, at(0)).await.unwrap();
    for (text, expected) in [
        ("", &["Alice_1", "bob"][..]),
        ("ALICE", &["Alice_1"]),
        ("moon", &["Alice_1"]),
        ("bob@", &["bob"]),
        ("tides.EXAMPLE", &["Alice_1", "bob"]),
        ("_", &["Alice_1"]),
        ("%", &[]),
        ("\\", &[]),
    ] {
        assert_eq!(logins(&mut tx, text, Filter::All).await, expected, "{text}");
    }
    let rest = accounts::list(&mut tx, "", Filter::All, first, 9, at(0)).await.unwrap();
    assert_eq!(rest.iter().map(|account| account.user.login.as_str()).collect::<Vec<_>>(), ["bob"]);
    assert_eq!(accounts::list(&mut tx, "", Filter::All, 0, 1, at(0)).await.unwrap().len(), 1);
}

async fn accounts_are_listed_by_what_is_to_be_done_about_them(db: &Database) {
    let mut tx = db.write().await;
    let ids = [user(&mut tx, "free").await, user(&mut tx, "locked").await, user(&mut tx, "late").await];
    users::set_lock(&mut tx, ids[1], Some("spam"), None).await.unwrap();
    users::set_lock(&mut tx, ids[2], Some("spam"), Some(at(0))).await.unwrap();
    users::set_admin(&mut tx, ids[0], true).await.unwrap();
    users::set_email_verified(&mut tx, ids[1], false).await.unwrap();
    users::insert(&mut tx, &NewUser { email: None, ..new_user("mute") }, at(0)).await.unwrap();
    assert_eq!(logins(&mut tx, "", Filter::Locked).await, ["locked"]);
    assert_eq!(logins(&mut tx, "", Filter::Administrators).await, ["free"]);
    assert_eq!(logins(&mut tx, "", Filter::Unverified).await, ["locked", "mute"]);
}

async fn an_account_tells_how_it_is_used(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let unused = accounts::find(&mut tx, alice, at(0)).await.unwrap().unwrap();
    assert_eq!((unused.owned_crates, unused.usable_tokens, unused.sessions), (0, 0, 0));
    assert_eq!((unused.has_password, unused.has_second_factor, unused.must_change_password), (true, false, false));
    assert_eq!((unused.token_used_at, unused.acted_at), (None, None));

    let tide = krate(&mut tx, "tide").await;
    owners::add(&mut tx, tide, alice, alice, at(0)).await.unwrap();
    for (hash, expires_at) in [([1; 32], None), ([2; 32], Some(at(9)))] {
        let token = tokens::NewToken {
            user_id: alice,
            hash: &hash,
            name: "ci",
            endpoint_scopes: None,
            crate_scopes: None,
            expires_at,
        };
        let id = tokens::insert(&mut tx, &token, at(0)).await.unwrap();
        tokens::touch(&mut tx, id, at(5), at(5)).await.unwrap();
    }
    sessions::insert(&mut tx, &new_session(alice, &[3; 32], at(99)), at(0)).await.unwrap();
    sessions::insert(&mut tx, &new_session(alice, &[4; 32], at(9)), at(0)).await.unwrap();
    second_factors::offer(&mut tx, alice, b"sealed").await.unwrap();
    second_factors::use_step(&mut tx, alice, 1).await.unwrap();
    users::set_password(&mut tx, alice, None, false).await.unwrap();
    let groups: &[String] = &[];
    for provider in ["github", "corp"] {
        let seen = identities::SeenIdentity {
            provider,
            issuer: provider,
            subject: "1",
            login: None,
            groups,
            sealed_access_token: None,
        };
        identities::insert(&mut tx, alice, &seen, at(0)).await.unwrap();
    }
    append_deed(&mut tx, alice).await;

    let used = accounts::find(&mut tx, alice, at(10)).await.unwrap().unwrap();
    assert_eq!((used.owned_crates, used.usable_tokens, used.sessions), (1, 1, 1));
    assert_eq!((used.has_password, used.has_second_factor), (false, true));
    assert_eq!((used.token_used_at, used.acted_at), (Some(at(5).micros()), Some(at(7).micros())));
    let providers = accounts::list_providers(&mut tx, &[alice, 999]).await.unwrap();
    assert_eq!(providers, [(alice, "github".to_owned()), (alice, "corp".to_owned())]);
    assert!(accounts::find(&mut tx, 999, at(0)).await.unwrap().is_none());
}

async fn append_deed(tx: &mut Tx, actor_id: i64) {
    let head = audit::hold_head(tx).await.unwrap();
    let entry = Entry {
        seq: head.seq + 1,
        at: at(7).micros(),
        action: "session.begin".to_owned(),
        actor: "alice".to_owned(),
        actor_id: Some(actor_id),
        token_id: None,
        address: None,
        request_id: None,
        subject: "alice".to_owned(),
        details: "{}".to_owned(),
        hash: vec![0; 32],
    };
    audit::append(tx, &entry).await.unwrap();
}

async fn totals_count_everything_there_is(db: &Database) {
    let mut tx = db.write().await;
    let nothing = health::count(&mut tx, at(0)).await.unwrap();
    assert_eq!((nothing.crates, nothing.versions, nothing.tarball_bytes, nothing.users), (0, 0, 0, 0));
    let (alice, tide) = (user(&mut tx, "alice").await, krate(&mut tx, "tide").await);
    for number in ["1.0.0", "2.0.0"] {
        version(&mut tx, tide, alice, number, at(0)).await;
    }
    let totals = health::count(&mut tx, at(0)).await.unwrap();
    assert_eq!((totals.crates, totals.versions, totals.tarball_bytes, totals.users), (1, 2, 2468, 1));
    assert_eq!((totals.derived_bytes, totals.usable_tokens), (0, 0));
    assert!(health::schema_step(&mut tx).await.unwrap() >= 4);
    assert!(health::database_bytes(&mut tx).await.unwrap() > 10_000);
    assert_eq!(db.store.engine(), if db.is_sqlite() { "SQLite" } else { "PostgreSQL" });
}

async fn a_text_of_the_site_is_set_and_forgotten(db: &Database) {
    let mut tx = db.write().await;
    assert_eq!(site_texts::find(&mut tx, "banner").await.unwrap(), None);
    for text in [Some("Tonight we move."), Some("")] {
        site_texts::set(&mut tx, "banner", text, at(0)).await.unwrap();
        assert_eq!(site_texts::find(&mut tx, "banner").await.unwrap().as_deref(), text);
    }
    site_texts::set(&mut tx, "banner", None, at(0)).await.unwrap();
    assert_eq!(site_texts::find(&mut tx, "banner").await.unwrap(), None);
}

async fn a_crate_has_limits_of_its_own_until_they_are_taken_away(db: &Database) {
    let mut tx = db.write().await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    for (upload, features) in [(Some(7), None), (None, Some(9)), (None, None)] {
        crate_limits::set(&mut tx, tide, upload, features).await.unwrap();
        let found = crates::find(&mut tx, &canonical("tide")).await.unwrap().unwrap();
        assert_eq!((found.max_upload_bytes, found.max_features), (upload, features));
    }
    crate_limits::set(&mut tx, ebb, Some(1), Some(1)).await.unwrap();
    let tide = crates::find_by_id(&mut tx, tide).await.unwrap().unwrap();
    assert_eq!((tide.max_upload_bytes, tide.updated_at), (None, at(0)));
}

async fn names_come_page_by_page_without_crates_that_have_no_version(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    krate(&mut tx, "empty").await;
    assert_eq!(crate_names::last_id(&mut tx).await.unwrap(), 0);
    let mut ids = Vec::new();
    for name in ["tide", "ebb", "flow"] {
        let id = krate(&mut tx, name).await;
        let shown = version(&mut tx, id, alice, "1.0.0", at(0)).await;
        show(&mut tx, id, shown, at(0)).await;
        ids.push(id);
    }
    krate(&mut tx, "unfinished").await;
    assert_eq!(crate_names::last_id(&mut tx).await.unwrap(), ids[2]);
    let first = crate_names::list(&mut tx, 0, 2).await.unwrap();
    let named: Vec<_> = first.iter().map(|(id, name, updated_at)| (*id, name.as_str(), *updated_at)).collect();
    assert_eq!(named, [(ids[0], "tide", at(0)), (ids[1], "ebb", at(0))]);
    let rest = crate_names::list(&mut tx, ids[1], 2).await.unwrap();
    assert_eq!(rest.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), [ids[2]]);
}

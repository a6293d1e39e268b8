//! What administrators do on the web site.

use std::sync::Arc;
use std::time::Duration;

use cargohold_registry::{
    AccountFilter, AccountQuery, AuditQuery, CrateLimits, CrateQuery, Error, JobState, Lock, RateOverride, Registry,
    Settings,
};
use cargohold_store::jobs::{self, NewJob};
use tokio::sync::watch;

use crate::fixtures::{at, settings};
use crate::site::{Site, stranger};

fn deed(action: &str, subject: &str) -> (String, String, String) {
    (action.to_owned(), subject.to_owned(), "admin".to_owned())
}

fn assert_for_administrators<T: std::fmt::Debug>(result: Result<T, Error>) {
    match result {
        Err(Error::AdministratorsOnly) => {}
        other => panic!("only administrators should be let in: {other:?}"),
    }
}

fn assert_refused<T: std::fmt::Debug>(result: Result<T, Error>, start: &str) {
    match result {
        Err(Error::Refused(why)) => assert!(why.starts_with(start), "{why}"),
        other => panic!("`{start}` should have been refused: {other:?}"),
    }
}

#[tokio::test]
async fn nobody_but_administrators_administrates() {
    let site = Site::new().await;
    site.publish("tide", &["1.0.0"], &[]).await;
    let (registry, call) = (&site.registry, site.alice());
    assert_for_administrators(registry.list_accounts(&call, &AccountQuery::default(), 9).await);
    assert_for_administrators(registry.find_account(&call, "alice").await);
    assert_for_administrators(registry.create_account(&call, "bob", None, "b@registry.example").await);
    assert_for_administrators(registry.reset_password_of(&call, "admin", false).await);
    assert_for_administrators(registry.set_admin_of(&call, "alice", true).await);
    assert_for_administrators(registry.verify_email_of(&call, "alice").await);
    assert_for_administrators(registry.end_sessions_of(&call, "admin").await);
    assert_for_administrators(registry.hand_over(&call, "tide", "admin").await);
    assert_for_administrators(registry.list_jobs(&call, JobState::Waiting).await);
    assert_for_administrators(registry.retry_job(&call, 1).await);
    assert_for_administrators(registry.drop_job(&call, 1).await);
    assert_for_administrators(registry.health(&call).await);
    assert_for_administrators(registry.find_set_banner(&call).await);
    assert_for_administrators(registry.set_banner(&call, Some("hello")).await);
    assert_for_administrators(registry.find_crate_limits(&call, "tide").await);
    assert_for_administrators(registry.set_crate_limits(&call, "tide", &CrateLimits::default()).await);
    assert_for_administrators(registry.list_crates_to_administrate(&call, &CrateQuery::default(), 9).await);
    assert_for_administrators(registry.find_crate_to_administrate(&call, "tide").await);
    assert_for_administrators(registry.list_look_alikes(&call, "tide").await);
    assert_for_administrators(registry.list_all_rate_overrides(&call).await);
    assert_for_administrators(registry.list_teams(&call).await);
    assert_for_administrators(registry.check_audit(&call).await);
    assert!(matches!(registry.health(&stranger(at(0))).await, Err(Error::LoginNeeded)));
}

#[tokio::test]
async fn an_account_is_made_found_and_given_another_password() {
    let site = Site::new().await;
    let (registry, call) = (&site.registry, site.admin());
    let password = registry.create_account(&call, "bob", Some(" Bob "), "bob@registry.example").await.unwrap();
    assert_eq!(site.last_deed().await, deed("user.create", "bob"));
    registry.sign_in(&stranger(at(1)), "bob", &password).await.unwrap();
    let bob = registry.find_account(&call, "BOB").await.unwrap();
    assert_eq!((bob.name.as_deref(), bob.email.as_deref()), (Some("Bob"), Some("bob@registry.example")));
    assert_eq!((bob.is_email_verified, bob.must_change_password, bob.sessions), (true, true, 1));
    assert_eq!(bob.last_seen_at, Some(at(1)));

    let other = registry.reset_password_of(&call, "bob", false).await.unwrap();
    assert_eq!(site.last_deed().await, deed("user.reset", "bob"));
    assert_eq!(registry.find_account(&call, "bob").await.unwrap().sessions, 0);
    assert!(matches!(registry.sign_in(&stranger(at(2)), "bob", &password).await, Err(Error::SignInRefused)));
    registry.sign_in(&stranger(at(2)), "bob", &other).await.unwrap();
    assert_eq!(registry.end_sessions_of(&call, "bob").await.unwrap(), 1);
    assert_eq!(site.last_deed().await, deed("session.end_all", "bob"));

    let taken = registry.create_account(&call, "Bob", None, "b@registry.example").await;
    assert!(matches!(taken, Err(Error::LoginTaken(_))), "{taken:?}");
    assert!(matches!(registry.create_account(&call, "eve", None, "nowhere").await, Err(Error::NoMailbox(_))));
    assert_refused(registry.create_account(&call, "e v e", None, "e@registry.example").await, "`e v e` is no login");
    assert_refused(registry.create_account(&call, "eve", Some("a\nb"), "e@registry.example").await, "a name has at");
    assert_refused(registry.reset_password_of(&call, "admin", false).await, "you cannot reset your own password");
}

#[tokio::test]
async fn accounts_are_listed_with_their_locks() {
    let site = Site::new().await;
    let (registry, call) = (&site.registry, site.admin());
    let lock = Lock { reason: "spam".to_owned(), until: Some(at(60)) };
    registry.set_lock(&call, "alice", Some(&lock)).await.unwrap();
    let query = AccountQuery { filter: AccountFilter::Locked, ..AccountQuery::default() };
    let locked = registry.list_accounts(&call, &query, 9).await.unwrap();
    assert_eq!(locked.len(), 1);
    assert_eq!(locked[0].lock.as_ref().unwrap().reason, "spam");
    assert!(registry.list_accounts(&site.call_at("admin", 60), &query, 9).await.unwrap().is_empty());
    assert!(registry.find_account(&site.call_at("admin", 60), "alice").await.unwrap().lock.is_none());
    for (text, count) in [("registry.EXAMPLE", 2), ("ali", 1), ("a\0", 0)] {
        let query = AccountQuery { text: Some(text.to_owned()), ..AccountQuery::default() };
        assert_eq!(registry.list_accounts(&call, &query, 9).await.unwrap().len(), count, "{text}");
    }
}

#[tokio::test]
async fn administrators_come_and_go_but_never_the_last_one_or_oneself() {
    let site = Site::new().await;
    let (registry, call) = (&site.registry, site.admin());
    registry.set_admin_of(&call, "alice", true).await.unwrap();
    assert_eq!(site.last_deed().await, deed("user.admin", "alice"));
    assert!(registry.find_account(&site.alice(), "alice").await.unwrap().is_admin);
    assert_refused(registry.set_admin_of(&call, "admin", false).await, "you cannot decide whether you");
    registry.set_admin_of(&call, "alice", false).await.unwrap();
    assert_for_administrators(registry.find_account(&site.alice(), "alice").await);
    assert_refused(site.accounts.set_admin("admin", false, at(20)).await, "a registry needs an administrator");
    let nobody = registry.set_admin_of(&call, "eve", true).await;
    assert!(matches!(nobody, Err(Error::NoSuchUser(_))), "{nobody:?}");
}

#[tokio::test]
async fn a_crate_is_handed_over_and_the_feed_tells() {
    let site = Site::new().await;
    site.publish("tide", &["1.0.0"], &[]).await;
    let before = site.registry.feed_position().await.unwrap();
    site.registry.hand_over(&site.admin(), "TIDE", "admin").await.unwrap();
    assert_eq!(site.last_deed().await, deed("owner.hand_over", "tide"));
    assert!(site.registry.feed_position().await.unwrap() > before);
    assert!(site.registry.find_my_rights(&site.admin(), "tide").await.unwrap().is_owner);
    let again = site.registry.hand_over(&site.admin(), "tide", "admin").await;
    assert!(matches!(again, Err(Error::OwnerAlready(_))), "{again:?}");
}

#[tokio::test]
async fn a_failing_job_is_tried_again_or_dropped() {
    let site = Site::new().await;
    let (registry, call) = (&site.registry, site.admin());
    let krate = site.publish("tide", &["1.0.0"], &[]).await;
    let mut tx = site.store.write().await.unwrap();
    let subject = krate.to_string();
    let job = NewJob { kind: "crate_feed", subject: &subject, data: None, priority: 0, delay: Duration::ZERO };
    jobs::enqueue(&mut tx, &job, at(0)).await.unwrap();
    let failed = jobs::claim(&mut tx, at(0), Duration::from_mins(1)).await.unwrap().unwrap();
    jobs::fail(&mut tx, &failed, "no luck", at(0)).await.unwrap();
    jobs::enqueue(&mut tx, &NewJob { kind: "crates_feed", subject: "", ..job }, at(0)).await.unwrap();
    tx.commit().await.unwrap();

    let listed = registry.list_jobs(&call, JobState::Failing).await.unwrap();
    assert_eq!((listed.counts.failing, listed.counts.waiting), (1, 1));
    let waiting = registry.list_jobs(&call, JobState::Waiting).await.unwrap().jobs.remove(0);
    assert_eq!((waiting.kind.as_str(), &waiting.krate), ("crates_feed", &None));
    let kept = registry.drop_job(&call, waiting.id).await;
    assert!(matches!(kept, Err(Error::NoSuchJob(_))), "{kept:?}");
    let job = &listed.jobs[0];
    assert_eq!((job.krate.as_deref(), job.last_error.as_deref(), job.retries), (Some("tide"), Some("no luck"), 1));
    assert!(job.due_at > call.now);
    registry.retry_job(&call, job.id).await.unwrap();
    assert_eq!(site.last_deed().await, deed("job.retry", "crate_feed"));
    assert_eq!(registry.list_jobs(&call, JobState::Failing).await.unwrap().jobs[0].due_at, call.now);
    registry.drop_job(&call, job.id).await.unwrap();
    assert_eq!(site.last_deed().await, deed("job.drop", "crate_feed"));
    for gone in [registry.drop_job(&call, job.id).await, registry.retry_job(&call, job.id).await] {
        assert!(matches!(gone, Err(Error::NoSuchJob(_))), "{gone:?}");
    }
}

#[tokio::test]
async fn health_tells_what_there_is() {
    let site = Site::new().await;
    site.publish("tide", &["1.0.0", "1.1.0"], &[]).await;
    let health = site.registry.health(&site.admin()).await.unwrap();
    assert_eq!((health.engine, health.blob_store), ("SQLite", "disk"));
    assert_eq!((health.crates, health.versions, health.tarball_bytes), (1, 2, 200));
    assert_eq!((health.users, health.usable_tokens, health.waiting_jobs), (2, 2, 0));
    // Nothing feeds the search index here.
    assert_eq!((health.is_ready, health.problem, health.oldest_job_age), (false, None, None));
    assert!(health.schema_step >= 4 && health.database_bytes > 0);
}

#[tokio::test]
async fn a_banner_hides_the_configured_one_until_it_is_taken_away() {
    let site = Site::with(Settings { banner: Some("as configured".to_owned()), ..settings() }).await;
    let (registry, call) = (&site.registry, site.admin());
    let shown = || registry.site_metadata().banner_message;
    assert_eq!(shown().as_deref(), Some("as configured"));
    registry.set_banner(&call, Some(" Tonight we move. ")).await.unwrap();
    assert_eq!(site.last_deed().await, deed("site.banner", ""));
    assert_eq!(shown().as_deref(), Some("Tonight we move."));
    registry.set_banner(&call, Some("")).await.unwrap();
    assert_eq!((shown(), registry.find_set_banner(&call).await.unwrap().as_deref()), (None, Some("")));
    registry.set_banner(&call, None).await.unwrap();
    assert_eq!((shown().as_deref(), registry.find_set_banner(&call).await.unwrap()), (Some("as configured"), None));
    registry.set_banner(&call, Some(&"ä".repeat(500))).await.unwrap();
    assert_refused(registry.set_banner(&call, Some(&"ä".repeat(501))).await, "the banner has 501 characters");
    assert_refused(registry.set_banner(&call, Some("a\0b")).await, "the banner contains control");
}

#[tokio::test]
async fn other_processes_show_a_new_banner_at_once() {
    let site = Site::new().await;
    let other = Arc::new(site.open_again().await);
    let (_stop, stopped) = watch::channel(false);
    site.registry.set_banner(&site.admin(), Some("hello")).await.unwrap();
    let following = tokio::time::timeout(Duration::from_secs(2), other.clone().drop_changed(0, stopped));
    tokio::select! {
        ended = following => panic!("two seconds passed: {ended:?}"),
        () = shows(&other, "hello") => {}
    }
}

async fn shows(registry: &Registry, text: &str) {
    while registry.banner().as_deref() != Some(text) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_crate_gets_limits_of_its_own() {
    let site = Site::new().await;
    site.publish("tide", &["1.0.0"], &[]).await;
    let (registry, call) = (&site.registry, site.admin());
    assert_eq!(registry.find_crate_limits(&call, "tide").await.unwrap(), CrateLimits::default());
    let limits = CrateLimits { max_upload_bytes: Some(u32::MAX), max_features: Some(7) };
    registry.set_crate_limits(&call, "Tide", &limits).await.unwrap();
    assert_eq!(site.last_deed().await, deed("crate.limits", "tide"));
    assert_eq!(registry.find_crate_limits(&call, "tide").await.unwrap(), limits);
    for limits in [
        CrateLimits { max_upload_bytes: Some(0), max_features: None },
        CrateLimits { max_upload_bytes: None, max_features: Some(0) },
    ] {
        assert_refused(registry.set_crate_limits(&call, "tide", &limits).await, "a limit of 0");
    }
    assert!(matches!(registry.find_crate_limits(&call, "ebb").await, Err(Error::NoSuchCrate(_))));
}

#[tokio::test]
async fn crates_are_listed_with_their_owners() {
    let site = Site::new().await;
    let (registry, call) = (&site.registry, site.admin());
    for name in ["tide", "tide-pool", "a-tide"] {
        site.publish(name, &["1.0.0", "1.1.0"], &[]).await;
    }
    registry.hand_over(&call, "tide", "admin").await.unwrap();
    for (query, expected) in [
        (CrateQuery::default(), &["a-tide", "tide-pool", "tide"][..]),
        (CrateQuery { text: Some(" TIDE_P ".to_owned()), ..CrateQuery::default() }, &["tide-pool"]),
        (CrateQuery { owner: Some("ADMIN".to_owned()), ..CrateQuery::default() }, &["tide"]),
        (CrateQuery { text: Some("a\0".to_owned()), ..CrateQuery::default() }, &[]),
    ] {
        let listed = registry.list_crates_to_administrate(&call, &query, 9).await.unwrap();
        assert_eq!(listed.iter().map(|krate| krate.name.as_str()).collect::<Vec<_>>(), expected, "{query:?}");
    }
    let tide = registry.find_crate_to_administrate(&call, "Tide").await.unwrap();
    assert_eq!((tide.name.as_str(), tide.num_versions, tide.size_bytes), ("tide", 2, 200));
    assert_eq!((tide.users, tide.teams), (vec!["admin".to_owned(), "alice".to_owned()], vec![]));
    let nobody = CrateQuery { owner: Some("eve".to_owned()), ..CrateQuery::default() };
    let nobody = registry.list_crates_to_administrate(&call, &nobody, 9).await;
    assert!(matches!(nobody, Err(Error::NoSuchUser(_))), "{nobody:?}");
    let missing = registry.find_crate_to_administrate(&call, "tid").await;
    assert!(matches!(missing, Err(Error::NoSuchCrate(_))), "{missing:?}");
}

#[tokio::test]
async fn deeds_are_found_by_who_did_them() {
    let site = Site::new().await;
    let (registry, call) = (&site.registry, site.admin());
    site.accounts.set_lock("alice", None, at(1)).await.unwrap();
    registry.set_banner(&call, Some("hello")).await.unwrap();
    let deeds = async |actor: &str| {
        let query = AuditQuery { actor: Some(actor.to_owned()), ..AuditQuery::default() };
        let entries = registry.list_audit(&call, &query, 99).await.unwrap();
        entries.into_iter().map(|entry| entry.action).collect::<Vec<_>>()
    };
    assert_eq!(deeds("Admin").await, ["site.banner"]);
    assert!(deeds("(command line)").await.contains(&"user.unlock".to_owned()));
    assert_eq!(deeds("eve").await, [""; 0]);
    let chain = registry.check_audit(&call).await.unwrap();
    assert!(chain.entries >= 2 && chain.hash.len() == 64, "{chain:?}");
}

#[tokio::test]
async fn rates_of_everybody_are_listed_until_they_end() {
    let site = Site::new().await;
    let (registry, call) = (&site.registry, site.admin());
    let wanted = RateOverride { action: "mail".to_owned(), burst: 3, expires_at: Some(at(60).micros()) };
    registry.set_rate_override(&call, "alice", &wanted).await.unwrap();
    let listed = registry.list_all_rate_overrides(&call).await.unwrap();
    assert_eq!(listed.into_iter().map(|it| (it.login, it.rate)).collect::<Vec<_>>(), [("alice".to_owned(), wanted)]);
    assert_eq!(registry.list_all_rate_overrides(&site.call_at("admin", 60)).await.unwrap(), []);
}

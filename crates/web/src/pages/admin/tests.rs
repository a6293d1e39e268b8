//! A sample of each page; what strangers have written is hostile in all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_registry::{
    Account, AccountFilter, AuditChain, AuditEntry, CrateLimits, CrateSummary, Health, JobCounts, JobState, JobView,
    Limits, Lock, MyRights, NamedOverride, Rate, RateOverride, SignUp,
};
use serde_json::json;

use super::account::AccountPage;
use super::accounts::{AccountsPage, NewAccountPage};
use super::audit::{AuditPage, ChainPage, EntryView};
use super::banner::BannerPage;
use super::config::ConfigPage;
use super::crates::CratesPage;
use super::day_to_come;
use super::invitations::{InvitationView, InvitationsPage};
use super::jobs::JobsPage;
use super::krate::{CratePage, form_of, hints};
use super::limits::{LimitsPage, rates_of_users};
use super::overview::OverviewPage;
use super::password::PasswordPage;
use super::teams::{TeamView, TeamsPage};
use crate::app::{ConfigEntry, ConfigSection};
use crate::pages::form::Form;
use crate::pages::samples::{Sample, frame, sample};

/// What must never come out as it went in.
const EVIL: &str = "\"><img src=x onerror=alert(1)>";

fn evil() -> String {
    EVIL.to_owned()
}

fn at() -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000)
}

fn account(login: &str, lock: Option<Lock>) -> Account {
    Account {
        id: 7,
        login: login.to_owned(),
        name: Some(evil()),
        email: Some(evil()),
        is_email_verified: false,
        avatar: None,
        is_admin: true,
        lock,
        has_password: true,
        must_change_password: true,
        has_second_factor: true,
        created_at: at(),
        owned_crates: 3,
        usable_tokens: 2,
        sessions: 1,
        providers: vec![evil()],
        last_seen_at: Some(at()),
    }
}

fn krate(name: &str) -> CrateSummary {
    CrateSummary {
        id: 3,
        name: name.to_owned(),
        created_at: at(),
        updated_at: at(),
        downloads: 12_345,
        num_versions: 2,
        size_bytes: 1 << 20,
        has_own_limits: true,
        users: vec!["alice".to_owned(), evil()],
        teams: vec!["local:sea:core".to_owned()],
    }
}

fn health() -> Health {
    Health {
        version: "1.0.0",
        commit: "abc",
        engine: "SQLite",
        schema_step: 4,
        database_bytes: 1 << 20,
        blob_store: "disk",
        crates: 1234,
        versions: 2,
        tarball_bytes: 3,
        derived_bytes: 4,
        users: 5,
        usable_tokens: 6,
        downloads: 7,
        waiting_jobs: 1,
        failing_jobs: 2,
        oldest_job_age: Some(Duration::from_mins(11)),
        feed_position: 9,
        search_position: 8,
        sends_mail: false,
        is_ready: false,
        problem: Some(evil()),
    }
}

fn everybodys_limits() -> Limits {
    let rate = Rate { burst: 5, interval: Duration::from_mins(10) };
    Limits {
        max_upload_bytes: 10 << 20,
        max_unpacked_bytes: 512 << 20,
        max_entries: 50_000,
        max_features: 300,
        max_dependencies: 500,
        max_new_versions_daily: None,
        rates_enabled: false,
        publish_new: rate,
        publish_update: rate,
        yank: rate,
        search: rate,
        sign_in: rate,
        token_creation: rate,
        mail: rate,
        request_memory_bytes: 1 << 30,
        answer_memory_bytes: 1 << 30,
        download_cache_bytes: 1 << 26,
        index_cache_bytes: 256 << 20,
        answer_cache_bytes: 256 << 20,
    }
}

fn people() -> Vec<Sample> {
    let rate = |expires_at| RateOverride { action: "mail".to_owned(), burst: 3, expires_at };
    let page = |login: &str, lock, form| AccountPage {
        frame: frame(),
        account: account(login, lock),
        crates: vec![krate("tide")],
        has_more_crates: true,
        overrides: vec![rate(None), rate(Some(at().micros()))],
        rates: rates_of_users(&everybodys_limits()),
        form,
    };
    let locked = Some(Lock { reason: evil(), until: Some(at()) });
    let typed = Form::with(&[("reason", EVIL), ("until", "soon")]).refused("until", EVIL);
    let accounts = AccountsPage {
        frame: frame(),
        text: evil(),
        filter: "locked",
        filters: [("", "Everybody", AccountFilter::All); 4],
        accounts: vec![account("bob", locked.clone())],
        next: Some("?q=a&after=7".to_owned()),
    };
    let new = NewAccountPage { frame: frame(), form: Form::with(&[("login", EVIL)]).refused("login", EVIL) };
    let password = |is_new| PasswordPage { frame: frame(), login: evil(), password: "S3cret".to_owned(), is_new };
    vec![
        sample("admin_users.html", &accounts),
        sample("admin_user_new.html", &new),
        sample("admin_password.html", &password(true)),
        sample("admin_password.html", &password(false)),
        sample("admin_user.html", &page("bob", locked, Form::default())),
        sample("admin_user.html", &page(EVIL, None, typed)),
        sample("admin_user.html", &page("alice", None, Form::default())),
        sample("admin_invitations.html", &invitations()),
        sample("admin_teams.html", &teams()),
    ]
}

fn invitations() -> InvitationsPage {
    let invitation =
        |email: Option<String>| InvitationView { id: 5, email, inviter: evil(), created_at: at(), expires_at: at() };
    InvitationsPage {
        frame: frame(),
        rule: SignUp::Closed,
        invitations: vec![invitation(None), invitation(Some(evil()))],
        link: Some("https://registry.example/sign-up/S3cret".to_owned()),
        form: Form::with(&[("email", EVIL)]).refused("email", EVIL),
    }
}

fn teams() -> TeamsPage {
    let team = |login: &str, members| TeamView {
        login: login.to_owned(),
        name: Some(evil()),
        provider: evil(),
        members,
        crates: 4,
    };
    TeamsPage { frame: frame(), teams: vec![team("local:sea:core", Some(3)), team(EVIL, None)] }
}

fn things() -> Vec<Sample> {
    let crates = CratesPage {
        frame: frame(),
        text: evil(),
        owner: evil(),
        crates: vec![krate("tide"), CrateSummary { users: vec![], teams: vec![], ..krate("ebb") }],
        next: Some("?before=3".to_owned()),
    };
    let (upload_hint, features_hint) = hints(&everybodys_limits());
    let limits = CrateLimits { max_upload_bytes: Some(20 << 20), max_features: None };
    let page = |is_owner, form: Form| CratePage {
        frame: frame(),
        krate: krate("tide"),
        look_alikes: vec!["tlde".parse().unwrap()],
        rights: MyRights { is_owner, ..MyRights::default() },
        upload_hint: upload_hint.clone(),
        features_hint: features_hint.clone(),
        form,
    };
    let over = RateOverride { action: "mail".to_owned(), burst: 3, expires_at: Some(at().micros()) };
    let overrides = vec![NamedOverride { login: evil(), rate: over }];
    vec![
        sample("admin_crates.html", &crates),
        sample("admin_crate.html", &page(true, form_of(&limits))),
        sample("admin_crate.html", &page(false, form_of(&limits).completed("login", EVIL).refused("login", EVIL))),
        sample("admin_limits.html", &LimitsPage::new(frame(), &everybodys_limits(), overrides)),
    ]
}

fn workings() -> Vec<Sample> {
    let entry = AuditEntry {
        seq: 9,
        at: at(),
        action: "version.publish".to_owned(),
        actor: evil(),
        actor_id: Some(7),
        token_id: Some(8),
        address: Some("192.0.2.1".to_owned()),
        request_id: Some("r1".to_owned()),
        subject: evil(),
        details: json!({ "version": EVIL, "yanked": true, "message": null, "numbers": [1] }),
        hash: "00ff".to_owned(),
    };
    let audit = AuditPage {
        frame: frame(),
        actor: evil(),
        action: evil(),
        subject: evil(),
        entries: vec![EntryView::of(entry.clone()), EntryView::of(AuditEntry { subject: String::new(), ..entry })],
        next: Some("?before=9".to_owned()),
        json: "/api/private/audit?per_page=100".to_owned(),
    };
    let chain = |outcome| ChainPage { frame: frame(), outcome };
    let banner = BannerPage {
        frame: frame(),
        configured: Some(evil()),
        set: Some(String::new()),
        preview: Some(evil()),
        form: Form::with(&[("text", EVIL)]).refused("text", EVIL),
    };
    let setting = |key: &str, value: &str| ConfigEntry {
        key: key.to_owned(),
        value: value.to_owned(),
        source: evil(),
        about: "What it is for.",
    };
    let sections = [
        ConfigSection { name: String::new(), entries: vec![setting("data_dir", EVIL)] },
        ConfigSection { name: "server".to_owned(), entries: vec![setting("server.banner", "")] },
    ];
    vec![
        sample("admin.html", &OverviewPage::new(frame(), "http://registry.example", health())),
        sample("admin.html", &OverviewPage::new(frame(), "http://localhost:7878", healthy())),
        sample("admin_audit.html", &audit),
        sample("admin_audit_chain.html", &chain(Ok(AuditChain { entries: 3, hash: "00ff".to_owned() }))),
        sample("admin_audit_chain.html", &chain(Err(evil()))),
        sample("admin_jobs.html", &jobs(JobState::Failing)),
        sample("admin_jobs.html", &jobs(JobState::Waiting)),
        sample("admin_banner.html", &banner),
        sample("admin_config.html", &ConfigPage { frame: frame(), sections: &sections }),
    ]
}

fn healthy() -> Health {
    Health {
        failing_jobs: 0,
        oldest_job_age: None,
        search_position: 9,
        sends_mail: true,
        is_ready: true,
        problem: None,
        ..health()
    }
}

fn jobs(state: JobState) -> JobsPage {
    let job = JobView {
        id: 4,
        kind: "render_readme".to_owned(),
        subject: evil(),
        krate: None,
        version: None,
        priority: 0,
        retries: 3,
        due_at: at(),
        created_at: at(),
        leased_until: Some(at()),
        last_error: Some(evil()),
    };
    let of_a_crate = JobView { krate: Some("tide".to_owned()), version: Some("1.0.0".to_owned()), ..job.clone() };
    JobsPage { frame: frame(), state, counts: JobCounts::default(), jobs: vec![job, of_a_crate] }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    [people(), things(), workings()].concat()
}

#[test]
fn what_strangers_wrote_is_text_on_the_pages_of_administrators() {
    for (template, html) in samples() {
        assert!(!html.contains("<img"), "{template}: {html}");
        assert!(!html.contains("href=\"javascript:") && !html.contains("href=\"\">"), "{template}: {html}");
    }
    let html = |name: &str| samples().into_iter().find(|(template, _)| *template == name).unwrap().1;
    for name in [
        "admin.html",
        "admin_users.html",
        "admin_user.html",
        "admin_invitations.html",
        "admin_crates.html",
        "admin_audit.html",
    ] {
        assert!(html(name).contains("&#60;img src=x onerror=alert(1)&#62;"), "{name}: {}", html(name));
    }
}

#[test]
fn the_overview_warns_of_what_is_wrong_and_of_nothing_else() {
    let samples = workings();
    let [(_, bad), (_, good), ..] = samples.as_slice() else { panic!("two samples") };
    for words in
        ["does not answer", "2 jobs have failed", "waited for more than ten minutes", "No mail is sent", "in the clear"]
    {
        assert!(bad.contains(words), "{words}: {bad}");
        assert!(!good.contains(words), "{words}: {good}");
    }
    assert!(good.contains("Nothing needs your attention"), "{good}");
}

#[test]
fn nobody_is_offered_what_they_cannot_do_to_themselves() {
    let samples = people();
    let pages: Vec<&String> =
        samples.iter().filter(|(name, _)| *name == "admin_user.html").map(|(_, html)| html).collect();
    for action in ["/lock\"", "/reset-password\"", "/administrator\""] {
        assert!(pages[1].contains(action), "{action}");
        assert!(!pages[2].contains(action), "{action}: {}", pages[2]);
    }
    assert!(pages[0].contains("/unlock\"") && !pages[0].contains("/lock\""));
}

#[test]
fn every_rate_that_can_be_overridden_is_offered() {
    let offered: Vec<&str> = rates_of_users(&everybodys_limits()).iter().map(|rate| rate.action).collect();
    let mut expected = cargohold_registry::RATED_ACTIONS.to_vec();
    expected.sort_unstable_by_key(|action| offered.iter().position(|it| it == action));
    assert_eq!(offered, expected);
    assert_eq!(rates_of_users(&everybodys_limits())[0].interval, "10 min");
}

#[test]
fn a_day_must_be_one_to_come() {
    let now: Timestamp = "2026-11-23T11:34:00Z".parse().unwrap();
    assert_eq!(day_to_come("", now), Ok(None));
    assert_eq!(day_to_come("2026-11-24", now).unwrap().unwrap().to_string(), "2026-11-24T00:00:00Z");
    for wrong in ["2026-11-23", "1999-01-01", "tomorrow", "2026-02-30"] {
        assert!(day_to_come(wrong, now).is_err(), "{wrong}");
    }
}

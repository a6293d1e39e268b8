#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{ApiToken, ApiTokenWithSecret, OwnUser};
use cargohold_registry::{
    Confirmation, ListedIdentity, ListedProvider, MailedInvitation, Membership, OfferedSecret, SecondFactorState,
    SignUp,
};

use super::destination::Destination;
use super::{
    accounts, dashboard, elsewhere, email, invites, keys, mailed, new_token, password, profile, second_factor,
    security, sign_in, sign_up, token_form, tokens,
};
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::pager::Pager;
use crate::pages::samples::{Sample, frame, krate, sample};

const HOSTILE: &str = "<script>alert('x')</script>\"";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn stranger() -> Frame {
    Frame { viewer: None, ..frame() }
}

fn typed(name: &str) -> Form {
    Form::with(&[(name, HOSTILE), ("password", "secret of mine"), ("invitation", HOSTILE)])
        .refused(name_of(name), HOSTILE)
}

/// Problems belong to fields that are known when the program is written.
fn name_of(name: &str) -> &'static str {
    ["login", "email", "code", "new", "name", "patterns", "key"].into_iter().find(|it| *it == name).unwrap_or_default()
}

fn providers() -> Vec<ListedProvider> {
    vec![ListedProvider { name: "corp".to_owned(), title: HOSTILE.to_owned() }]
}

fn user() -> OwnUser {
    OwnUser {
        id: 1,
        login: "alice".to_owned(),
        email_verified: false,
        email_verification_sent: true,
        name: Some(HOSTILE.to_owned()),
        email: Some("alice@registry.example".to_owned()),
        avatar: None,
        url: None,
        is_admin: true,
        publish_notifications: true,
        created_at: Some(at("2026-01-02T03:04:05Z")),
    }
}

fn identity() -> ListedIdentity {
    ListedIdentity {
        id: 7,
        user_id: 1,
        provider: "corp".to_owned(),
        issuer: "https://corp.example".to_owned(),
        subject: "4711".to_owned(),
        login: Some(HOSTILE.to_owned()),
        groups: vec!["staff".to_owned()],
        sealed_access_token: None,
        created_at: at("2026-01-02T03:04:05Z"),
        last_used_at: at("2026-01-03T03:04:05Z"),
    }
}

fn token(id: i64, scopes: Option<Vec<String>>) -> ApiToken {
    ApiToken {
        id,
        name: HOSTILE.to_owned(),
        created_at: at("2026-01-02T03:04:05Z"),
        last_used_at: None,
        crate_scopes: scopes.as_ref().map(|_| vec!["tide-*".to_owned()]),
        endpoint_scopes: scopes,
        expired_at: Some(at("2026-02-02T03:04:05Z")),
    }
}

fn entry() -> Vec<Sample> {
    let sign_in = |sign_up, form| sign_in::SignIn {
        frame: stranger(),
        form,
        providers: providers(),
        to: Destination::of("/crates/tide?a=b&c=d"),
        sign_up,
    };
    let sign_up = |rule, form| sign_up::SignUpPage { frame: stranger(), form, rule, providers: providers() };
    let pending = sign_up::SignUpPending {
        frame: stranger(),
        form: typed("email"),
        login: HOSTILE.to_owned(),
        rule: SignUp::Invite,
    };
    vec![
        sample("sign_in.html", &sign_in(SignUp::Open, typed("login"))),
        sample("sign_in.html", &sign_in(SignUp::Closed, Form::default())),
        sample("sign_in_code.html", &sign_in::SignInCode { frame: stranger(), form: typed("code") }),
        sample("sign_in_password.html", &password::ChoosePassword { frame: stranger(), form: typed("new") }),
        sample(
            "sign_in_failed.html",
            &elsewhere::SignInFailed { frame: stranger(), form: typed(""), again: "/sign-in".to_owned() },
        ),
        sample("sign_up.html", &sign_up(SignUp::Open, Form::default())),
        sample("sign_up.html", &sign_up(SignUp::Invite, typed("email"))),
        sample("sign_up.html", &sign_up(SignUp::Closed, Form::default())),
        sample("sign_up_pending.html", &pending),
    ]
}

fn settings() -> Vec<Sample> {
    let session = |id: i64| security::SessionView {
        id,
        address: None,
        user_agent: Some(HOSTILE.to_owned()),
        created_at: at("2026-01-02T03:04:05Z"),
        expires_at: at("2026-04-02T03:04:05Z"),
        is_current: id == 1,
    };
    let security = |is_on: bool, form| security::Security {
        frame: frame(),
        form,
        has_password: !is_on,
        factor: SecondFactorState { is_on, recovery_codes: 1 },
        sessions: vec![session(1), session(2)],
    };
    let offered = OfferedSecret { secret: "ABCDEFGH".to_owned(), url: "otpauth://totp/a:b?secret=ABCDEFGH".to_owned() };
    let offer = second_factor::Offer::new(frame(), typed("code"), offered).unwrap();
    let codes = vec!["first".to_owned(), "second".to_owned()];
    let accounts =
        |identities| accounts::Accounts { frame: frame(), form: typed(""), identities, providers: providers() };
    let leaving = accounts::Leaving {
        frame: frame(),
        title: HOSTILE.to_owned(),
        url: "https://corp.example/?a=b&c=\"><script>".to_owned(),
    };
    let key = keys::KeyView {
        id: 3,
        key_id: "k3.pid.x".to_owned(),
        name: HOSTILE.to_owned(),
        created_at: at("2026-01-02T03:04:05Z"),
        last_used_at: None,
    };
    let profile = |identities: Vec<_>, form| profile::Profile { frame: frame(), form, user: user(), identities };
    let email = |form, sends_mail| email::Email { frame: frame(), form, user: user(), sends_mail };
    vec![
        sample("settings_profile.html", &profile(vec![identity()], Form::default())),
        sample("settings_profile.html", &profile(Vec::new(), typed("name"))),
        sample("settings_email.html", &email(typed("email"), true)),
        sample("settings_email.html", &email(Form::default(), false)),
        sample("settings_security.html", &security(false, typed("new"))),
        sample("settings_security.html", &security(true, typed("code"))),
        sample("settings_second_factor.html", &offer),
        sample("settings_recovery_codes.html", &second_factor::RecoveryCodes { frame: frame(), codes }),
        sample("settings_accounts.html", &accounts(vec![identity()])),
        sample("settings_accounts.html", &accounts(Vec::new())),
        sample("leaving.html", &leaving),
        sample("settings_keys.html", &keys::Keys { frame: frame(), form: typed("name"), listed: vec![key] }),
    ]
}

fn api_tokens() -> Vec<Sample> {
    let listed = vec![token(1, Some(vec!["yank".to_owned()])), token(2, None)];
    let list = |now: &str, listed, disabled| tokens::Tokens { frame: frame(), listed, now: at(now), disabled };
    let new = |form, disabled| new_token::NewToken::new(frame(), form, true, disabled);
    let made = ApiTokenWithSecret { shown: token(1, None), token: "cioSecret".to_owned() };
    let closed = Some(HOSTILE.to_owned());
    let from = token_form::blank(Some(&token(1, Some(vec!["yank".to_owned()]))));
    vec![
        sample("settings_tokens.html", &list("2026-01-05T00:00:00Z", listed.clone(), None)),
        sample("settings_tokens.html", &list("2026-03-05T00:00:00Z", listed, closed.clone())),
        sample("settings_tokens.html", &list("2026-03-05T00:00:00Z", Vec::new(), None)),
        sample("settings_new_token.html", &new(typed("patterns"), None)),
        sample("settings_new_token.html", &new(from, None)),
        sample("settings_new_token.html", &new(Form::default(), closed)),
        sample("settings_token_made.html", &new_token::TokenMade { frame: frame(), made }),
    ]
}

fn own() -> Vec<Sample> {
    let invitation = invites::InvitationView {
        crate_id: 5,
        krate: "tide".to_owned(),
        inviter: "bob".to_owned(),
        created_at: at("2026-01-02T03:04:05Z"),
        expires_at: at("2026-02-02T03:04:05Z"),
    };
    let next = Some("/me/pending-invites?seek=x".to_owned());
    let invites = |invitations| invites::Invites { frame: frame(), form: typed(""), invitations, next: next.clone() };
    let confirm = || mailed::Asked::Confirm(Confirmation { login: HOSTILE.to_owned(), email: HOSTILE.to_owned() });
    let owner =
        || MailedInvitation { krate: "tide".to_owned(), inviter: HOSTILE.to_owned(), invitee: "alice".to_owned() };
    let mailed = |asked| mailed::Mailed { frame: stranger(), form: typed(""), asked };
    let team = Membership { login: "local:tide:pool".to_owned(), name: Some(HOSTILE.to_owned()), is_maintainer: true };
    let shelf = |crates: Vec<_>| dashboard::CrateShelf { total: crates.len(), crates: crates.into() };
    let dashboard = |crates: Vec<_>, updates: Vec<_>| dashboard::Dashboard {
        frame: frame(),
        user: user(),
        own: shelf(crates.clone()),
        followed: shelf(crates),
        downloads: 1_234,
        next_page: (!updates.is_empty()).then_some(2),
        updates,
        invitations: 1,
        has_token: true,
        teams: vec![team.clone()],
    };
    let update = dashboard::UpdateView {
        krate: "tide".to_owned(),
        num: "1.2.3".to_owned(),
        is_yanked: true,
        description: Some(HOSTILE.to_owned()),
        created_at: at("2026-01-02T03:04:05Z"),
        publisher: Some("bob".to_owned()),
    };
    let pager = Pager { page: 1, last: 2, link: "/me/following?page=".to_owned() };
    let following = |crates: Vec<_>| dashboard::Following {
        frame: frame(),
        total: crates.len(),
        crates: crates.into(),
        pager: pager.clone(),
    };
    vec![
        sample("invites.html", &invites(vec![invitation])),
        sample("invites.html", &invites(Vec::new())),
        sample("mailed.html", &mailed(confirm())),
        sample("mailed.html", &mailed(mailed::Asked::Own(owner()))),
        sample("mailed_done.html", &mailed::MailedDone { frame: stranger(), asked: confirm() }),
        sample("mailed_done.html", &mailed::MailedDone { frame: stranger(), asked: mailed::Asked::Own(owner()) }),
        sample("dashboard.html", &dashboard(vec![krate("tide")], vec![update])),
        sample("dashboard.html", &dashboard(Vec::new(), Vec::new())),
        sample("following.html", &following(vec![krate("tide")])),
        sample("following.html", &following(Vec::new())),
    ]
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    [entry(), settings(), api_tokens(), own()].concat()
}

#[test]
fn s12_nothing_that_strangers_wrote_becomes_markup() {
    for (template, html) in samples() {
        assert!(!html.contains("<script>") && !html.contains("alert('x')"), "{template}\n{html}");
    }
}

#[test]
fn a_form_that_is_shown_again_keeps_what_was_typed_but_no_password() {
    let (_, html) = &entry()[0];
    assert!(html.contains("value=\"&#60;script&#62;"), "{html}");
    assert!(!html.contains("secret of mine"), "{html}");
    assert!(html.contains("aria-invalid=\"true\" aria-describedby=\"login-problem \""), "{html}");
    assert!(html.contains("href=\"/sign-in/with/corp?to=%2Fcrates%2Ftide%3Fa%3Db%26c%3Dd\""), "{html}");
}

#[test]
fn a_closed_registry_shows_strangers_nothing_but_its_name_and_the_form() {
    let frame = Frame { is_private: true, ..stranger() };
    let page = sign_in::SignIn {
        frame,
        form: Form::default(),
        providers: Vec::new(),
        to: Destination::of("/"),
        sign_up: SignUp::Closed,
    };
    let (_, html) = sample("sign_in.html", &page);
    for hidden in ["/crates", "/search", "<footer", "Maintenance", "/categories", "opensearch"] {
        assert!(!html.contains(hidden), "{hidden}: {html}");
    }
    assert!(html.contains("Sample registry") && html.contains("name=\"password\""), "{html}");
}

#[test]
fn an_expired_token_is_made_again_and_not_revoked() {
    let samples = api_tokens();
    let (_, expired) = &samples[1];
    assert!(expired.contains("Make it again") && !expired.contains("/settings/tokens/1/revoke"), "{expired}");
    let (_, usable) = &samples[0];
    assert!(usable.contains("/settings/tokens/1/revoke") && usable.contains("<code>tide-*</code>"), "{usable}");
    let (_, again) = &samples[4];
    assert!(again.contains("value=\"yank\" checked") && again.contains("whose names begin with tide-"), "{again}");
}

//! The pages on which people sign in and manage what is theirs: forms over HTTP, without scripts.

mod elsewhere;
mod mailed;
mod settings;
mod tokens;

use reqwest::Response;

use crate::sign_in::code;
use crate::support::{Browser, Person, Shape, TestServer, create_account, html, krate, leads_to, on_both_shapes};

on_both_shapes!(
    a_one_time_password_leads_to_choosing_another_and_on,
    whoever_mistypes_sees_the_form_again_without_the_password,
    s39_no_form_works_without_its_token_or_from_another_site,
    s39_a_cookie_of_another_host_beside_ours_counts_as_none,
    nobody_is_led_to_another_site,
    a_second_factor_is_set_up_asked_for_and_removed,
    accounts_are_opened_as_the_rule_says,
    a_locked_account_is_told_why,
    the_dashboard_shows_what_is_new,
);

const PASSWORD: &str = "correct horse battery staple";

/// What stands between two texts.
#[track_caller]
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).unwrap().0
}

/// Makes an account with [`PASSWORD`] and answers a browser in which it is signed in.
async fn signed_in<'s>(server: &'s TestServer, login: &str) -> Browser<'s> {
    let given = create_account(server, login, &[]);
    let browser = Browser::new(server);
    sign_in(&browser, login, &given).await;
    let fields = [("old", given.as_str()), ("new", PASSWORD), ("again", PASSWORD)];
    leads_to(&browser.submit("/sign-in/password", "/sign-in/password", &fields).await, "/dashboard");
    browser
}

async fn sign_in(browser: &Browser<'_>, login: &str, password: &str) -> Response {
    browser.submit("/sign-in", "/sign-in", &[("login", login), ("password", password)]).await
}

async fn a_one_time_password_leads_to_choosing_another_and_on(shape: Shape) {
    let server = TestServer::start(shape);
    let given = create_account(&server, "anna", &[]);
    let browser = Browser::new(&server);
    let to = "/settings/tokens?done=x";
    let form = browser.page("/sign-in?to=%2Fsettings%2Ftokens%3Fdone%3Dx", 200).await;
    assert!(form.contains(&format!("name=\"to\" value=\"{to}\"")), "{form}");
    let fields = [("login", "Anna"), ("password", given.as_str()), ("to", to)];
    let answer = browser.submit("/sign-in", "/sign-in", &fields).await;
    let choose = "/sign-in/password?to=%2Fsettings%2Ftokens%3Fdone%3Dx";
    leads_to(&answer, choose);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    for path in ["/dashboard", "/settings/tokens"] {
        leads_to(&browser.ask(reqwest::Method::GET, path, None).await, "/sign-in/password");
    }
    for (old, new, again, words) in [
        (given.as_str(), PASSWORD, "another one", "type the new one twice"),
        (given.as_str(), "short", "short", "fewer than 12 characters"),
        ("wrong", PASSWORD, PASSWORD, "Login or password are wrong"),
    ] {
        let fields = [("old", old), ("new", new), ("again", again), ("to", to)];
        let answer = browser.submit(choose, "/sign-in/password", &fields).await;
        let status = if old == "wrong" { 403 } else { 400 };
        let shown = html(answer, status).await;
        assert!(shown.contains(words) && !shown.contains(PASSWORD) && !shown.contains(&given), "{words}: {shown}");
    }
    let fields = [("old", given.as_str()), ("new", PASSWORD), ("again", PASSWORD), ("to", to)];
    leads_to(&browser.submit(choose, "/sign-in/password", &fields).await, to);
    browser.page("/settings/tokens", 200).await;
    leads_to(&browser.ask(reqwest::Method::GET, choose, None).await, "/settings/security");
    leads_to(&browser.ask(reqwest::Method::GET, "/sign-in?to=/me/following", None).await, "/me/following");

    leads_to(&browser.submit("/dashboard", "/sign-out", &[]).await, "/?done=signed-out");
    assert_eq!(browser.cookie("cargo_session"), None);
    leads_to(&browser.ask(reqwest::Method::GET, "/dashboard", None).await, "/sign-in?to=%2Fdashboard");
    leads_to(&sign_in(&browser, "anna", PASSWORD).await, "/dashboard");
}

async fn whoever_mistypes_sees_the_form_again_without_the_password(shape: Shape) {
    let server = TestServer::start(shape);
    let fields = [("login", "ann\"a<b>"), ("password", "secret of mine"), ("to", "/me/following")];
    let answer = Browser::new(&server).submit("/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let shown = html(answer, 403).await;
    assert!(shown.contains("Login or password are wrong"), "{shown}");
    assert!(shown.contains("value=\"ann&#34;a&#60;b&#62;\"") && shown.contains("value=\"/me/following\""), "{shown}");
    assert!(!shown.contains("secret of mine"), "{shown}");
}

async fn s39_no_form_works_without_its_token_or_from_another_site(shape: Shape) {
    let server = TestServer::start(shape);
    let given = create_account(&server, "anna", &[]);
    let fields = [("login", "anna"), ("password", given.as_str())];
    let browser = Browser::new(&server);
    let page = browser.page("/sign-in", 200).await;
    let token = between(&page, "name=\"form_token\" value=\"", "\"").to_owned();
    for forged in ["", "forged"] {
        let shown = html(browser.submit_with("/sign-in", forged, &fields).await, 403).await;
        assert!(shown.contains("too old or comes from elsewhere"), "{shown}");
    }
    let other = Browser::new(&server);
    html(other.submit_with("/sign-in", &token, &fields).await, 403).await;
    other.page("/sign-in", 200).await;
    html(other.submit_with("/sign-in", &token, &fields).await, 403).await;
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        let foreign = Browser::new(&server).with(name, value);
        html(foreign.submit("/sign-in", "/sign-in", &fields).await, 403).await;
        assert!(!foreign.is_signed_in().await, "{name}: {value}");
    }
    let json = browser.ask(reqwest::Method::POST, "/sign-in", Some(serde_json::json!({ "login": "anna" }))).await;
    assert_eq!(json.status(), 403, "a form is no JSON");

    let anna = Person::new(&server, "bert").await;
    for path in ["/sign-out", "/settings/tokens/revoke", "/settings/security/sessions/end", "/settings/tokens/new"] {
        html(self::Browser::of(&server, &anna).submit_with(path, &token, &[]).await, 403).await;
    }
    assert!(self::Browser::of(&server, &anna).is_signed_in().await);
    leads_to(&browser.submit_with("/sign-in", &token, &fields).await, "/sign-in/password");
}

async fn s39_a_cookie_of_another_host_beside_ours_counts_as_none(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    for (cookies, status) in [(anna.cookie.clone(), 200), (format!("{0}; {0}", anna.cookie), 303)] {
        let request = server.request(reqwest::Method::GET, "/dashboard").header("cookie", cookies);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}

async fn nobody_is_led_to_another_site(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__SIGN_IN__BURST", "1000")]);
    let browser = signed_in(&server, "anna").await;
    for to in ["//evil.example", "/\\evil.example", "https://evil.example", "/a//b", "javascript:alert(1)", "/\t/evil"]
    {
        let fields = [("login", "anna"), ("password", PASSWORD), ("to", to)];
        let fresh = Browser::new(&server);
        leads_to(&fresh.submit("/sign-in", "/sign-in", &fields).await, "/dashboard");
        let query: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
        let path = format!("/sign-in?to={query}");
        leads_to(&browser.ask(reqwest::Method::GET, &path, None).await, "/dashboard");
    }
}

async fn a_second_factor_is_set_up_asked_for_and_removed(shape: Shape) {
    let server = TestServer::start(shape);
    let browser = signed_in(&server, "anna").await;
    let security = "/settings/security";
    let offer = "/settings/security/second-factor";
    let confirm = "/settings/security/second-factor/confirm";
    leads_to(&browser.ask(reqwest::Method::GET, offer, None).await, security);
    leads_to(&browser.submit(security, offer, &[]).await, offer);
    let shown = browser.page(offer, 200).await;
    let secret = between(&shown, "<p class=\"secret\">", "</p>").replace(' ', "");
    assert!(shown.contains("<svg class=\"qr\"") && shown.contains(&format!("secret={secret}")), "{shown}");
    let again = html(browser.submit(offer, confirm, &[("code", "000000")]).await, 403).await;
    assert!(again.contains(&format!("secret={secret}")) && again.contains("The code is wrong"), "{again}");
    let answer = browser.submit(offer, confirm, &[("code", &code(&secret, 0))]).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let codes = html(answer, 200).await;
    let codes: Vec<&str> = between(&codes, "<pre data-copy><code>", "</code>").lines().collect();
    assert_eq!(codes.len(), 10);
    leads_to(&browser.ask(reqwest::Method::GET, offer, None).await, security);

    let later = Browser::new(&server);
    let fields = [("login", "anna"), ("password", PASSWORD), ("to", "/me/following")];
    leads_to(&later.submit("/sign-in", "/sign-in", &fields).await, "/sign-in/code?to=%2Fme%2Ffollowing");
    leads_to(&later.ask(reqwest::Method::GET, "/dashboard", None).await, "/sign-in?to=%2Fdashboard");
    let wrong = [("code", "000000"), ("to", "/me/following")];
    let shown = html(later.submit("/sign-in/code", "/sign-in/code", &wrong).await, 403).await;
    assert!(shown.contains("The code is wrong") && shown.contains("value=\"/me/following\""), "{shown}");
    let right = code(&secret, 1);
    let right = [("code", right.as_str()), ("to", "/me/following")];
    leads_to(&later.submit("/sign-in/code", "/sign-in/code", &right).await, "/me/following");
    leads_to(&later.ask(reqwest::Method::GET, "/sign-in/code", None).await, "/dashboard");

    let remove = "/settings/security/second-factor/remove";
    let shown = html(later.submit(security, remove, &[("code", "wrong")]).await, 403).await;
    assert!(shown.contains("10 recovery codes are left"), "{shown}");
    leads_to(&later.submit(security, remove, &[("code", codes[0])]).await, "/settings/security?done=second-factor-off");
    let shown = later.page("/settings/security?done=second-factor-off", 200).await;
    assert!(shown.contains("The second factor is off.") && shown.contains("Set up a second factor"), "{shown}");
}

async fn accounts_are_opened_as_the_rule_says(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_SIGN_UP__MODE", "open")]);
    server.user("taken");
    let browser = Browser::new(&server);
    let fields = |login, email, password| [("login", login), ("email", email), ("password", password)];
    for (fields, status, problem) in [
        (fields("taken", "new@registry.example", PASSWORD), 400, "login-problem"),
        (fields("no login", "new@registry.example", PASSWORD), 400, "login-problem"),
        (fields("newcomer", "no address", PASSWORD), 422, "email-problem"),
        (fields("newcomer", "new@registry.example", "short"), 400, "password-problem"),
    ] {
        let shown = html(browser.submit("/sign-up", "/sign-up", &fields).await, status).await;
        assert!(shown.contains(&format!("id=\"{problem}\"")), "{problem}: {shown}");
        assert!(shown.contains(&format!("value=\"{}\"", fields[1].1)) && !shown.contains(PASSWORD), "{shown}");
    }
    let fields = fields("newcomer", "new@registry.example", PASSWORD);
    leads_to(&browser.submit("/sign-up", "/sign-up", &fields).await, "/dashboard?done=signed-up");
    let dashboard = browser.page("/dashboard", 200).await;
    assert!(dashboard.contains("Confirm your email address") && dashboard.contains("Make a token"), "{dashboard}");

    let invited = TestServer::start_with(shape, &[("CARGOHOLD_SIGN_UP__MODE", "invite")]);
    let printed = invited.cli(&["admin", "user", "invite"]);
    let secret = printed.split_whitespace().nth(1).unwrap();
    assert!(printed.contains(&format!("/sign-up/{secret}")), "{printed}");
    let browser = Browser::new(&invited);
    let refused =
        html(browser.submit("/sign-up", "/sign-up", &[&fields[..], &[("invitation", "made up")]].concat()).await, 403)
            .await;
    assert!(refused.contains("id=\"invitation-problem\""), "{refused}");
    let nothing = browser.page("/sign-up/made-up", 403).await;
    assert!(nothing.contains("ask an administrator"), "{nothing}");
    let path = format!("/sign-up/{secret}");
    let good = [&fields[..], &[("invitation", secret)]].concat();
    leads_to(&browser.submit(&path, "/sign-up", &good).await, "/dashboard?done=signed-up");
    browser.page(&path, 403).await;
    assert!(!invited.log().contains(secret), "links with secrets are not logged");

    let closed = TestServer::start_with(shape, &[("CARGOHOLD_SIGN_UP__MODE", "closed")]);
    let shown = Browser::new(&closed).page("/sign-up", 200).await;
    assert!(shown.contains("made by its administrators") && !shown.contains("name=\"password\""), "{shown}");
    Browser::new(&closed).page("/sign-up/any", 403).await;
}

async fn a_locked_account_is_told_why(shape: Shape) {
    let server = TestServer::start(shape);
    let browser = signed_in(&server, "anna").await;
    server.cli(&["admin", "user", "lock", "anna", "--reason", "too loud"]);
    leads_to(&browser.ask(reqwest::Method::GET, "/dashboard", None).await, "/sign-in?to=%2Fdashboard");
    let shown = html(sign_in(&browser, "anna", PASSWORD).await, 403).await;
    assert!(shown.contains("too loud"), "{shown}");
}

async fn the_dashboard_shows_what_is_new(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    let token = server.token("anna", &[]);
    let browser = Browser::of(&server, &anna);
    let empty = browser.page("/dashboard", 200).await;
    assert!(empty.contains("First steps") && empty.contains("You follow no crates"), "{empty}");
    assert_eq!(server.publish(&token, &krate("own-crate")).await.status(), 200);
    for minor in 0..21 {
        server.publish_ok(&krate("tide").version(&format!("1.{minor}.0"))).await;
    }
    server.change_owners(reqwest::Method::PUT, &server.admin, "tide", &["anna"]).await;
    let follow = browser.ask(reqwest::Method::PUT, "/api/v1/crates/tide/follow", None).await;
    assert_eq!(follow.status(), 200);
    let shown = browser.page("/dashboard", 200).await;
    for words in ["/crates/own-crate", "/crates/tide/1.20.0", "invitation to own a crate", "/dashboard?page=2"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("First steps") && !shown.contains("/crates/tide/1.0.0\""), "{shown}");
    let older = browser.page("/dashboard?page=2", 200).await;
    assert!(older.contains("/crates/tide/1.0.0\"") && !older.contains("page=3"), "{older}");
    assert!(browser.page("/me/following", 200).await.contains("href=\"/crates/tide\""));
    leads_to(&browser.ask(reqwest::Method::GET, "/me/crates", None).await, "/users/anna");
    let hint = browser.ask(reqwest::Method::GET, "/me", None).await;
    assert_eq!((hint.status().as_u16(), hint.headers()["location"].to_str().unwrap()), (308, "/settings/tokens"));
}

//! Signing in at a provider through pages.

use reqwest::{Method, Url};
use serde_json::json;

use super::between;
use crate::provider_server::ProviderServer;
use crate::support::{Browser, Person, Shape, TestServer, html, leads_to, on_both_shapes};

on_both_shapes!(
    a_provider_leads_back_to_where_somebody_wanted_to_go,
    other_sites_use_up_nobodys_attempts,
    whoever_has_no_account_is_asked_whether_they_want_one,
    an_account_at_a_provider_is_linked_and_unlinked_on_its_page,
    what_a_provider_refuses_has_a_way_back,
);

fn server_with(shape: Shape, provider: &ProviderServer, more: &[(&str, &str)]) -> TestServer {
    let settings = [
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__ISSUER", provider.issuer.as_str()),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__TITLE", "The <Corporation>"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_ID", "cargohold"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_SECRET", "oidc client secret"),
    ];
    TestServer::start_with(shape, &[&settings, more].concat())
}

async fn put_person(provider: &ProviderServer, subject: &str, login: &str) {
    let email = format!("{login}@corp.example");
    let claims = json!({ "preferred_username": login, "email": email, "email_verified": true });
    provider.put_user(subject, claims.to_string()).await;
}

/// Where a browser that is sent to a provider ends up here, once somebody has signed in there.
async fn signed_in_there(provider: &ProviderServer, url: &str, subject: &str) -> String {
    let back = provider.sign_in(url, subject).await;
    path_of(&back)
}

fn path_of(back: &Url) -> String {
    format!("{}?{}", back.path(), back.query().unwrap_or_default())
}

/// Begins a sign-in and answers the address at the provider.
async fn begin(browser: &Browser<'_>, path: &str) -> String {
    let answer = browser.ask(Method::GET, path, None).await;
    assert_eq!(answer.status(), 303);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn a_provider_leads_back_to_where_somebody_wanted_to_go(shape: Shape) {
    let provider = ProviderServer::start().await;
    let server = server_with(shape, &provider, &[]);
    put_person(&provider, "4711", "anna").await;
    let browser = Browser::new(&server);
    let shown = browser.page("/sign-in?to=/settings/email", 200).await;
    assert!(shown.contains("Sign in with The &#60;Corporation&#62;"), "{shown}");
    let way = between(&shown, "<a class=\"button quiet\" href=\"", "\"");
    assert_eq!(way, "/sign-in/with/corp?to=%2Fsettings%2Femail");
    let url = begin(&browser, way).await;
    assert!(url.starts_with(&provider.issuer), "{url}");
    let back = signed_in_there(&provider, &url, "4711").await;
    let answer = browser.ask(Method::GET, &back, None).await;
    leads_to(&answer, "/settings/email");
    assert!(browser.page("/settings/email", 200).await.contains("anna@corp.example"));
    assert_eq!((browser.cookie("cargo_sign_in"), browser.cookie("cargo_to")), (None, None));
    html(Browser::new(&server).ask(Method::GET, &back, None).await, 400).await;

    let other = Browser::new(&server);
    let url = begin(&other, "/sign-in/with/corp?to=%2F%2Fevil.example").await;
    let back = signed_in_there(&provider, &url, "4711").await;
    leads_to(&other.ask(Method::GET, &back, None).await, "/dashboard");
    other.page("/sign-in/with/nobody", 404).await;
}

async fn other_sites_use_up_nobodys_attempts(shape: Shape) {
    let provider = ProviderServer::start().await;
    let server = server_with(shape, &provider, &[]);
    for (dest, status) in [("image", 403), ("iframe", 403), ("empty", 403), ("document", 303)] {
        let browser = Browser::new(&server).with("sec-fetch-site", "cross-site").with("sec-fetch-dest", dest);
        let answer = browser.ask(Method::GET, "/sign-in/with/corp", None).await;
        assert_eq!(answer.status(), status, "{dest}");
    }
    let own = Browser::new(&server).with("sec-fetch-site", "same-origin").with("sec-fetch-dest", "document");
    begin(&own, "/sign-in/with/corp").await;
}

async fn whoever_has_no_account_is_asked_whether_they_want_one(shape: Shape) {
    let provider = ProviderServer::start().await;
    put_person(&provider, "4711", "anna").await;
    let strict = [("CARGOHOLD_SIGN_IN__OIDC__CORP__OPENS_ACCOUNTS", "false")];
    let server = server_with(shape, &provider, &strict);
    let come_back = async |browser: &Browser<'_>| {
        let url = begin(browser, "/sign-in/with/corp?to=/me/following").await;
        let back = signed_in_there(&provider, &url, "4711").await;
        leads_to(&browser.ask(Method::GET, &back, None).await, "/sign-in/new");
    };
    let browser = Browser::new(&server);
    come_back(&browser).await;
    let (page, fields) = ("/sign-in/new", |invitation| [("email", "anna@home.example"), ("invitation", invitation)]);
    let shown = browser.page(page, 200).await;
    assert!(shown.contains("<strong>anna</strong>") && shown.contains("value=\"anna@corp.example\""), "{shown}");
    let refused = html(browser.submit(page, page, &[("email", "no address")]).await, 422).await;
    assert!(refused.contains("id=\"email-problem\""), "{refused}");
    let refused = html(browser.submit(page, page, &fields("made up")).await, 403).await;
    assert!(refused.contains("id=\"invitation-problem\""), "{refused}");
    leads_to(&browser.submit(page, "/sign-in/new/forget", &[]).await, "/sign-in");
    browser.page(page, 400).await;

    come_back(&browser).await;
    let printed = server.cli(&["admin", "user", "invite"]);
    let secret = printed.split_whitespace().nth(1).unwrap();
    leads_to(&browser.submit(page, page, &fields(secret)).await, "/me/following");
    assert!(browser.page("/settings/profile", 200).await.contains("anna@home.example"));
}

async fn an_account_at_a_provider_is_linked_and_unlinked_on_its_page(shape: Shape) {
    let provider = ProviderServer::start().await;
    let server = server_with(shape, &provider, &[]);
    put_person(&provider, "4711", "anna").await;
    let local = Person::new(&server, "local").await;
    let browser = super::Browser::of(&server, &local);
    let page = "/settings/accounts";
    let answer = browser.submit(page, "/settings/accounts/link", &[("provider", "corp")]).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let shown = html(answer, 200).await;
    let url = between(&shown, "<meta http-equiv=\"refresh\" content=\"0; url=", "\"").replace("&#38;", "&");
    let back = signed_in_there(&provider, &url, "4711").await;
    leads_to(&browser.ask(Method::GET, &back, None).await, "/settings/accounts?done=account-linked");
    let shown = browser.page(page, 200).await;
    assert!(shown.contains(">anna") && shown.contains("The &#60;Corporation&#62;"), "{shown}");

    // Another account cannot have it, and keeps its last way in.
    put_person(&provider, "4712", "bert").await;
    let other = Browser::new(&server);
    let url = begin(&other, "/sign-in/with/corp").await;
    let back = signed_in_there(&provider, &url, "4712").await;
    leads_to(&other.ask(Method::GET, &back, None).await, "/dashboard");
    let shown = html(other.submit(page, "/settings/accounts/link", &[("provider", "corp")]).await, 200).await;
    let url = between(&shown, "<meta http-equiv=\"refresh\" content=\"0; url=", "\"").replace("&#38;", "&");
    let back = signed_in_there(&provider, &url, "4711").await;
    let refused = html(other.ask(Method::GET, &back, None).await, 400).await;
    assert!(
        refused.contains("linked to another account") && refused.contains("href=\"/settings/accounts\""),
        "{refused}"
    );
    let unlink_on =
        |shown: &str| format!("{page}/{}/unlink", between(shown, "action=\"/settings/accounts/", "/unlink\""));
    let last = unlink_on(&other.page(page, 200).await);
    let refused = html(other.submit(page, &last, &[]).await, 400).await;
    assert!(refused.contains("the only way you can sign in"), "{refused}");

    let unlink = unlink_on(&browser.page(page, 200).await);
    leads_to(&browser.submit(page, &unlink, &[]).await, "/settings/accounts?done=account-unlinked");
    assert!(browser.page(page, 200).await.contains("None is linked"));
}

async fn what_a_provider_refuses_has_a_way_back(shape: Shape) {
    let provider = ProviderServer::start().await;
    let server = server_with(shape, &provider, &[]);
    let browser = Browser::new(&server);
    let url = begin(&browser, "/sign-in/with/corp?to=/settings/email").await;
    let back = path_of(&provider.deny(&url).await);
    let shown = browser.page(&back, 400).await;
    assert!(shown.contains("The provider did not sign you in"), "{shown}");
    assert!(shown.contains("href=\"/sign-in?to=%2Fsettings%2Femail\""), "{shown}");
    for path in
        ["/sign-in/return", "/github-redirect.html?code=a&state=b", "/sign-in/return?error=%3Cscript%3E&state=x"]
    {
        let shown = Browser::new(&server).page(path, 400).await;
        assert!(shown.contains("href=\"/sign-in\"") && !shown.contains("<script>"), "{path}: {shown}");
    }
}

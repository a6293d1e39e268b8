//! The lists of the site, what machines read of it, and its texts, over HTTP and without scripts.

use reqwest::Method;
use reqwest::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, RETRY_AFTER, SET_COOKIE, VARY,
};
use serde_json::{Value, json};

use crate::support::{Browser, Krate, Person, Shape, TestServer, eventually, krate, on_both_shapes};

on_both_shapes!(
    a_search_is_narrowed_down_by_words_and_its_links_keep_them,
    keywords_and_categories_lead_to_their_crates,
    what_somebody_yanked_is_for_their_own_eyes,
    a_team_shows_its_members_and_crates,
    crates_are_looked_up_by_letter_and_in_any_order,
    a_wrong_address_is_a_page_with_what_may_have_been_meant,
    search_engines_read_an_open_registry_and_nothing_of_a_private_one,
    pages_are_everybodys_on_an_open_registry_and_nobodys_elses_on_a_private_one,
    no_link_of_the_site_leads_nowhere,
);

const PRIVATE: [(&str, &str); 1] = [("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")];

fn tagged(name: &str, keywords: &[&str], categories: &[&str]) -> Krate {
    krate(name).package(&format!("keywords = {keywords:?}")).package(&format!("categories = {categories:?}"))
}

/// Three crates of the sea, and one that is not.
async fn publish_the_sea(server: &TestServer) {
    server.publish_ok(&tagged("tide", &["Sea", "moon"], &["asynchronous"])).await;
    server.publish_ok(&tagged("ebb", &["sea"], &["asynchronous", "command-line-utilities"])).await;
    server.publish_ok(&tagged("tide-pool", &["sea", "rock"], &["development-tools::testing"])).await;
    server.publish_ok(&krate("desert").package("description = \"No \\\"><img src=x onerror=alert(1)> here\"")).await;
}

/// The names of the crates that a page lists.
fn rows(html: &str) -> Vec<&str> {
    let rows = html.split("<li class=\"crate-row\">").skip(1);
    rows.map(|row| row.split_once("href=\"/crates/").unwrap().1.split_once('"').unwrap().0).collect()
}

/// All addresses on this site that a page links to.
fn links(html: &str) -> Vec<String> {
    let found = html.split("href=\"/").skip(1).map(|rest| rest.split('"').next().unwrap());
    found.map(|link| format!("/{}", link.split('#').next().unwrap().replace("&#38;", "&"))).collect()
}

/// Where the link with this text, or with this `rel`, leads.
fn link_to(html: &str, end: &str) -> String {
    let tag = html.split("<a ").skip(1).find(|rest| rest.contains(end) && rest.find(end) < rest.find("</a>"));
    let tag = tag.unwrap_or_else(|| panic!("no link with {end}: {html}"));
    tag.split_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&#38;", "&")
}

async fn a_search_is_narrowed_down_by_words_and_its_links_keep_them(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_LIMITS__SEARCH__BURST", "12")]);
    publish_the_sea(&server).await;
    let browser = Browser::new(&server);
    let html = browser.page("/search?q=tide", 200).await;
    assert_eq!(rows(&html), ["tide", "tide-pool"]);
    assert!(html.contains("1–2 of 2 crates") && html.matches("exact match").count() == 1, "{html}");
    for (query, expected) in [
        ("q=keyword:sea&sort=new", &["tide-pool", "ebb", "tide"][..]),
        ("q=keyword:sea+keyword:MOON", &["tide"]),
        ("q=keyword:sea&all_keywords=rock", &["tide-pool"]),
        ("q=keyword:sea+category:asynchronous", &["ebb", "tide"]),
        ("q=category:development-tools", &["tide-pool"]),
        ("q=tide+keyword:sea+category:asynchronous", &["tide"]),
    ] {
        assert_eq!(rows(&browser.page(&format!("/search?{query}"), 200).await), expected, "{query}");
    }

    let html = browser.page("/search?q=keyword%3Asea+category:os+category:wasm", 400).await;
    assert!(
        html.contains("one category") && html.contains("value=\"keyword:sea category:os category:wasm\""),
        "{html}"
    );
    let html = browser.page("/search?q=%22%3E%3Cimg+tidal&sort=new", 200).await;
    assert!(html.contains("Nothing here matches") && !html.contains("<img"), "{html}");
    let html = browser.page("/search?q=tidal", 200).await;
    assert!(html.contains("Did you mean") && html.contains("href=\"/crates/tide\""), "{html}");

    pages_keep_what_was_asked_for(&server, &browser).await;
    too_many_searches_are_told_so(&server).await;
}

async fn pages_keep_what_was_asked_for(server: &TestServer, browser: &Browser<'_>) {
    for number in 0..19 {
        server.publish_ok(&tagged(&format!("drop-{number:02}"), &["sea"], &[])).await;
    }
    let html = browser.page("/search?q=keyword%3Asea&sort=alphabetical&done=x", 200).await;
    assert_eq!((rows(&html).len(), html.contains("1–20 of 22 crates")), (20, true), "{html}");
    let next = link_to(&html, "rel=\"next\"");
    assert_eq!(next, "/search?q=keyword%3Asea&sort=alphabetical&page=2");
    let html = browser.page(&next, 200).await;
    assert_eq!(rows(&html), ["tide", "tide-pool"]);
    assert_eq!(link_to(&html, "rel=\"prev\""), "/search?q=keyword%3Asea&sort=alphabetical&page=1");
    assert_eq!(link_to(&html, "Newly added"), "/search?q=keyword%3Asea&sort=new");
    assert_eq!(link_to(&html, "Search without keyword:sea"), "/search?sort=alphabetical&q=");
    assert!(browser.page("/search?q=keyword%3Asea&page=3", 200).await.contains("The list ends before page 3"));
    for query in ["page=0", "page=201", "page=x", "page=1&page=2"] {
        browser.page(&format!("/search?q=keyword%3Asea&{query}"), 400).await;
    }
}

async fn too_many_searches_are_told_so(server: &TestServer) {
    let request = || server.request(Method::GET, "/search?q=tide").header(ACCEPT, "text/html");
    let mut answer = request().send().await.unwrap();
    for _ in 0..200 {
        if answer.status() == 429 {
            break;
        }
        answer = request().send().await.unwrap();
    }
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key(RETRY_AFTER));
    assert!(answer.text().await.unwrap().contains("<h1>Too often</h1>"));
}

async fn keywords_and_categories_lead_to_their_crates(shape: Shape) {
    let server = TestServer::start(shape);
    publish_the_sea(&server).await;
    let browser = Browser::new(&server);
    let order = |html: &str| {
        let found = links(html).into_iter().filter(|link| link.starts_with("/keywords/"));
        found.map(|link| link["/keywords/".len()..].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(order(&browser.page("/keywords", 200).await)[0], "sea");
    assert_eq!(order(&browser.page("/keywords?sort=alpha", 200).await), ["moon", "rock", "sea"]);
    let html = browser.page("/keywords/SEA?sort=new", 200).await;
    assert_eq!(rows(&html), ["tide-pool", "ebb", "tide"]);
    assert_eq!(link_to(&html, ">Name</a>"), "/keywords/SEA?sort=alphabetical");
    browser.page("/keywords/nothing", 404).await;

    let html = browser.page("/categories?sort=crates", 200).await;
    let first = links(&html).into_iter().find(|link| link.starts_with("/categories/"));
    assert_eq!(first.as_deref(), Some("/categories/asynchronous"));
    let html = browser.page("/categories/development-tools", 200).await;
    assert_eq!(rows(&html), ["tide-pool"]);
    assert!(links(&html).contains(&"/categories/development-tools::testing".to_owned()), "{html}");
    let html = browser.page("/categories/development-tools::testing", 200).await;
    assert!(links(&html).contains(&"/categories/development-tools".to_owned()), "{html}");
    assert!(browser.page("/categories/nothing", 404).await.contains("/category_slugs"));
    assert!(browser.page("/category_slugs", 200).await.contains("<code>development-tools::testing</code>"));
}

async fn what_somebody_yanked_is_for_their_own_eyes(shape: Shape) {
    let server = TestServer::start(shape);
    let alice = Person::new(&server, "alice").await;
    let token = server.token("alice", &[]);
    for name in ["kept", "gone"] {
        assert_eq!(server.publish(&token, &krate(name)).await.status(), 200);
    }
    assert_eq!(server.yank(&token, "gone", "1.0.0").await.status(), 200);
    let stranger = Browser::new(&server);
    let html = stranger.page("/users/Alice", 200).await;
    assert_eq!(rows(&html), ["kept"]);
    assert!(html.contains("<li>1 crate</li>") && !html.contains("your own profile"), "{html}");
    let own = Browser::new(&server).with("cookie", &alice.cookie);
    let html = own.page("/users/alice?sort=new", 200).await;
    assert_eq!(rows(&html), ["gone", "kept"]);
    assert!(html.contains("your own profile") && html.contains("<span class=\"badge bad\">yanked</span>"), "{html}");
    assert!(stranger.page("/users/nobody", 404).await.contains("There is no user `nobody`"));
}

async fn a_team_shows_its_members_and_crates(shape: Shape) {
    let server = TestServer::start(shape);
    let login = "local:tide:pool";
    server.user("alice");
    server.cli(&["admin", "team", "create", "tide", "pool"]);
    server.cli(&["admin", "team", "add", login, "alice", "--maintainer"]);
    server.cli(&["admin", "team", "add", login, "admin"]);
    server.publish_ok(&krate("ours")).await;
    assert_eq!(server.change_owners(Method::PUT, &server.admin, "ours", &[login]).await.status(), 200);
    server.publish_ok(&krate("mine")).await;
    let html = Browser::new(&server).page(&format!("/teams/{login}"), 200).await;
    assert_eq!(rows(&html), ["ours"]);
    assert!(links(&html).contains(&"/users/alice".to_owned()) && html.contains("maintainer"), "{html}");
    assert!(!html.contains("/edit"), "a stranger cannot change it: {html}");
    Browser::new(&server).page("/teams/local:tide:none", 404).await;
}

async fn crates_are_looked_up_by_letter_and_in_any_order(shape: Shape) {
    let server = TestServer::start(shape);
    let browser = Browser::new(&server);
    assert!(browser.page("/crates", 200).await.contains("no crates here yet"));
    publish_the_sea(&server).await;
    assert_eq!(rows(&browser.page("/crates", 200).await), ["desert", "ebb", "tide", "tide-pool"]);
    let html = browser.page("/crates?letter=T&sort=new", 200).await;
    assert_eq!(rows(&html), ["tide-pool", "tide"]);
    assert_eq!(link_to(&html, ">D</a>"), "/crates?sort=new&letter=d");
    assert_eq!(link_to(&html, ">All</a>"), "/crates?sort=new");
    assert!(browser.page("/crates?letter=x", 200).await.contains("No crate begins with this letter"));
    let html = browser.page("/", 200).await;
    assert!(html.contains("<dd>4</dd>") && html.contains("type=\"application/rss+xml\""), "{html}");
    assert!(!html.contains("<img"), "{html}");
    eventually("the feeds are written", async || server.get("/rss/crates.xml").await.status() == 200).await;
}

async fn a_wrong_address_is_a_page_with_what_may_have_been_meant(shape: Shape) {
    let server = TestServer::start(shape);
    publish_the_sea(&server).await;
    let browser = Browser::new(&server);
    for path in ["/tide", "/no/such/tides", "/crates/tidy", "/crates/yide"] {
        let html = browser.page(path, 404).await;
        assert!(html.contains("<h1>") && html.contains("href=\"/crates/tide\""), "{path}: {html}");
    }
    for (path, meant) in [("/login", "/sign-in"), ("/me/api-tokens", "/settings/tokens"), ("/faq", "/help")] {
        let html = browser.page(path, 404).await;
        assert!(html.contains(&format!("<li><a href=\"{meant}\">")), "{path}: {html}");
    }
    let html = browser.page("/%3Cscript%3Ealert(1)%3C/script%3E", 404).await;
    assert!(!html.contains("<script>alert"), "{html}");
    assert_eq!(server.get("/api/v1/nothing").await.headers()[CONTENT_TYPE], "application/json");
    let answer = server.get("/sign-out").await;
    assert_eq!((answer.status().as_u16(), answer.headers()["allow"].to_str().unwrap()), (405, "POST"));
    assert!(answer.text().await.unwrap().contains("This address is for what a form sends"));
    for (path, status, to) in
        [("/security", 308, "/policies/security"), ("/install", 301, "https://www.rust-lang.org/tools/install")]
    {
        let answer = server.get(path).await;
        assert_eq!((answer.status().as_u16(), answer.headers()[LOCATION].to_str().unwrap()), (status, to));
    }
}

/// What is at an address that must be there, and its content type.
async fn text(browser: &Browser<'_>, path: &str) -> (String, String) {
    let answer = browser.ask(Method::GET, path, None).await;
    assert_eq!(answer.status(), 200, "{path}");
    let content_type = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
    (answer.text().await.unwrap(), content_type)
}

async fn search_engines_read_an_open_registry_and_nothing_of_a_private_one(shape: Shape) {
    let server = TestServer::start(shape);
    publish_the_sea(&server).await;
    let (url, browser) = (&server.url, Browser::new(&server));
    let (robots, content_type) = text(&browser, "/robots.txt").await;
    assert_eq!(content_type, "text/plain; charset=utf-8");
    assert!(robots.contains("Disallow: /search\n") && robots.ends_with(&format!("Sitemap: {url}/sitemap.xml\n")));
    let (index, _) = text(&browser, "/sitemap.xml").await;
    assert!(index.contains(&format!("<loc>{url}/sitemap/1.xml</loc>")), "{index}");
    let (page, content_type) = text(&browser, "/sitemap/1.xml").await;
    assert_eq!(content_type, "application/xml; charset=utf-8");
    for name in ["tide", "ebb", "tide-pool", "desert"] {
        assert!(page.contains(&format!("<loc>{url}/crates/{name}</loc><lastmod>20")), "{name}: {page}");
    }
    for path in ["/sitemap/2.xml", "/sitemap/0.xml", "/sitemap/x.xml", "/sitemap/1"] {
        browser.page(path, 404).await;
    }
    let (opensearch, content_type) = text(&browser, "/opensearch.xml").await;
    assert!(content_type.starts_with("application/opensearchdescription+xml"), "{content_type}");
    assert!(opensearch.contains(&format!("template=\"{url}/search?q={{searchTerms}}\"")), "{opensearch}");
    let (suggestions, content_type) = text(&browser, "/search/suggestions?q=tid").await;
    assert_eq!(content_type, "application/x-suggestions+json");
    let suggestions: Value = serde_json::from_str(&suggestions).unwrap();
    assert_eq!((&suggestions[0], &suggestions[1]), (&json!("tid"), &json!(["tide", "tide-pool"])));
    assert_eq!(suggestions[3][0], json!(format!("{url}/crates/tide")));

    let private = TestServer::start_with(shape, &PRIVATE);
    let admin = private.admin.token.clone();
    let (robots, _) = text(&Browser::new(&private), "/robots.txt").await;
    assert_eq!(robots, "User-agent: *\nDisallow: /\n");
    let admin = Browser::new(&private).with("authorization", &admin);
    for path in ["/sitemap.xml", "/sitemap/1.xml"] {
        assert_eq!(private.get(path).await.status(), 401, "{path}");
        admin.page(path, 404).await;
    }
}

async fn pages_are_everybodys_on_an_open_registry_and_nobodys_elses_on_a_private_one(shape: Shape) {
    const PATHS: [&str; 6] = ["/", "/search?q=tide", "/crates", "/keywords/sea", "/users/admin", "/help"];
    let server = TestServer::start(shape);
    publish_the_sea(&server).await;
    let alice = Person::new(&server, "alice").await;
    for path in PATHS {
        let answer = server.get(path).await;
        let (headers, tag) = (answer.headers(), answer.headers()[ETAG].clone());
        assert_eq!(headers[CACHE_CONTROL], "public, no-cache", "{path}");
        let vary: Vec<_> = headers.get_all(VARY).iter().map(|value| value.to_str().unwrap()).collect();
        assert!(vary.join(",").contains("cookie") && !headers.contains_key(SET_COOKIE), "{path}: {vary:?}");
        let again = server.request(Method::GET, path).header(IF_NONE_MATCH, &tag).send().await.unwrap();
        assert_eq!((again.status().as_u16(), &again.headers()[ETAG]), (304, &tag), "{path}");
        assert_eq!(again.bytes().await.unwrap().len(), 0);
        let own = alice.request(&server, Method::GET, path).header(IF_NONE_MATCH, &tag).send().await.unwrap();
        assert_eq!((own.status().as_u16(), own.headers()[CACHE_CONTROL].as_bytes()), (200, &b"private, no-cache"[..]));
        assert!(own.text().await.unwrap().contains("<summary>alice</summary>"), "{path}");
    }

    let private = TestServer::start_with(shape, &PRIVATE);
    let bob = Person::new(&private, "bob").await;
    for path in PATHS.into_iter().filter(|path| !path.starts_with("/keywords")) {
        let request = private.request(Method::GET, path).header(ACCEPT, "text/html");
        let answer = request.send().await.unwrap();
        let to = answer.headers().get(LOCATION).map_or("", |to| to.to_str().unwrap());
        assert!(answer.status() == 303 && to.starts_with("/sign-in?to="), "{path} leads to {to}");
        let answer = bob.request(&private, Method::GET, path).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers().contains_key(ETAG)), (200, false), "{path}");
        assert!(answer.headers()[CACHE_CONTROL].to_str().unwrap().starts_with("private"), "{path}");
    }
}

async fn no_link_of_the_site_leads_nowhere(shape: Shape) {
    let server = TestServer::start_with(
        shape,
        &[("CARGOHOLD_MAIL__OPERATORS", "ops@registry.example"), ("CARGOHOLD_TRUSTPUB__GITHUB", "true")],
    );
    publish_the_sea(&server).await;
    eventually("the feeds are written", async || {
        let found = server.get("/rss/crates.xml").await.status() == 200;
        found && server.get("/rss/updates.xml").await.status() == 200
    })
    .await;
    let browser = Browser::new(&server);
    let mut seen = std::collections::BTreeSet::new();
    for path in [
        "/",
        "/crates",
        "/search",
        "/search?q=nothing",
        "/keywords",
        "/categories",
        "/users/admin",
        "/help",
        "/policies",
        "/policies/security",
        "/data-access",
        "/docs/rate-limits",
        "/docs/trusted-publishing",
        "/support",
        "/support?inquire=crate-violation&crate=tide",
        "/nowhere",
    ] {
        let html = browser.page(path, if path == "/nowhere" { 404 } else { 200 }).await;
        for link in links(&html) {
            if seen.insert(link.clone()) {
                let status = server.get(&link).await.status();
                assert!(status.is_success() || status.is_redirection(), "{path} leads to {link}: {status}");
            }
        }
    }
    assert!(seen.len() > 100, "{seen:?}");
}

#[tokio::test]
async fn a_report_becomes_a_mail_where_there_is_somebody_to_write_to() {
    let server = TestServer::start_with(Shape::Small, &[("CARGOHOLD_MAIL__OPERATORS", "ops@registry.example")]);
    let browser = Browser::new(&server);
    assert!(browser.page("/support", 200).await.contains("href=\"mailto:ops@registry.example\""));
    let report = "/support?inquire=crate-violation&crate=tide%22%3E";
    let html = browser.page(report, 200).await;
    assert!(html.contains("value=\"tide&#34;&#62;\"") && !html.contains("role=\"alert\""), "{html}");
    assert!(browser.page(&format!("{report}&send=1"), 200).await.contains("Say what is wrong with it."));
    let html = browser.page(&format!("{report}&send=1&reason=malicious-code&detail=a%26b"), 200).await;
    assert!(html.contains("href=\"mailto:ops@registry.example?subject=") && html.contains("a%26b\""), "{html}");

    let server = TestServer::start(Shape::Small);
    let html = Browser::new(&server).page("/support?inquire=crate-violation&crate=tide&send=1", 200).await;
    assert!(html.contains("published no address") && !html.contains("mailto:"), "{html}");
}

#[tokio::test]
async fn pipelines_and_limits_are_explained_as_they_hold_here() {
    let server = TestServer::start_with(
        Shape::Small,
        &[("CARGOHOLD_TRUSTPUB__GITHUB", "true"), ("CARGOHOLD_LIMITS__MAX_UPLOAD", "3 MiB")],
    );
    let browser = Browser::new(&server);
    let html = browser.page("/docs/trusted-publishing", 200).await;
    assert!(
        html.contains("https://token.actions.githubusercontent.com") && html.contains("audience=127.0.0.1"),
        "{html}"
    );
    assert!(html.contains(&format!("{}/api/v1/trusted_publishing/tokens", server.url)), "{html}");
    assert!(!html.contains("GitLab CI"), "{html}");
    assert!(browser.page("/docs/rate-limits", 200).await.contains("3 MiB"));
    let server = TestServer::start_with(Shape::Small, &[("CARGOHOLD_LIMITS__RATES_ENABLED", "false")]);
    let browser = Browser::new(&server);
    assert!(browser.page("/docs/trusted-publishing", 200).await.contains("No pipelines may publish here"));
    assert!(browser.page("/docs/rate-limits", 200).await.contains("are not limited here"));
}

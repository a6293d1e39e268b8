//! Every page there is, as everybody sees it who may: nothing is wrong with it on a desk, and it fits a phone. How a page is
//! built does not depend on where the data lies, so that is looked at closely in one shape, and in the other that it is there.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::{Chrome, Shape, Shop, TestServer, on_both_shapes};

on_both_shapes!(
    every_page_for_strangers_is_in_order,
    every_page_for_owners_is_in_order,
    every_page_for_administrators_is_in_order,
    wrong_addresses_lead_on,
);

const STRANGER: [&str; 41] = [
    "/",
    "/api",
    "/search?q=tide",
    "/search?q=keyword%3Atide&sort=downloads",
    "/search?q=nothing-like-this",
    "/crates",
    "/crates?letter=t&sort=alpha",
    "/keywords",
    "/keywords/tide",
    "/categories",
    "/categories/web-programming",
    "/category_slugs",
    "/users/alice",
    "/teams/local:tide:pool",
    "/policies",
    "/policies/security",
    "/security",
    "/data-access",
    "/docs/rate-limits",
    "/docs/trusted-publishing",
    "/help",
    "/support",
    "/support?inquire=crate-violation&crate=manifold",
    "/crates/tide-core",
    "/crates/manifold/1.2.0",
    "/crates/manifold/versions?sort=date",
    "/crates/tide-codec/dependencies",
    "/crates/tide-codec/0.2.0/dependencies",
    "/crates/manifold/reverse_dependencies",
    "/crates/tide-codec/features",
    "/crates/tide-codec/0.2.0/features",
    "/crates/tide-core/code",
    "/crates/tide-core/1.1.0/code",
    "/crates/tide-core/code/build.rs",
    "/crates/tide-core/1.1.0/code/src/bin",
    "/crates/tide-core/diff?from=1.0.0&to=1.1.0",
    "/crates/tide-core/security",
    "/crates/manifold/range/%5E1",
    "/sign-in",
    "/sign-up",
    "/dashboard",
];

const OWNER: [&str; 30] = [
    "/dashboard",
    "/me",
    "/me/crates",
    "/me/following",
    "/me/pending-invites",
    "/me/pending-publishers",
    "/me/pending-publishers/new",
    "/settings",
    "/settings/profile",
    "/settings/email",
    "/settings/security",
    "/settings/security/second-factor",
    "/settings/security/password",
    "/settings/security/second-factor/confirm",
    "/settings/security/second-factor/remove",
    "/settings/accounts",
    "/settings/keys",
    "/settings/tokens",
    "/settings/tokens/new",
    "/crates/tide-core",
    "/crates/tide-core/versions",
    "/crates/tide-core/owners",
    "/crates/tide-core/settings",
    "/crates/tide-core/settings/new-trusted-publisher",
    "/crates/tide-core/delete",
    "/crates/manifold/delete",
    "/crates/manifold/1.0.0/yank",
    "/crates/manifold/1.2.0/yank",
    "/crates/manifold/1.2.0/unyank",
    "/sign-in",
];

const ADMIN: [&str; 16] = [
    "/admin",
    "/admin/users",
    "/admin/new-user",
    "/admin/users/alice",
    "/admin/users/admin",
    "/admin/invitations",
    "/admin/crates",
    "/admin/crates/tide-core",
    "/admin/teams",
    "/admin/audit",
    "/admin/audit/verify",
    "/admin/jobs",
    "/admin/limits",
    "/admin/banner",
    "/admin/config",
    "/teams/new",
];

/// Addresses of pages that show nothing but a refusal, or the start of something that is not under way.
const WRONG: [(&str, u64, &str); 17] = [
    ("/nothing/at/all", 404, "Go to the front page"),
    ("/crates/tide-cora", 404, "Did you mean"),
    ("/crates/manifold/9.9.9", 404, "9.9.9"),
    ("/crates/manifold/not-a-version/dependencies", 404, "Go to the front page"),
    ("/crates/tide-core/1.1.0/code/no/such.rs", 404, "Go to the front page"),
    ("/crates/tide-core/diff?from=1.0.0&to=7.0.0", 404, "7.0.0"),
    ("/crates/tide-core/range/%5E99", 404, "Go to the front page"),
    ("/crates/manifold/docs", 404, "Go to the front page"),
    ("/crates/manifold/repo", 404, "Go to the front page"),
    ("/keywords/no-such-keyword", 404, "Go to the front page"),
    ("/users/nobody-at-all", 404, "Go to the front page"),
    ("/teams/local:no:team", 404, "Go to the front page"),
    ("/accept-invite/none", 404, "Go to the front page"),
    ("/confirm/none", 400, "Go to the front page"),
    ("/sign-up/none", 403, "ask an administrator"),
    ("/sign-in/with/nobody", 404, "Go to the front page"),
    ("/sign-in/return", 400, "Sign in"),
];

/// What is no page, and pages that are checked with what leads to them.
const ELSEWHERE: [&str; 16] = [
    "/search/suggestions",
    "/opensearch.xml",
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap/{file}",
    "/install",
    "/assets/{hash}/{name}",
    "/favicon.svg",
    "/favicon.ico",
    "/colors",
    "/crates/{name}/{version}/raw/{*path}",
    // Both lead to another site or need one.
    "/github-redirect.html",
    "/crates/{name}/{version}/rebuild-docs",
    // Each is a step of signing in.
    "/sign-in/code",
    "/sign-in/password",
    "/sign-in/new",
];

/// A registry with something of everything, and a team.
async fn furnish(shape: Shape) -> (TestServer, Shop) {
    let server = TestServer::start(shape);
    let shop = Shop::open(&server).await;
    server.cli(&["admin", "team", "create", "tide", "pool"]);
    server.cli(&["admin", "team", "add", "local:tide:pool", "keeper", "--maintainer"]);
    (server, shop)
}

/// Opens the pages one after the other and insists that nothing is wrong with any of them.
async fn visit(shape: Shape, chrome: &Chrome, paths: &[&str]) {
    let mut faults = Vec::new();
    for path in paths {
        chrome.open(path).await;
        let status = chrome.status().await;
        let mut found = Vec::new();
        if shape == Shape::Small {
            found.extend(chrome.find_faults().await);
            found.extend(chrome.find_faults_when_narrow().await);
        }
        found.extend((status != 200).then(|| format!("it is a {status}")));
        faults.extend(found.iter().map(|fault| format!("{path}: {fault}")));
    }
    assert!(faults.is_empty(), "\n- {}", faults.join("\n- "));
}

async fn every_page_for_strangers_is_in_order(shape: Shape) {
    let (server, _shop) = furnish(shape).await;
    visit(shape, &Chrome::start(&server).await, &STRANGER).await;
}

async fn every_page_for_owners_is_in_order(shape: Shape) {
    let (server, shop) = furnish(shape).await;
    let chrome = Chrome::start(&server).await;
    chrome.carry(&shop.cookie).await;
    visit(shape, &chrome, &OWNER).await;
    visit(shape, &chrome, &["/teams/local:tide:pool/edit"]).await;
}

async fn every_page_for_administrators_is_in_order(shape: Shape) {
    let (server, _shop) = furnish(shape).await;
    let chrome = Chrome::start(&server).await;
    chrome.carry(&server.sign_in("admin", &server.password).await).await;
    visit(shape, &chrome, &ADMIN).await;
}

async fn wrong_addresses_lead_on(shape: Shape) {
    let (server, _shop) = furnish(shape).await;
    let chrome = Chrome::start(&server).await;
    let mut faults = Vec::new();
    for (path, wanted, words) in WRONG {
        chrome.open(path).await;
        let (status, text) = (chrome.status().await, chrome.text().await);
        let is_right = status == wanted && text.contains(words);
        faults.extend((!is_right).then(|| format!("{path}: a {status} without `{words}`: {text}")));
        if shape == Shape::Small {
            faults.extend(chrome.find_faults().await.iter().map(|fault| format!("{path}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "\n- {}", faults.join("\n- "));
}

#[test]
fn no_page_is_forgotten_here() {
    let wrong = WRONG.map(|(path, ..)| path);
    let visited: Vec<&str> = [&STRANGER[..], &OWNER, &ADMIN, &wrong, &["/teams/local:tide:pool/edit"]].concat();
    let visited: Vec<&str> = visited.iter().map(|path| path.split('?').next().unwrap()).collect();
    let mut routes = BTreeSet::new();
    collect_routes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/src"), &mut routes);
    assert!(routes.len() > 80, "the routes are found: {routes:?}");
    let is_visited =
        |route: &String| ELSEWHERE.contains(&route.as_str()) || visited.iter().any(|path| is_of(route, path));
    let forgotten: Vec<&String> = routes.iter().filter(|route| !is_visited(route)).collect();
    assert!(forgotten.is_empty(), "no test opens {forgotten:?}");
}

/// Whether a path is one of a route. Every part that is fixed counts, or each page of a crate would stand for all.
fn is_of(route: &str, path: &str) -> bool {
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    let rest = route.iter().position(|part| part.starts_with("{*")).unwrap_or(route.len());
    let has_length = if rest < route.len() { path.len() > rest } else { path.len() == route.len() };
    has_length && route[..rest].iter().zip(&path).all(|(want, part)| want.starts_with('{') || want == part)
}

/// Collects the addresses of everything in `pages` that answers to `GET`.
fn collect_routes(folder: &Path, routes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder.join("pages")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            read_routes(&path, routes);
        }
    }
    read_routes(&folder.join("pages.rs"), routes);
}

fn read_routes(file: &Path, routes: &mut BTreeSet<String>) {
    let text = std::fs::read_to_string(file).unwrap();
    for route in text.split(".route(\"").skip(1) {
        let (address, handler) = route.split_once('"').unwrap();
        let handler = handler.lines().next().unwrap();
        if handler.contains("get(") || handler.contains("security()") {
            routes.insert(address.to_owned());
        }
    }
}

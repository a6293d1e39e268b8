//! What may have been meant by an address that is none.

use std::cmp::Reverse;

use cargohold_protocol::{CrateName, api};
use cargohold_registry::{Error, ListFrom, ListQuery, Sort};

use crate::app::App;
use crate::pages::visit::Visit;

/// How many crates or versions are suggested.
const SUGGESTED: usize = 5;

/// So much of a word is looked at to guess what was meant, in bytes: no crate has a longer name.
const MAX_GUESSED_BYTES: usize = 64;

/// What people type for pages: words, the page, and what it is called.
const PAGES: &[(&[&str], &str, &str)] = &[
    (&["login", "signin", "log-in", "auth"], "/sign-in", "Sign in"),
    (&["register", "signup", "join", "invite"], "/sign-up", "Open an account"),
    (&["token", "tokens", "api-tokens", "apikeys"], "/settings/tokens", "API tokens"),
    (&["account", "profile", "setting", "preferences"], "/settings/profile", "Settings"),
    (&["crate", "packages", "package", "browse"], "/crates", "All crates"),
    (&["keyword", "tags", "tag"], "/keywords", "Keywords"),
    (&["category", "topics"], "/categories", "Categories"),
    (&["docs", "doc", "documentation", "faq", "guide", "about"], "/help", "Help"),
    (&["swagger", "openapi", "api-docs"], "/api", "The web API"),
    (&["rss", "feed", "feeds", "dump", "dumps"], "/data-access", "Data access"),
    (&["contact", "report", "abuse"], "/support", "Support"),
    (&["administration", "administrator", "dashboard", "admin"], "/dashboard", "Your dashboard"),
];

/// A page that may have been meant.
pub(super) struct Suggestion {
    pub(super) href: String,
    pub(super) label: String,
    /// What is there.
    pub(super) about: Option<String>,
}

impl Suggestion {
    fn of_crate(krate: api::Suggestion) -> Self {
        Self { href: format!("/crates/{}", krate.name), label: krate.name, about: krate.description }
    }
}

/// What may have been meant: versions and files of the crate that there is, pages that others call so, or crates whose names look
/// like what was asked for.
pub(super) async fn suggest(app: &App, visit: &Visit, rule: Option<&Error>) -> Vec<Suggestion> {
    match rule {
        Some(Error::NoSuchCrate(name)) => suggest_crates(app, visit, name).await,
        Some(Error::NoSuchVersion { name, version }) => suggest_versions(app, visit, name, &version.to_string()).await,
        Some(Error::NoVersionInRange(name, range)) => suggest_versions(app, visit, name, range).await,
        Some(Error::NoSuchSource { name, version, .. }) => {
            let href = format!("/crates/{name}/{version}/code");
            vec![Suggestion { href, label: format!("the files of {name} {version}"), about: None }]
        }
        Some(_) => Vec::new(),
        None => {
            let mut segments = visit.path().trim_matches('/').split('/');
            let word = match (segments.next(), segments.clone().next_back()) {
                (Some("crates"), _) => segments.next().unwrap_or_default(),
                (first, last) => last.or(first).unwrap_or_default(),
            };
            let mut all = suggest_pages(visit.path());
            all.extend(suggest_crates(app, visit, word).await);
            all
        }
    }
}

async fn suggest_crates(app: &App, visit: &Visit, word: &str) -> Vec<Suggestion> {
    if app.registry.spend_search(visit.call()).is_err() {
        return Vec::new();
    }
    similar(app, word).await.into_iter().map(Suggestion::of_crate).collect()
}

/// Crates whose names begin like a word, or are spelt almost like it, or begin like its first half.
pub(in crate::pages) async fn similar(app: &App, word: &str) -> Vec<api::Suggestion> {
    let word = &word[..word.floor_char_boundary(MAX_GUESSED_BYTES)];
    let half = &word[..word.floor_char_boundary(word.len() / 2)];
    let found = begins_like(app, word).await;
    let found = if found.is_empty() { almost(app, word).await } else { found };
    if found.is_empty() { begins_like(app, half).await } else { found }
}

async fn begins_like(app: &App, word: &str) -> Vec<api::Suggestion> {
    if word.len() < 2 {
        return Vec::new();
    }
    app.registry.suggest(word, SUGGESTED).await.unwrap_or_default()
}

/// What a search for the word finds; it forgives one wrong letter.
async fn almost(app: &App, word: &str) -> Vec<api::Suggestion> {
    let text = Some(word.to_owned());
    let (sort, from) = (Sort::Relevance, ListFrom::Offset(0));
    let query = ListQuery { text, category: None, hide_yanked: false, group: None, sort, from, limit: SUGGESTED };
    let Ok(found) = app.registry.list_crates(query).await else { return Vec::new() };
    let suggestion = |krate: &api::Crate| api::Suggestion {
        name: krate.name.to_string(),
        description: krate.description.clone(),
        recent_downloads: krate.recent_downloads.unwrap_or_default(),
    };
    found.crates.iter().map(suggestion).collect()
}

/// The versions that begin most like the one that was asked for, the highest first.
async fn suggest_versions(app: &App, visit: &Visit, name: &CrateName, wanted: &str) -> Vec<Suggestion> {
    let Ok(page) = app.registry.crate_page(visit.call(), name.as_str(), None).await else { return Vec::new() };
    let wanted = wanted.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut nums: Vec<_> = page.versions.iter().map(|version| (version.num.to_string(), version.is_yanked)).collect();
    nums.sort_by_key(|(num, _)| Reverse(num.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count()));
    let suggestion = |(num, is_yanked): (String, bool)| Suggestion {
        href: format!("/crates/{name}/{num}"),
        label: format!("{name} {num}"),
        about: is_yanked.then(|| "yanked".to_owned()),
    };
    nums.into_iter().take(SUGGESTED).map(suggestion).collect()
}

/// Pages that are called otherwise elsewhere, by a word in the address that was asked for.
fn suggest_pages(path: &str) -> Vec<Suggestion> {
    // These name a crate first.
    let path = if path.starts_with("/crates/") { String::new() } else { path.to_lowercase() };
    let is_named = |words: &&[&str]| path.split('/').any(|segment| words.contains(&segment));
    let found = PAGES.iter().filter(|(words, ..)| is_named(words));
    let suggestion = |(_, href, label): &(&[&str], &str, &str)| Suggestion {
        href: (*href).to_owned(),
        label: (*label).to_owned(),
        about: None,
    };
    found.map(suggestion).collect()
}

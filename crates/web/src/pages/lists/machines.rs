//! What browsers and search engines read: `OpenSearch`, `robots.txt` and the sitemap.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use cargohold_protocol::{CrateName, Timestamp};
use cargohold_registry::Error;

use crate::app::App;
use crate::extract::PathText;
use crate::pages::at::At;
use crate::pages::refusal::{PageError, PageResult};
use crate::pages::visit::Visit;
use crate::params::Params;

/// How many ids of crates a page of the sitemap speaks of.
const IDS_A_PAGE: i64 = 10_000;

/// How many names are suggested to a browser.
const SUGGESTIONS: usize = 10;

/// The longest name a search may have in a browser, in characters (`OpenSearch` 1.1, `ShortName`).
const MAX_SHORT_NAME: usize = 16;

const XML: &str = "application/xml; charset=utf-8";

/// How a browser searches here from its address bar.
#[derive(Template)]
#[template(path = "opensearch.xml")]
struct OpenSearch<'a> {
    base_url: &'a str,
    site: &'a str,
}

impl OpenSearch<'_> {
    fn short_name(&self) -> String {
        self.site.chars().take(MAX_SHORT_NAME).collect::<String>().trim_end().to_owned()
    }
}

/// Where the pages of the sitemap are.
#[derive(Template)]
#[template(path = "sitemap_index.xml")]
struct SitemapIndex<'a> {
    base_url: &'a str,
    pages: i64,
}

/// A page of the sitemap.
#[derive(Template)]
#[template(path = "sitemap.xml")]
struct Sitemap<'a> {
    base_url: &'a str,
    /// Whether it names the front page, too.
    is_first: bool,
    crates: Vec<(CrateName, Timestamp)>,
}

pub(super) async fn opensearch(State(app): State<App>) -> PageResult {
    let page = OpenSearch { base_url: app.base_url(), site: &app.registry.settings().site_name };
    xml(&app, "application/opensearchdescription+xml; charset=utf-8", &page)
}

/// What may have been meant by what was typed into the address bar: the text, names, descriptions and addresses.
pub(super) async fn suggestions(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let typed = params.text("q")?.unwrap_or_default();
    app.registry.spend_search(visit.call())?;
    let found = app.registry.suggest(typed, SUGGESTIONS).await?;
    let names: Vec<&str> = found.iter().map(|it| it.name.as_str()).collect();
    let texts: Vec<&str> = found.iter().map(|it| it.description.as_deref().unwrap_or_default()).collect();
    let links: Vec<String> = names.iter().map(|name| format!("{}/crates/{name}", app.base_url())).collect();
    let json = serde_json::to_vec(&(typed, &names, &texts, &links)).map_err(|error| Error::Internal(error.into()))?;
    Ok(([(CONTENT_TYPE, "application/x-suggestions+json")], json).into_response())
}

/// Nothing of a private registry is for search engines. Of an open one, they leave out what never ends, every file of every
/// version, and what counts as a download.
pub(super) async fn robots(State(app): State<App>) -> Response {
    let text = robots_text(app.base_url(), app.is_private());
    kept(&app, "text/plain; charset=utf-8", text)
}

fn robots_text(base_url: &str, is_private: bool) -> String {
    const LEFT_OUT: [&str; 14] = [
        "/search",
        "/api/",
        "/admin",
        "/dashboard",
        "/me/",
        "/settings",
        "/sign-in",
        "/sign-up",
        "/crates/*/settings",
        "/crates/*/diff",
        "/crates/*/code",
        "/crates/*/raw/",
        "/crates/*/download",
        "/crates/*.crate$",
    ];
    if is_private {
        return "User-agent: *\nDisallow: /\n".to_owned();
    }
    let left_out: String = LEFT_OUT.iter().map(|path| format!("Disallow: {path}\n")).collect();
    format!("User-agent: *\n{left_out}\nSitemap: {base_url}/sitemap.xml\n")
}

pub(super) async fn sitemap_index(State(app): State<App>) -> PageResult {
    let pages = count_pages(&app).await?;
    xml(&app, XML, &SitemapIndex { base_url: app.base_url(), pages })
}

/// A page of the sitemap. Which crates are on it depends on their ids, so that a page stays the same as crates are added.
pub(super) async fn sitemap(State(app): State<App>, At(PathText(file)): At<PathText>) -> PageResult {
    let page = file.strip_suffix(".xml").and_then(|number| number.parse::<i64>().ok());
    let pages = count_pages(&app).await?;
    let page = page.filter(|page| (1..=pages).contains(page));
    let page =
        page.ok_or_else(|| PageError::not_found("the sitemap has no such page; /sitemap.xml lists all of them"))?;
    let (after, last) = ((page - 1) * IDS_A_PAGE, page * IDS_A_PAGE);
    let found = app.registry.list_crate_names(after, IDS_A_PAGE).await?;
    let found = found.into_iter().take_while(|(id, ..)| *id <= last);
    let crates = found.map(|(_, name, updated_at)| (name, updated_at)).collect();
    xml(&app, XML, &Sitemap { base_url: app.base_url(), is_first: page == 1, crates })
}

/// How many pages the sitemap has; a private registry has none.
async fn count_pages(app: &App) -> Result<i64, PageError> {
    if app.is_private() {
        return Err(PageError::not_found("this registry is private and has no sitemap; look through /crates instead"));
    }
    Ok(pages_up_to(app.registry.last_crate_id().await?))
}

/// How many pages there are up to this id, at least one.
fn pages_up_to(last_id: i64) -> i64 {
    (last_id.max(1) - 1) / IDS_A_PAGE + 1
}

fn xml(app: &App, content_type: &'static str, page: &impl Template) -> PageResult {
    Ok(kept(app, content_type, page.render().map_err(|error| Error::Internal(error.into()))?))
}

/// A text that is the same for everybody who may read here, and that changes seldom.
fn kept(app: &App, content_type: &'static str, text: String) -> Response {
    let kept = if app.is_private() { "private, max-age=3600" } else { "public, max-age=3600" };
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, kept)], text).into_response()
}

#[cfg(test)]
mod tests;

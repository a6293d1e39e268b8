//! The kinds of requests. Each is different every time, so that no cache of whole answers flatters the server.

use crate::prose;
use crate::random::Random;
use crate::universe::{CATEGORIES, Universe};
use crate::words::Vocabulary;

/// One kind of request.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    /// Makes a path with its query.
    pub(super) path: fn(&Universe, &mut Random) -> String,
    /// The member of the answer that has what was asked for, `""` for a list under any key; a part of the text if it is a page.
    pub(super) wanted: &'static str,
    /// Whether it is an error if there is nothing.
    pub(super) must_find: bool,
    /// Whether to go on from page to page.
    pub(super) is_walk: bool,
    /// The p99 that the registry promises, in milliseconds.
    pub(super) wanted_p99_ms: Option<u64>,
}

const DETAIL: Option<u64> = Some(5);
const LIST: Option<u64> = Some(20);
const SUMMARY: Option<u64> = Some(2);
const PAGE: Option<u64> = Some(10);

const fn scenario(
    name: &'static str,
    wanted_p99_ms: Option<u64>,
    wanted: &'static str,
    path: fn(&Universe, &mut Random) -> String,
) -> Scenario {
    Scenario { name, path, wanted, must_find: true, is_walk: false, wanted_p99_ms }
}

pub(super) const SCENARIOS: [Scenario; 26] = [
    scenario("crate", DETAIL, "crate", |universe, random| of_crate(universe, random, "")),
    scenario("crate, nothing included", DETAIL, "crate", |universe, random| of_crate(universe, random, "?include=")),
    scenario("versions", None, "versions", |universe, random| of_crate(universe, random, "/versions")),
    scenario("versions, 100 a page", None, "versions", |universe, random| {
        of_crate(universe, random, "/versions?per_page=100")
    }),
    scenario("list by name, first pages", LIST, "crates", |universe, random| page(universe, random, "", 0..10)),
    scenario("list by name, deep pages", LIST, "crates", |universe, random| page(universe, random, "", 100..200)),
    Scenario {
        is_walk: true,
        ..scenario("list by name, seek walk", LIST, "crates", |_, _| "/api/v1/crates?per_page=100".to_owned())
    },
    scenario("sort: downloads", LIST, "crates", |universe, random| sorted(universe, random, "downloads")),
    scenario("sort: recent-downloads", LIST, "crates", |universe, random| sorted(universe, random, "recent-downloads")),
    scenario("sort: recent-updates", LIST, "crates", |universe, random| sorted(universe, random, "recent-updates")),
    scenario("sort: new", LIST, "crates", |universe, random| sorted(universe, random, "new")),
    scenario("sort: alphabetical", LIST, "crates", |universe, random| sorted(universe, random, "alphabetical")),
    scenario("category, by downloads", LIST, "crates", category),
    scenario("keyword, by downloads", LIST, "crates", keyword),
    scenario("search, one word", LIST, "crates", |universe, random| search(universe, random, 1)),
    scenario("search, two words", LIST, "crates", |universe, random| search(universe, random, 2)),
    scenario("search, a crate's name", LIST, "crates", |universe, random| {
        format!("/api/v1/crates?q={}", universe.name(universe.popular(random)))
    }),
    Scenario { must_find: false, ..scenario("search, a misspelt name", LIST, "crates", typo) },
    scenario("suggest, prefix", LIST, "suggestions", prefix),
    scenario("reverse dependencies", None, "dependencies", |universe, random| {
        let name = universe.name(universe.favourite(random, 100));
        format!("/api/v1/crates/{name}/reverse_dependencies?page={}", 1 + random.below(3))
    }),
    scenario("summary", SUMMARY, "most_downloaded", |_, _| "/api/v1/summary".to_owned()),
    scenario("page: front", PAGE, "class=\"cards\"", |_, _| "/".to_owned()),
    scenario("page: crate, popular", PAGE, "crate-head", |universe, random| {
        format!("/crates/{}", universe.name(universe.favourite(random, 1000)))
    }),
    scenario("page: crate, any", None, "crate-head", |universe, random| {
        format!("/crates/{}", universe.name(random.index(universe.len())))
    }),
    scenario("page: search, one word", PAGE, "crate-row", |universe, random| {
        search(universe, random, 1).replacen("/api/v1/crates", "/search", 1)
    }),
    scenario("page: category", PAGE, "crate-row", |universe, random| {
        let (_, slugs) = universe.tags(universe.popular(random));
        format!("/categories/{}?sort=downloads", slugs.first().copied().unwrap_or(CATEGORIES[0].0))
    }),
];

/// Something of a crate, a popular one more often.
fn of_crate(universe: &Universe, random: &mut Random, what: &str) -> String {
    format!("/api/v1/crates/{}{what}", universe.name(universe.popular(random)))
}

/// One of these pages, or of as many as there are.
fn page(universe: &Universe, random: &mut Random, query: &str, pages: std::ops::Range<u64>) -> String {
    let there_are = (universe.len() as u64 / 10).max(1);
    let page = (pages.start + random.below(pages.end - pages.start)) % there_are;
    format!("/api/v1/crates?page={}{query}", page + 1)
}

fn sorted(universe: &Universe, random: &mut Random, order: &str) -> String {
    page(universe, random, &format!("&sort={order}"), 0..10)
}

fn category(universe: &Universe, random: &mut Random) -> String {
    let (_, slugs) = universe.tags(universe.popular(random));
    let slug = slugs.first().copied().unwrap_or(CATEGORIES[0].0);
    format!("/api/v1/crates?category={slug}&sort=downloads")
}

fn keyword(universe: &Universe, random: &mut Random) -> String {
    loop {
        let (keywords, _) = universe.tags(random.index(universe.len()));
        if let Some(keyword) = keywords.first() {
            return format!("/api/v1/crates?keyword={keyword}&sort=downloads");
        }
    }
}

/// So many telling words of one crate's description, so that at least that crate is found.
fn search(universe: &Universe, random: &mut Random, count: usize) -> String {
    loop {
        let description = prose::description(universe, random.index(universe.len())).to_ascii_lowercase();
        let mut words: Vec<&str> = description.trim_end_matches('.').split(' ').collect();
        words.retain(|word| Vocabulary::is_telling(word));
        random.shuffle(&mut words);
        if words.len() >= count {
            return format!("/api/v1/crates?q={}", words[..count].join("+"));
        }
    }
}

/// The first two to five letters of a name.
fn prefix(universe: &Universe, random: &mut Random) -> String {
    let name = universe.name(random.index(universe.len()));
    let letters = 2 + random.index(4);
    format!("/api/v1/suggest?q={}", name.get(..letters).unwrap_or(name))
}

/// A popular name in which two neighbours have changed places.
fn typo(universe: &Universe, random: &mut Random) -> String {
    let mut letters: Vec<char> = universe.name(universe.popular(random)).chars().collect();
    let at = 1 + random.index(letters.len() - 2);
    letters.swap(at, at + 1);
    format!("/api/v1/crates?q={}", letters.into_iter().collect::<String>())
}

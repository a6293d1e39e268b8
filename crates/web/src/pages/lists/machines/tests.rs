#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use askama::Template;
use cargohold_protocol::Timestamp;

use super::{IDS_A_PAGE, OpenSearch, Sitemap, SitemapIndex, pages_up_to, robots_text};

const BASE: &str = "https://registry.example";

#[test]
fn a_browser_learns_how_to_search() {
    let site = "Crates & <tides> of the seven seas";
    let xml = OpenSearch { base_url: BASE, site }.render().unwrap();
    assert!(xml.contains("<ShortName>Crates &#38; &#60;tides&#62;</ShortName>"), "{xml}");
    assert!(xml.contains("template=\"https://registry.example/search?q={searchTerms}\""), "{xml}");
    assert!(xml.contains("type=\"application/x-suggestions+json\""), "{xml}");
}

#[test]
fn search_engines_see_everything_of_an_open_registry_and_nothing_of_a_private_one() {
    assert_eq!(robots_text(BASE, true), "User-agent: *\nDisallow: /\n");
    let open = robots_text(BASE, false);
    assert!(open.contains("\nDisallow: /search\n") && open.contains("\nDisallow: /settings\n"), "{open}");
    assert!(open.ends_with("\nSitemap: https://registry.example/sitemap.xml\n"), "{open}");
    assert!(!open.contains("Disallow: /\n") && !open.contains("Disallow: /crates\n"), "{open}");
}

#[test]
fn the_sitemap_names_every_crate_on_one_page() {
    for (last_id, pages) in [(0, 1), (1, 1), (IDS_A_PAGE, 1), (IDS_A_PAGE + 1, 2), (10 * IDS_A_PAGE, 10)] {
        assert_eq!(pages_up_to(last_id), pages, "{last_id}");
    }
    let index = SitemapIndex { base_url: BASE, pages: 2 }.render().unwrap();
    assert_eq!(index.matches("<sitemap><loc>").count(), 2, "{index}");
    assert!(index.contains("<loc>https://registry.example/sitemap/2.xml</loc>"), "{index}");
    let crates = vec![("tide".parse().unwrap(), Timestamp::from_micros(1_700_000_000_000_000))];
    let page = Sitemap { base_url: BASE, is_first: true, crates }.render().unwrap();
    let row = "<url><loc>https://registry.example/crates/tide</loc><lastmod>2023-11-14T22:13:20Z</lastmod></url>";
    assert!(page.contains(row) && page.contains("<loc>https://registry.example/</loc>"), "{page}");
}

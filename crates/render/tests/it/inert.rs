//! What every page of a readme must be, whatever the readme was. The fuzz target asks the same.

use std::collections::{HashMap, HashSet};

/// All that a readme's page may consist of.
const ELEMENTS: &str = "a abbr acronym article aside b bdi bdo blockquote br caption center cite code col colgroup data \
    dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd li \
    mark nav ol p pre q rp rt rtc ruby s samp section small span strike strong sub summary sup table tbody td tfoot th \
    thead time tr tt u ul var video wbr";

/// The tags of a page: names and attributes. Pages are written by a serialiser, so quotation marks are dependable.
fn tags(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some((_, behind)) = rest.split_once('<') {
        let name_len = behind.find([' ', '>']).expect("tags end");
        let (name, mut behind) = behind.split_at(name_len);
        let mut attributes = Vec::new();
        while let Some(attribute) = behind.strip_prefix(' ') {
            let (name, value) = attribute.split_once("=\"").expect("every attribute has a value");
            let (value, after) = value.split_once('"').expect("values end");
            attributes.push((name.to_owned(), value.to_owned()));
            behind = after;
        }
        rest = behind.strip_prefix('>').expect("nothing but attributes stands in tags");
        tags.push((name.to_owned(), attributes));
    }
    tags
}

/// Panics if anything in the page could run.
pub(crate) fn assert_inert(page: &str) {
    for (name, attributes) in tags(page) {
        let name = name.trim_start_matches('/');
        assert!(ELEMENTS.split_whitespace().any(|known| known == name), "<{name}> in {page}");
        for (attribute, value) in attributes {
            assert!(
                !attribute.starts_with("on") && attribute != "style" && attribute != "srcdoc",
                "{attribute} in {page}"
            );
            if matches!(attribute.as_str(), "href" | "src" | "cite") {
                let is_fine = ["http://", "https://", "mailto:", "#"].iter().any(|start| value.starts_with(start));
                assert!(is_fine, "{attribute}=\"{value}\" in {page}");
            }
            if matches!(attribute.as_str(), "id" | "name") {
                assert!(value.starts_with("user-content-"), "{attribute}=\"{value}\" in {page}");
            }
        }
    }
}

/// Panics if another parser would understand the page differently (mutation XSS).
pub(crate) fn assert_stable(page: &str) {
    let tags = tags(page);
    let elements: HashSet<&str> = tags.iter().map(|(name, _)| name.trim_start_matches('/')).collect();
    let attributes: HashSet<&str> = tags.iter().flat_map(|(_, all)| all).map(|(name, _)| name.as_str()).collect();
    let mut parser = ammonia::Builder::empty();
    parser.tags(elements).tag_attributes(HashMap::new()).generic_attributes(attributes).link_rel(None);
    assert_eq!(parser.clean(page).to_string(), page);
}

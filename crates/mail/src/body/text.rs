//! A body as plain text.

use super::{Block, Body};
use crate::site::Site;

/// What marks the lines below it as a signature, RFC 3676 section 4.3.
const SIGNATURE: &str = "-- \n";

pub(super) fn render(body: &Body, site: &Site) -> String {
    let blocks: String = body.blocks.iter().map(|block| render_block(block) + "\n").collect();
    format!("{blocks}{SIGNATURE}{}\n", Body::footer(site))
}

fn render_block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => format!("{text}\n"),
        Block::Link { label, url } => format!("{label}:\n{url}\n"),
        Block::Facts(facts) => lines(facts, |(name, value)| format!("  {name}: {value}")),
        Block::List(items) => lines(items, |item| format!("  - {item}")),
    }
}

fn lines<T>(items: &[T], line: impl Fn(&T) -> String) -> String {
    items.iter().map(|item| line(item) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_set_apart_by_empty_lines() {
        let site = Site { name: "Example".to_owned(), base_url: "https://registry.example".to_owned() };
        let body = Body::new("Hi")
            .paragraph("One.")
            .link("Read on", site.page("/on"))
            .facts([("Name", "ci"), ("Time", "now")])
            .list(&["a".to_owned(), "b".to_owned()]);
        let expected =
            "One.\n\nRead on:\nhttps://registry.example/on\n\n  Name: ci\n  Time: now\n\n  - a\n  - b\n\n-- \n";
        assert_eq!(render(&body, &site), format!("{expected}{}\n", Body::footer(&site)));
    }
}

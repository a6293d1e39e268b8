//! A body as HTML: no scripts, no images, nothing loaded from anywhere.

use super::{Block, Body};
use crate::site::Site;

const PAGE: &str = "font-family:sans-serif;line-height:1.5;max-width:40em;margin:1em auto;padding:0 1em";
const FOOTER: &str = "border-top:1px solid #ccc;padding-top:1em;font-size:small;color:#555";
const FACT_NAME: &str = "text-align:left;vertical-align:top;font-weight:normal;color:#555;padding-right:1em";

pub(super) fn render(body: &Body, site: &Site) -> String {
    let title = escape(body.subject());
    let blocks: String = body.blocks.iter().map(render_block).collect();
    let footer = escape(&Body::footer(site));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body style=\"{PAGE}\">\n{blocks}<p style=\"{FOOTER}\">{footer}</p>\n</body>\n</html>\n"
    )
}

fn render_block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => format!("<p>{}</p>\n", escape(text)),
        Block::Link { label, url } => {
            let (label, url) = (escape(label), escape(url));
            format!("<p><a href=\"{url}\">{label}</a><br><small>{url}</small></p>\n")
        }
        Block::Facts(facts) => format!("<table>\n{}</table>\n", facts.iter().map(render_fact).collect::<String>()),
        Block::List(items) => {
            let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
            format!("<ul>\n{items}</ul>\n")
        }
    }
}

fn render_fact((name, value): &(String, String)) -> String {
    format!("<tr><th style=\"{FACT_NAME}\">{}</th><td>{}</td></tr>\n", escape(name), escape(value))
}

/// `text` as it may stand between tags and in a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "<img src=x onerror=\"a('&')\">";
    const HARMLESS: &str = "&lt;img src=x onerror=&quot;a(&#39;&amp;&#39;)&quot;&gt;";

    #[test]
    fn nothing_in_any_block_becomes_markup() {
        let site = Site { name: NASTY.to_owned(), base_url: "https://registry.example".to_owned() };
        let body = Body::new(NASTY)
            .paragraph(NASTY)
            .link(NASTY, format!("https://registry.example/{NASTY}"))
            .facts([(NASTY, NASTY)])
            .list(&[NASTY.to_owned()]);
        let html = render(&body, &site);
        assert!(!html.contains("<img"), "{html}");
        // Title, paragraph, label, address twice, fact twice, item, and the site's name twice.
        assert_eq!(html.matches(HARMLESS).count(), 10, "{html}");
    }
}

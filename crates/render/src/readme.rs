//! Renders readmes as HTML that is safe to show (contract §9.3).
//!
//! A readme passes through: the Markdown parser, which is told what to do with raw HTML (`raw`); a gauge that refuses
//! what would cost a parser of HTML more than its length is worth (`gauge`); and the sanitiser, an allow-list
//! (`sanitise`). Only the last one is trusted with safety.

mod embed;
mod gauge;
mod links;
mod raw;
mod sanitise;

use comrak::nodes::NodeValue;
use comrak::{Arena, Options};

pub use self::embed::embed;
use crate::escape::escaped;

/// Prepended to ids, so that readmes cannot name parts of the page around them.
const ID_PREFIX: &str = "user-content-";

/// File extensions of Markdown.
const MARKDOWN: [&str; 7] = ["md", "markdown", "mdown", "mdwn", "mkd", "mkdn", "mkdown"];

/// Where relative links of a readme lead.
#[derive(Clone, Copy, Debug)]
pub struct Repository<'a> {
    /// `package.repository` of the manifest.
    pub url: &'a str,
    /// The folder of the package in the repository.
    pub path_in_vcs: Option<&'a str>,
}

/// The readme as HTML; `None` for an empty or blank one.
///
/// `file` is its path in the package, `README.md` by default; it decides whether the text is Markdown. Time and memory
/// are proportional to the text. One whose HTML is nested absurdly is shown as plain text.
#[must_use]
pub fn render(text: &str, file: Option<&str>, repository: Option<Repository<'_>>) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    let file = file.unwrap_or("README.md");
    if !is_markdown(file) {
        return Some(plain(text));
    }
    let Some(html) = markdown(text) else { return Some(plain(text)) };
    let base = repository.and_then(|repository| links::Base::new(repository, file));
    Some(sanitise::sanitise(&html, base.as_ref()))
}

fn is_markdown(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    match name.rsplit_once('.') {
        None | Some(("", _)) => true,
        Some((_, extension)) => MARKDOWN.contains(&extension.to_ascii_lowercase().as_str()),
    }
}

/// Any text as HTML that looks the same, line by line.
fn plain(text: &str) -> String {
    escaped(text).replace('\n', "<br>\n")
}

/// The HTML of the Markdown, not yet safe; `None` if it is not worth parsing.
fn markdown(text: &str) -> Option<String> {
    if !gauge::is_reasonable_markdown(text) {
        return None;
    }
    let arena = Arena::new();
    let options = options();
    let root = comrak::parse_document(&arena, text, &options);
    for node in root.descendants() {
        match &mut node.data_mut().value {
            NodeValue::HtmlBlock(block) => block.literal = raw::tame(&block.literal),
            NodeValue::HtmlInline(literal) => *literal = raw::tame(literal),
            NodeValue::CodeBlock(block) => {
                // Whoever highlights code knows `rust`, not `rust,ignore`.
                let language = block.info.split([',', ' ', '\t']).next().unwrap_or_default().to_owned();
                block.info = language;
            }
            _ => {}
        }
    }
    let mut html = String::new();
    comrak::format_html(root, &options, &mut html).ok()?;
    gauge::is_reasonable_html(&html).then_some(html)
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.alerts = true;
    options.extension.autolink = true;
    options.extension.description_lists = true;
    options.extension.footnotes = true;
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.header_id_prefix = Some(ID_PREFIX.to_owned());
    options.extension.header_id_prefix_in_href = true;
    // Raw HTML is for the sanitiser to judge.
    options.render.r#unsafe = true;
    options
}

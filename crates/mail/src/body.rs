//! What a mail says, independent of how it is shown. It renders to text and to HTML, so that both say the same.

mod html;
mod text;

use crate::site::Site;

/// How many characters of a subject, of a paragraph and of a single fact are shown.
const MAX_SUBJECT: usize = 160;
const MAX_PARAGRAPH: usize = 2000;
const MAX_FACT: usize = 400;

/// A subject and the blocks below it. Everything that comes in is made one line of visible characters.
pub(crate) struct Body {
    subject: String,
    blocks: Vec<Block>,
}

enum Block {
    Paragraph(String),
    Link { label: String, url: String },
    Facts(Vec<(String, String)>),
    List(Vec<String>),
}

impl Body {
    pub(crate) fn new(subject: &str) -> Self {
        Self { subject: one_line(subject, MAX_SUBJECT), blocks: Vec::new() }
    }

    pub(crate) fn paragraph(mut self, text: &str) -> Self {
        self.blocks.push(Block::Paragraph(one_line(text, MAX_PARAGRAPH)));
        self
    }

    /// A link; `url` is one that [`Site`] made.
    pub(crate) fn link(mut self, label: &str, url: String) -> Self {
        self.blocks.push(Block::Link { label: one_line(label, MAX_FACT), url });
        self
    }

    pub(crate) fn facts<'a>(mut self, facts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let facts = facts.into_iter().map(|(name, value)| (one_line(name, MAX_FACT), one_line(value, MAX_FACT)));
        self.blocks.push(Block::Facts(facts.collect()));
        self
    }

    pub(crate) fn list(mut self, items: &[String]) -> Self {
        self.blocks.push(Block::List(items.iter().map(|item| one_line(item, MAX_FACT)).collect()));
        self
    }

    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    pub(crate) fn text(&self, site: &Site) -> String {
        text::render(self, site)
    }

    pub(crate) fn html(&self, site: &Site) -> String {
        html::render(self, site)
    }

    /// What stands below every mail.
    fn footer(site: &Site) -> String {
        let Site { name, base_url } = site;
        let footer = format!(
            "This mail was sent by {name}, {base_url}. Nobody at {name} will ever ask you for a password or a \
                token by mail."
        );
        one_line(&footer, MAX_PARAGRAPH)
    }
}

/// `text` without line breaks, control characters and invisible ones, and at most `max` characters long.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let shown = text.chars().map(|c| if breaks(c) { ' ' } else { c }).filter(|c| is_shown(*c));
    let mut line: String = shown.clone().take(max).collect();
    if shown.clone().nth(max).is_some() {
        line.push('…');
    }
    line
}

/// Whether a character leaves a mark, or a plain space, and does not change the order of its neighbours.
pub(crate) fn is_shown(c: char) -> bool {
    let is_hidden = matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    !c.is_control() && !is_hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_whatever_comes_in() {
        assert_eq!(one_line("ci\r\nBcc: a@b\u{2028}x\ty", 100), "ci  Bcc: a@b x y");
        assert_eq!(one_line("a\u{202e}b\u{200b}c\u{e0041}d", 100), "abcd");
    }

    #[test]
    fn only_what_is_too_long_is_cut() {
        assert_eq!(one_line("äöü", 3), "äöü");
        assert_eq!(one_line("äöüß", 3), "äöü…");
    }
}

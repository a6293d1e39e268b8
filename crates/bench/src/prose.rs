//! Descriptions and readmes.

use std::fmt::Write;

use crate::random::{Facet, Random};
use crate::universe::Universe;
use crate::words::Vocabulary;

/// What a crate is for, in one sentence.
pub(crate) fn description(universe: &Universe, index: usize) -> String {
    let mut random = universe.random(Facet::Text, index);
    let words = 5 + random.below(10);
    let mut text = String::new();
    sentence(&universe.vocabulary, &mut random, words, &mut text);
    text
}

/// The readme's source: half a kilobyte to two, in Markdown.
pub(crate) fn readme(universe: &Universe, index: usize) -> String {
    let mut random = universe.random(Facet::Readme, index);
    let wanted = 400 + random.index(1500);
    let name = universe.name(index);
    let mut text = format!("# {name}\n\n");
    sentence(&universe.vocabulary, &mut random, 12, &mut text);
    _ = write!(text, "\n\n```toml\n[dependencies]\n{name} = \"1\"\n```\n\n## Usage\n");
    while text.len() < wanted {
        text.push('\n');
        for _ in 0..2 + random.below(3) {
            let words = 6 + random.below(12);
            sentence(&universe.vocabulary, &mut random, words, &mut text);
            text.push(' ');
        }
        text.push('\n');
    }
    text
}

/// Appends a sentence of so many words.
fn sentence(vocabulary: &Vocabulary, random: &mut Random, words: u64, text: &mut String) {
    let start = text.len();
    for number in 0..words {
        if number > 0 {
            text.push(' ');
        }
        let word = if random.percent(35) { Vocabulary::filler(random) } else { vocabulary.word(random) };
        text.push_str(word);
    }
    // All words are ASCII.
    if let Some(first) = text.get_mut(start..=start) {
        first.make_ascii_uppercase();
    }
    text.push('.');
}

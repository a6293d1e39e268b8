//! What somebody typed, as a query.

use tantivy::query::{BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Score, Term};

use crate::part::PartQuery;
use crate::pattern::Pattern;
use crate::schema::Fields;
use crate::{english, names};

const NAME: Score = 4.0;
const KEYWORD: Score = 2.0;
const DESCRIPTION: Score = 1.5;
const README: Score = 0.3;
/// What a part of the name adds.
const NAME_PART: Score = 1.0;

/// What follows these bytes of a text is not looked at, nor are more words than these.
const MAX_BYTES: usize = 4096;
const MAX_WORDS: usize = 32;

/// Texts of up to this many bytes are sought at the beginnings of the words of names.
const SHORT_BYTES: usize = 2;

/// Shorter words have too many neighbours.
const MISSPELT_CHARS: usize = 4;

/// The part of `text` that is looked at.
pub(crate) fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_BYTES)]
}

/// Crates that have all words of the text somewhere, or the text in their name.
pub(crate) fn matches(fields: &Fields, text: &str) -> Box<dyn Query> {
    let exact = term(fields.canonical, &names::canonical(text));
    let mut alternatives = vec![named(exact)];
    alternatives.extend(all_words(fields, text).map(|words| (Occur::Should, words)));
    alternatives.extend(in_name(fields, text).map(named));
    Box::new(BooleanQuery::new(alternatives))
}

/// The same, and if the text is one word, crates whose name, or a word of it, is one edit away: these have no score.
pub(crate) fn matches_loosely(fields: &Fields, text: &str) -> Option<Box<dyn Query>> {
    let word = text.trim();
    let is_word = word.chars().all(|char| char.is_ascii_alphanumeric() || char == '-' || char == '_');
    let has_length = (MISSPELT_CHARS..=names::MAX_CHARS).contains(&word.len());
    (is_word && has_length).then(|| {
        let name = names::canonical(word);
        let places = [fields.canonical, fields.words].map(|field| (Occur::Should, one_edit_away(field, &name)));
        let misspelt = Box::new(ConstScoreQuery::new(Box::new(BooleanQuery::new(places.into())), 0.0));
        let either = vec![(Occur::Should, matches(fields, text)), (Occur::Should, misspelt as Box<dyn Query>)];
        Box::new(BooleanQuery::new(either)) as Box<dyn Query>
    })
}

/// A letter added, left out, changed or swapped with its neighbour, or none of these.
pub(crate) fn one_edit_away(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(FuzzyTermQuery::new(Term::from_field_text(field, text), 1, true))
}

pub(crate) fn term(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

fn named(query: Box<dyn Query>) -> (Occur, Box<dyn Query>) {
    (Occur::Should, Box::new(ConstScoreQuery::new(query, NAME_PART)))
}

fn all_words(fields: &Fields, text: &str) -> Option<Box<dyn Query>> {
    let words = english::words(text, MAX_WORDS);
    let words: Vec<_> = words.iter().map(|word| (Occur::Must, word_anywhere(fields, word))).collect();
    (!words.is_empty()).then(|| Box::new(BooleanQuery::new(words)) as Box<dyn Query>)
}

fn word_anywhere(fields: &Fields, word: &str) -> Box<dyn Query> {
    let places = [
        (fields.name_text, NAME),
        (fields.keyword_text, KEYWORD),
        (fields.description, DESCRIPTION),
        (fields.readme, README),
    ];
    let boosted = |(field, boost)| -> (Occur, Box<dyn Query>) {
        (Occur::Should, Box::new(BoostQuery::new(term(field, word), boost)))
    };
    Box::new(BooleanQuery::new(places.map(boosted).into()))
}

/// Two letters begin a word of the name, one is a word of it, and more are any part of it.
fn in_name(fields: &Fields, text: &str) -> Option<Box<dyn Query>> {
    if text.len() > SHORT_BYTES {
        let pattern = Pattern::new(text)?;
        return Some(Box::new(PartQuery { trigrams: fields.trigrams, pattern }));
    }
    let text = names::canonical(text);
    match text.chars().count() {
        0 => Some(Box::new(EmptyQuery)),
        1 => Some(term(fields.words, &text)),
        _ => Some(term(fields.starts, &text)),
    }
}

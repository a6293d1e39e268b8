//! What somebody typed, as a query.

use tantivy::query::{BooleanQuery, BoostQuery, EmptyQuery, Occur, Query, RegexQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::tokenizer::{Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer};
use tantivy::{DocId, Score, SegmentReader, Term};

use crate::schema::{self, Fields};

const EXACT_NAME: Score = 1000.0;
const NAME: Score = 4.0;
const KEYWORD: Score = 2.0;
const DESCRIPTION: Score = 1.5;
const README: Score = 0.3;

/// How long a part of a name can be: shorter ones match too much, and longer than this is no crate name. The work grows
/// with the square of the length.
const PART_CHARS: std::ops::RangeInclusive<usize> = 3..=64;

/// All words must occur somewhere; names also match by any part of them.
pub(crate) fn build(fields: &Fields, text: &str) -> Box<dyn Query> {
    let mut alternatives: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let name = schema::canonical(text.trim());
    if !name.is_empty() {
        alternatives.push((Occur::Should, boosted(term(fields.canonical, &name), EXACT_NAME)));
    }
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && PART_CHARS.contains(&name.len()) {
        // The pattern consists of letters, digits and `_` only, so it always compiles.
        if let Ok(part) = RegexQuery::from_pattern(&format!(".*{name}.*"), fields.canonical) {
            alternatives.push((Occur::Should, Box::new(part)));
        }
    }
    let words: Vec<_> = words(text).iter().map(|word| (Occur::Must, word_anywhere(fields, word))).collect();
    if !words.is_empty() {
        alternatives.push((Occur::Should, Box::new(BooleanQuery::new(words))));
    }
    if alternatives.is_empty() { Box::new(EmptyQuery) } else { Box::new(BooleanQuery::new(alternatives)) }
}

/// Multiplies the score of a match by how popular the crate is.
pub(crate) fn popularity() -> impl Fn(&SegmentReader) -> Box<dyn Fn(DocId, Score) -> Score> {
    |segment: &SegmentReader| {
        let downloads = segment.fast_fields().u64("downloads").ok();
        Box::new(move |document, score| {
            let downloads = downloads.as_ref().and_then(|column| column.first(document)).unwrap_or(0);
            #[expect(clippy::cast_precision_loss, reason = "a ranking does not need the last digit")]
            let prior = 1.0 + 0.15 * (1.0 + downloads as Score).ln();
            score * prior
        })
    }
}

fn words(text: &str) -> Vec<String> {
    let mut analyzer = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(40))
        .filter(LowerCaser)
        .filter(Stemmer::new(Language::English))
        .build();
    let mut words = Vec::new();
    analyzer.token_stream(&text.replace('_', " ")).process(&mut |token| words.push(token.text.clone()));
    words
}

fn word_anywhere(fields: &Fields, word: &str) -> Box<dyn Query> {
    let places =
        [(fields.words, NAME), (fields.keywords, KEYWORD), (fields.description, DESCRIPTION), (fields.readme, README)];
    let alternatives = places.map(|(field, boost)| (Occur::Should, boosted(term(field, word), boost)));
    Box::new(BooleanQuery::new(alternatives.into()))
}

fn term(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

fn boosted(query: Box<dyn Query>, boost: Score) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, boost))
}

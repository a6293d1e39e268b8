//! The query for crates whose names have some part.

use std::io;

use tantivy::columnar::StrColumn;
use tantivy::query::{
    BitSetDocSet, BooleanQuery, ConstScorer, EmptyScorer, EnableScoring, Explanation, Occur, PhraseQuery, Query,
    Scorer, TermQuery, Weight,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{BitSet, DocId, Score, SegmentReader, TERMINATED, TantivyError, Term};

use crate::pattern::Pattern;
use crate::schema;

/// Finds the crates whose canonical name has a part. The trigrams of the part lead to few names; only where they do not
/// say everything are names compared, and only where there are none, all of them.
#[derive(Clone, Debug)]
pub(crate) struct PartQuery {
    pub(crate) trigrams: Field,
    pub(crate) pattern: Pattern,
}

impl PartQuery {
    fn candidates(&self) -> Option<Box<dyn Query>> {
        let pieces = self.pattern.trigrams().filter_map(|trigrams| self.in_place(&trigrams));
        let pieces: Vec<_> = pieces.map(|piece| (Occur::Must, piece)).collect();
        (!pieces.is_empty()).then(|| Box::new(BooleanQuery::new(pieces)) as Box<dyn Query>)
    }

    fn in_place(&self, trigrams: &[(usize, &str)]) -> Option<Box<dyn Query>> {
        let term = |text| Term::from_field_text(self.trigrams, text);
        match trigrams {
            [] => None,
            [(_, text)] => Some(Box::new(TermQuery::new(term(text), IndexRecordOption::Basic))),
            _ => {
                let terms = trigrams.iter().map(|(position, text)| (*position, term(text))).collect();
                Some(Box::new(PhraseQuery::new_with_offset(terms)))
            }
        }
    }
}

impl Query for PartQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let unscored = EnableScoring::disabled_from_schema(scoring.schema());
        let candidates = self.candidates().map(|candidates| candidates.weight(unscored)).transpose()?;
        match candidates {
            Some(candidates) if self.pattern.is_its_trigrams() => Ok(candidates),
            candidates => Ok(Box::new(PartWeight { candidates, pattern: self.pattern.clone() })),
        }
    }
}

struct PartWeight {
    candidates: Option<Box<dyn Weight>>,
    pattern: Pattern,
}

impl Weight for PartWeight {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let Some(names) = segment.fast_fields().str(schema::CANONICAL)? else {
            return Ok(Box::new(EmptyScorer));
        };
        let mut matches = BitSet::with_max_value(segment.max_doc());
        match &self.candidates {
            Some(candidates) => among(candidates.scorer(segment, 1.0)?, &names, &self.pattern, &mut matches)?,
            None => among_all(&names, &self.pattern, &mut matches)?,
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(matches), boost)))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Err(TantivyError::InvalidArgument("parts of names are not ranked".to_owned()))
    }
}

/// The candidates whose names match.
fn among(
    mut candidates: Box<dyn Scorer>,
    names: &StrColumn,
    pattern: &Pattern,
    matches: &mut BitSet,
) -> io::Result<()> {
    let mut documents: Vec<(u64, DocId)> = Vec::new();
    while candidates.doc() != TERMINATED {
        documents.extend(names.ords().first(candidates.doc()).map(|name| (name, candidates.doc())));
        candidates.advance();
    }
    documents.sort_unstable();
    let ordinals: Vec<u64> = documents.iter().map(|(name, _)| *name).collect();
    let mut documents = documents.into_iter();
    names.dictionary().sorted_ords_to_term_cb(&ordinals, |name| {
        if let Some((_, document)) = documents.next().filter(|_| pattern.matches(name)) {
            matches.insert(document);
        }
    })?;
    Ok(())
}

/// All documents whose names match.
fn among_all(names: &StrColumn, pattern: &Pattern, matches: &mut BitSet) -> io::Result<()> {
    let mut is_match = Vec::with_capacity(names.dictionary().num_terms());
    let mut stream = names.dictionary().stream()?;
    while stream.advance() {
        is_match.push(pattern.matches(stream.key()));
    }
    for document in 0..matches.max_value() {
        let name = names.ords().first(document).and_then(|name| usize::try_from(name).ok());
        if name.and_then(|name| is_match.get(name)) == Some(&true) {
            matches.insert(document);
        }
    }
    Ok(())
}

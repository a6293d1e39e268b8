//! What is known of single documents.

use tantivy::columnar::Column;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, Searcher, SegmentReader, TERMINATED, Term};

/// A column of numbers, empty if no document of the segment has one.
pub(crate) fn numbers(segment: &SegmentReader, name: &str) -> tantivy::Result<Column<i64>> {
    let column = segment.fast_fields().column_opt(name)?;
    Ok(column.unwrap_or_else(|| Column::build_empty_column(segment.max_doc())))
}

/// The number of one document.
pub(crate) fn number(searcher: &Searcher, at: DocAddress, name: &str) -> tantivy::Result<Option<i64>> {
    Ok(numbers(searcher.segment_reader(at.segment_ord), name)?.first(at.doc_id))
}

/// The text of one document in a column of texts.
pub(crate) fn text(searcher: &Searcher, at: DocAddress, name: &str) -> tantivy::Result<Option<String>> {
    let Some(column) = searcher.segment_reader(at.segment_ord).fast_fields().str(name)? else {
        return Ok(None);
    };
    let Some(ordinal) = column.ords().first(at.doc_id) else {
        return Ok(None);
    };
    let mut text = String::new();
    Ok(column.ord_to_str(ordinal, &mut text)?.then_some(text))
}

/// The documents that have `term`.
pub(crate) fn with_term(searcher: &Searcher, term: &Term) -> tantivy::Result<Vec<DocAddress>> {
    let mut found = Vec::new();
    for (segment_ord, segment) in (0..).zip(searcher.segment_readers()) {
        let index = segment.inverted_index(term.field())?;
        let Some(mut postings) = index.read_postings(term, IndexRecordOption::Basic)? else {
            continue;
        };
        while postings.doc() != TERMINATED {
            if !segment.is_deleted(postings.doc()) {
                found.push(DocAddress::new(segment_ord, postings.doc()));
            }
            postings.advance();
        }
    }
    Ok(found)
}

//! Names that begin with what somebody has typed so far.

use tantivy::query::{FuzzyTermQuery, Query};
use tantivy::schema::{Field, Value};
use tantivy::{DocAddress, Searcher, TantivyDocument, Term};

use crate::collect::First;
use crate::order::Order;
use crate::schema::Fields;
use crate::text::{one_edit_away, term};
use crate::{Error, SearchIndex, columns, names, schema};

/// A crate whose name begins with what somebody typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestion {
    /// The crate's id.
    pub id: i64,
    /// The stored name.
    pub name: String,
    /// The description, unless it is empty.
    pub description: Option<String>,
    /// All downloads.
    pub downloads: i64,
    /// The downloads of the last 90 days, if they were counted.
    pub recent_downloads: Option<i64>,
}

impl SearchIndex {
    /// The crates whose name, or a word of it, begins with `prefix`: the one of exactly that name, then the most
    /// downloaded ones. An empty prefix has no suggestions.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn suggest(&self, prefix: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        if prefix.is_empty() || prefix.len() > names::MAX_CHARS {
            return Ok(Vec::new());
        }
        let searcher = self.reader().searcher();
        let prefix = names::canonical(prefix);
        let exact = self.ids_of_name(&searcher, &prefix)?;
        let first = First { order: Order::SUGGESTIONS, exact, after: None, keep: limit.max(1) };
        let found = searcher.search(&beginning(&self.fields, &prefix), &first)?;
        let mut suggestions = Vec::with_capacity(found.places.len());
        for place in found.places {
            suggestions.extend(self.suggestion(&searcher, place.id.0)?);
        }
        Ok(suggestions)
    }

    /// The ids of crates whose name is one edit (a letter added, left out, changed or swapped with its neighbour) away
    /// from `name`.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn similar(&self, name: &str, limit: usize) -> Result<Vec<i64>, Error> {
        if name.len() > names::MAX_CHARS {
            return Ok(Vec::new());
        }
        let query = one_edit_away(self.fields.canonical, &names::canonical(name));
        let first = First { order: Order::SUGGESTIONS, exact: Vec::new(), after: None, keep: limit.max(1) };
        let found = self.reader().searcher().search(&query, &first)?;
        Ok(found.places.into_iter().map(|place| place.id.0).collect())
    }

    fn suggestion(&self, searcher: &Searcher, id: i64) -> Result<Option<Suggestion>, Error> {
        let documents = columns::with_term(searcher, &Term::from_field_i64(self.fields.id, id))?;
        let Some(at) = documents.first().copied() else {
            return Ok(None);
        };
        Ok(Some(Suggestion {
            id,
            name: columns::text(searcher, at, schema::NAME)?.unwrap_or_default(),
            description: description(searcher, at, self.fields.description)?,
            downloads: columns::number(searcher, at, schema::DOWNLOADS)?.unwrap_or_default(),
            recent_downloads: columns::number(searcher, at, schema::RECENT_DOWNLOADS)?,
        }))
    }
}

fn description(searcher: &Searcher, at: DocAddress, field: Field) -> Result<Option<String>, Error> {
    let document: TantivyDocument = searcher.doc(at)?;
    let text = document.get_first(field).and_then(|text| text.as_str()).unwrap_or_default();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Short beginnings have a term of their own; the longer ones are shared by few enough names to walk through.
fn beginning(fields: &Fields, prefix: &str) -> Box<dyn Query> {
    if prefix.contains('_') {
        return starting_with(fields.canonical, prefix);
    }
    if prefix.chars().count() <= names::START_CHARS {
        return term(fields.starts, prefix);
    }
    starting_with(fields.words, prefix)
}

/// No edit is allowed, so this is a walk through the terms that begin with the prefix.
fn starting_with(field: Field, prefix: &str) -> Box<dyn Query> {
    Box::new(FuzzyTermQuery::new_prefix(Term::from_field_text(field, prefix), 0, false))
}

//! What a list is limited to, as queries.

use std::collections::BTreeSet;
use tantivy::Term;

use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, Occur, Query, TermQuery, TermSetQuery};
use tantivy::schema::{Field, IndexRecordOption};

use crate::list::{Group, ListQuery};
use crate::names;
use crate::schema::Fields;
use crate::text::term;

/// No crate has more keywords (contract §7.3, step 21).
const MAX_KEYWORDS: usize = 5;

/// No crate has a longer keyword.
const MAX_KEYWORD_BYTES: usize = 1024;

/// Crates that match `text`, if there is one, and everything else that is asked for.
pub(crate) fn matching(fields: &Fields, query: &ListQuery, text: Option<Box<dyn Query>>) -> Box<dyn Query> {
    let mut clauses = filters(fields, query);
    let text = text.unwrap_or_else(|| Box::new(AllQuery));
    if clauses.is_empty() {
        return text;
    }
    clauses.push((Occur::Must, text));
    Box::new(BooleanQuery::new(clauses))
}

fn filters(fields: &Fields, query: &ListQuery) -> Vec<(Occur, Box<dyn Query>)> {
    let mut clauses = Vec::new();
    if query.hide_yanked {
        clauses.push((Occur::MustNot, flag(fields.is_yanked)));
    }
    if let Some(category) = &query.category {
        clauses.push(unscored(term(fields.category, category)));
    }
    if let Some(group) = &query.group {
        clauses.push(unscored(in_group(fields, group)));
    }
    clauses
}

fn in_group(fields: &Fields, group: &Group) -> Box<dyn Query> {
    match group {
        Group::AllKeywords(keywords) if keywords.is_empty() => flag(fields.has_keywords),
        Group::AllKeywords(keywords) => {
            let keywords: BTreeSet<&String> = keywords.iter().collect();
            if keywords.len() > MAX_KEYWORDS {
                return Box::new(EmptyQuery);
            }
            let keywords = keywords.into_iter().map(|keyword| (Occur::Must, with_keyword(fields, keyword)));
            Box::new(BooleanQuery::new(keywords.collect()))
        }
        Group::Keyword(keyword) => with_keyword(fields, keyword),
        // Where these are patterns they match any character and any run of characters, so every crate.
        Group::Letter('_' | '%') => Box::new(AllQuery),
        Group::Letter(letter) => term(fields.letter, &letter.to_lowercase().to_string()),
        Group::User(id) => number(fields.owner, *id),
        Group::Team(id) => number(fields.team, *id),
        Group::Ids(ids) => any_of(ids.iter().map(|id| Term::from_field_i64(fields.id, *id))),
        Group::Names(names) => {
            let names = names.iter().filter(|name| name.len() <= names::MAX_CHARS);
            any_of(names.map(|name| Term::from_field_text(fields.name, name)))
        }
    }
}

fn with_keyword(fields: &Fields, keyword: &str) -> Box<dyn Query> {
    if keyword.len() > MAX_KEYWORD_BYTES {
        return Box::new(EmptyQuery);
    }
    term(fields.keyword, &keyword.to_lowercase())
}

fn flag(field: Field) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_bool(field, true), IndexRecordOption::Basic))
}

fn number(field: Field, number: i64) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_i64(field, number), IndexRecordOption::Basic))
}

fn any_of(terms: impl Iterator<Item = Term>) -> Box<dyn Query> {
    let mut terms = terms.peekable();
    if terms.peek().is_none() { Box::new(EmptyQuery) } else { Box::new(TermSetQuery::new(terms)) }
}

fn unscored(query: Box<dyn Query>) -> (Occur, Box<dyn Query>) {
    (Occur::Must, Box::new(ConstScoreQuery::new(query, 0.0)))
}

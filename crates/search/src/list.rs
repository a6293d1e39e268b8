//! Lists of crates: what to ask for and what comes back.

use std::cmp::Reverse;

use tantivy::{Searcher, Term};

use crate::collect::{First, Found};
use crate::order::{Merit, Order, Place, Rank};
use crate::{Error, SearchIndex, columns, filter, names, schema, text};

/// How far the order by relevance reaches: the matches behind these are counted, but on no page.
pub const MAX_RANKED: usize = 1000;

/// With fewer matches than this, misspelt names are matches too.
const FEW: usize = 3;

/// Greater than any name, because no UTF-8 text has this byte.
const BEHIND_ALL_NAMES: &[u8] = &[0xFF];

/// What to list. Everything given must apply.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// What to search for in names, keywords, descriptions and readmes.
    pub text: Option<String>,
    /// The slug of a category that the crates are in, or in one below it.
    pub category: Option<String>,
    /// Whether to leave out crates whose versions are all yanked.
    pub hide_yanked: bool,
    /// A group that the crates are in.
    pub group: Option<Group>,
    /// The order.
    pub sort: Sort,
    /// Where in the order to begin.
    pub from: From,
    /// How many crates to list at most; 0 is the same as 1.
    pub limit: usize,
}

/// A group of crates.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Crates with all of these keywords; with any keyword, if the list is empty.
    AllKeywords(Vec<String>),
    /// Crates with this keyword.
    Keyword(String),
    /// Crates whose canonical name begins with this letter; `_` and `%` stand for any.
    Letter(char),
    /// Crates this user owns.
    User(i64),
    /// Crates this team owns.
    Team(i64),
    /// The crates with these ids.
    Ids(Vec<i64>),
    /// The crates of exactly these stored names.
    Names(Vec<String>),
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The exact name first, then the best matches of the text, up to [`MAX_RANKED`]. Needs a text.
    Relevance,
    /// The exact name first, then by name. Needs a text.
    ExactThenName,
    /// By stored name, in byte order.
    Name,
    /// The most downloaded first.
    Downloads,
    /// The most downloaded of the last 90 days first, those not counted last.
    RecentDownloads,
    /// The last changed first.
    Updated,
    /// The newest first.
    Created,
}

/// Where in an order a page begins.
#[derive(Clone, Debug, PartialEq)]
pub enum From {
    /// Behind this many crates.
    Offset(usize),
    /// Behind this place. A key of another order than the list's is behind everything.
    After(Key),
}

/// The place of a crate in an order. A crate of that id need not exist, except where its name decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Key {
    /// A place in [`Sort::Name`]: that of the crate's current name. Nothing is behind a crate that is gone.
    Name {
        /// The crate's id.
        id: i64,
    },
    /// A place in [`Sort::Downloads`].
    Downloads {
        /// All downloads.
        downloads: i64,
        /// The crate's id.
        id: i64,
    },
    /// A place in [`Sort::RecentDownloads`].
    RecentDownloads {
        /// The recent downloads.
        recent_downloads: Option<i64>,
        /// The crate's id.
        id: i64,
    },
    /// A place in [`Sort::Updated`].
    Updated {
        /// When the crate changed, in Unix microseconds.
        at: i64,
        /// The crate's id.
        id: i64,
    },
    /// A place in [`Sort::Created`].
    Created {
        /// When the crate was first published, in Unix microseconds.
        at: i64,
        /// The crate's id.
        id: i64,
    },
    /// A place in [`Sort::ExactThenName`]. Nothing is behind a crate that is gone.
    ExactThenName {
        /// Whether the text is the crate's name.
        is_exact: bool,
        /// The crate's id.
        id: i64,
    },
    /// A place in [`Sort::Relevance`]. The current name of the crate decides between equals; if it is gone, all of its
    /// equals are before it.
    Relevance {
        /// Whether the text is the crate's name.
        is_exact: bool,
        /// How well the text matches.
        rank: f64,
        /// The recent downloads.
        recent_downloads: Option<i64>,
        /// The crate's id.
        id: i64,
    },
}

/// A crate in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The crate's id.
    pub id: i64,
    /// Its place in the order.
    pub key: Key,
    /// Whether the text is the crate's name, apart from case, `-` and `_`.
    pub is_exact: bool,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// The crates of the page.
    pub hits: Vec<Hit>,
    /// How many crates match altogether, also beyond what an order reaches; 0 behind a place that is not in the order.
    pub total: usize,
}

impl SearchIndex {
    /// One page of the crates that match `query`.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn list(&self, query: &ListQuery) -> Result<Hits, Error> {
        let searcher = self.reader().searcher();
        let text = query.text.as_deref().map(text::bounded);
        let exact = match text {
            Some(text) => self.ids_of_name(&searcher, text)?,
            None => Vec::new(),
        };
        let Some(first) = self.first(&searcher, query, exact.clone())? else {
            return Ok(Hits::default());
        };
        let matches = text.map(|text| text::matches(&self.fields, text));
        let mut found = searcher.search(&filter::matching(&self.fields, query, matches), &first)?;
        if found.total < FEW
            && let Some(matches) = text.and_then(|text| text::matches_loosely(&self.fields, text))
        {
            found = searcher.search(&filter::matching(&self.fields, query, Some(matches)), &first)?;
        }
        Ok(page(query, &found, &exact))
    }

    pub(crate) fn ids_of_name(&self, searcher: &Searcher, name: &str) -> Result<Vec<i64>, Error> {
        let term = Term::from_field_text(self.fields.canonical, &names::canonical(name));
        let mut ids = Vec::new();
        for at in columns::with_term(searcher, &term)? {
            ids.extend(columns::number(searcher, at, schema::ID)?);
        }
        Ok(ids)
    }

    /// What to collect, or nothing if no crate can be behind the given place.
    fn first(&self, searcher: &Searcher, query: &ListQuery, exact: Vec<i64>) -> Result<Option<First>, Error> {
        let order = Order::of(query.sort);
        let limit = query.limit.max(1);
        Ok(match &query.from {
            From::Offset(offset) => {
                let keep = offset.saturating_add(limit).min(reach(query.sort));
                Some(First { order, exact, after: None, keep })
            }
            From::After(key) => self.place(searcher, query.sort, key)?.map(|after| First {
                order,
                exact,
                after: Some(after),
                keep: limit.min(reach(query.sort)),
            }),
        })
    }

    fn place(&self, searcher: &Searcher, sort: Sort, key: &Key) -> Result<Option<Place<Vec<u8>>>, Error> {
        let merit = Merit::default();
        let place = |merit, name, id| Some(Place { merit: Reverse(merit), name, id: Reverse(id) });
        let by_number = |number, id| place(Merit { number, ..merit }, Vec::new(), id);
        Ok(match (sort, *key) {
            (Sort::Name, Key::Name { id }) => self.name_of(searcher, id)?.and_then(|name| place(merit, name, id)),
            (Sort::ExactThenName, Key::ExactThenName { is_exact, id }) => {
                self.name_of(searcher, id)?.and_then(|name| place(Merit { is_exact, ..merit }, name, id))
            }
            (Sort::Relevance, Key::Relevance { is_exact, rank, recent_downloads, id }) => {
                let name = self.name_of(searcher, id)?.unwrap_or_else(|| BEHIND_ALL_NAMES.to_vec());
                place(Merit { is_exact, rank: Rank::new(rank), number: recent_downloads }, name, id)
            }
            (Sort::Downloads, Key::Downloads { downloads, id }) => by_number(Some(downloads), id),
            (Sort::RecentDownloads, Key::RecentDownloads { recent_downloads, id }) => by_number(recent_downloads, id),
            (Sort::Updated, Key::Updated { at, id }) | (Sort::Created, Key::Created { at, id }) => {
                by_number(Some(at), id)
            }
            _ => None,
        })
    }

    fn name_of(&self, searcher: &Searcher, id: i64) -> Result<Option<Vec<u8>>, Error> {
        let documents = columns::with_term(searcher, &Term::from_field_i64(self.fields.id, id))?;
        let Some(at) = documents.first() else {
            return Ok(None);
        };
        Ok(columns::text(searcher, *at, schema::NAME)?.map(String::into_bytes))
    }
}

fn reach(sort: Sort) -> usize {
    if sort == Sort::Relevance { MAX_RANKED } else { usize::MAX }
}

fn page(query: &ListQuery, found: &Found, exact: &[i64]) -> Hits {
    let skipped = match query.from {
        From::Offset(offset) => offset,
        From::After(_) => 0,
    };
    let limit = query.limit.max(1).min(reach(query.sort).saturating_sub(found.before));
    let hit = |place: &Place<Vec<u8>>| Hit {
        id: place.id.0,
        key: key(query.sort, place),
        is_exact: exact.contains(&place.id.0),
    };
    Hits { hits: found.places.iter().skip(skipped).take(limit).map(hit).collect(), total: found.total }
}

fn key(sort: Sort, place: &Place<Vec<u8>>) -> Key {
    let id = place.id.0;
    let Merit { is_exact, rank, number } = place.merit.0;
    match sort {
        Sort::Name => Key::Name { id },
        Sort::ExactThenName => Key::ExactThenName { is_exact, id },
        Sort::Relevance => Key::Relevance { is_exact, rank: rank.get(), recent_downloads: number, id },
        Sort::Downloads => Key::Downloads { downloads: number.unwrap_or_default(), id },
        Sort::RecentDownloads => Key::RecentDownloads { recent_downloads: number, id },
        Sort::Updated => Key::Updated { at: number.unwrap_or_default(), id },
        Sort::Created => Key::Created { at: number.unwrap_or_default(), id },
    }
}

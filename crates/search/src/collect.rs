//! Collects the first matches in an order and counts all of them in the same pass, without loading a stored document.

use std::cmp::Reverse;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn, TermOrdHit};
use tantivy::{DocId, Score, SegmentReader};

use crate::columns;
use crate::order::{Merit, Number, Order, Place, Rank};
use crate::schema;

/// Asks for the first matches behind a place.
pub(crate) struct First {
    pub(crate) order: Order,
    /// The ids of the crates of exactly the name.
    pub(crate) exact: Vec<i64>,
    pub(crate) after: Option<Place<Vec<u8>>>,
    /// How many to keep; at least 1.
    pub(crate) keep: usize,
}

/// The first matches behind a place.
pub(crate) struct Found {
    /// The places of the first matches, sorted.
    pub(crate) places: Vec<Place<Vec<u8>>>,
    /// How many matches there are altogether.
    pub(crate) total: usize,
    /// How many of them are not behind the place.
    pub(crate) before: usize,
}

impl Collector for First {
    type Fruit = Found;
    type Child = FirstOfSegment;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> tantivy::Result<FirstOfSegment> {
        let names = if self.order.by_name { segment.fast_fields().str(schema::NAME)? } else { None };
        let after = self.after.as_ref().map(|after| in_segment(after, names.as_ref())).transpose()?;
        Ok(FirstOfSegment {
            ids: columns::numbers(segment, schema::ID)?,
            exact: if self.order.exact_first { self.exact.clone() } else { Vec::new() },
            priors: if self.order.is_ranked { Some(segment.fast_fields().f64(schema::PRIOR)?) } else { None },
            numbers: self.order.number.map(|number| Numbers::open(segment, number)).transpose()?,
            names,
            after,
            best: Best { keep: self.keep, places: Vec::new(), worst: None },
            total: 0,
            before: 0,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.order.is_ranked
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Found>>) -> tantivy::Result<Found> {
        let mut all = Found { places: Vec::new(), total: 0, before: 0 };
        for segment in segments {
            let segment = segment?;
            all.places.extend(segment.places);
            all.total += segment.total;
            all.before += segment.before;
        }
        keep_least(&mut all.places, self.keep);
        all.places.sort_unstable();
        Ok(all)
    }
}

/// Collects the first matches of one segment. In here the number of a name in the segment's sorted list of names stands
/// for the name.
pub(crate) struct FirstOfSegment {
    ids: Column<i64>,
    exact: Vec<i64>,
    priors: Option<Column<f64>>,
    numbers: Option<Numbers>,
    names: Option<StrColumn>,
    after: Option<Place<u64>>,
    best: Best,
    total: usize,
    before: usize,
}

impl FirstOfSegment {
    fn place(&self, document: DocId, score: Score) -> Place<u64> {
        let id = self.ids.first(document).unwrap_or_default();
        let rank = |priors: &Column<f64>| Rank::new(f64::from(score) * priors.first(document).unwrap_or(1.0));
        let merit = Merit {
            is_exact: self.exact.contains(&id),
            rank: self.priors.as_ref().map(rank).unwrap_or_default(),
            number: self.numbers.as_ref().and_then(|numbers| numbers.of(document)),
        };
        let name = self.names.as_ref().and_then(|names| names.ords().first(document)).unwrap_or_default();
        Place { merit: Reverse(merit), name: existing(name), id: Reverse(id) }
    }
}

impl SegmentCollector for FirstOfSegment {
    type Fruit = tantivy::Result<Found>;

    fn collect(&mut self, document: DocId, score: Score) {
        self.total += 1;
        let place = self.place(document, score);
        if self.after.as_ref().is_some_and(|after| place <= *after) {
            self.before += 1;
        } else {
            self.best.offer(place);
        }
    }

    fn harvest(self) -> tantivy::Result<Found> {
        let places = with_names(self.best.finish(), self.names.as_ref())?;
        Ok(Found { places, total: self.total, before: self.before })
    }
}

/// The least of the places it was offered.
struct Best {
    keep: usize,
    places: Vec<Place<u64>>,
    /// No place from here on is among the least.
    worst: Option<Place<u64>>,
}

impl Best {
    fn offer(&mut self, place: Place<u64>) {
        if self.worst.as_ref().is_some_and(|worst| place >= *worst) {
            return;
        }
        self.places.push(place);
        if self.places.len() >= self.keep.saturating_mul(2) {
            keep_least(&mut self.places, self.keep);
            self.worst = self.places.last().cloned();
        }
    }

    fn finish(mut self) -> Vec<Place<u64>> {
        keep_least(&mut self.places, self.keep);
        self.places
    }
}

/// Leaves the first `keep` places, the last of them at the end and the others in no order.
fn keep_least<T: Ord>(places: &mut Vec<T>, keep: usize) {
    if places.len() > keep {
        places.select_nth_unstable(keep - 1);
        places.truncate(keep);
    }
}

/// Where the numbers of an order are.
enum Numbers {
    One(Column<i64>),
    Popularity { recent: Column<i64>, all: Column<i64> },
}

impl Numbers {
    fn open(segment: &SegmentReader, number: Number) -> tantivy::Result<Self> {
        let column = |name| columns::numbers(segment, name);
        Ok(match number {
            Number::Downloads => Self::One(column(schema::DOWNLOADS)?),
            Number::RecentDownloads => Self::One(column(schema::RECENT_DOWNLOADS)?),
            Number::Updated => Self::One(column(schema::UPDATED_AT)?),
            Number::Created => Self::One(column(schema::CREATED_AT)?),
            Number::Popularity => {
                Self::Popularity { recent: column(schema::RECENT_DOWNLOADS)?, all: column(schema::DOWNLOADS)? }
            }
        })
    }

    fn of(&self, document: DocId) -> Option<i64> {
        match self {
            Self::One(column) => column.first(document),
            Self::Popularity { recent, all } => recent.first(document).or_else(|| all.first(document)),
        }
    }
}

/// The same place among the names of one segment, which may not have that name.
fn in_segment(place: &Place<Vec<u8>>, names: Option<&StrColumn>) -> tantivy::Result<Place<u64>> {
    let name = match names {
        Some(names) => match names.dictionary().term_ord_or_next(&place.name)? {
            TermOrdHit::Exact(name) => existing(name),
            TermOrdHit::Next(name) => name.saturating_mul(2),
        },
        None => existing(0),
    };
    Ok(Place { merit: place.merit, name, id: place.id })
}

/// The odd numbers are names of the segment, the even ones what lies between them.
fn existing(name: u64) -> u64 {
    name.saturating_mul(2).saturating_add(1)
}

/// Puts the names back into `places`, all at once because neighbours are unpacked together.
fn with_names(places: Vec<Place<u64>>, names: Option<&StrColumn>) -> tantivy::Result<Vec<Place<Vec<u8>>>> {
    let named = |place: Place<u64>, name| Place { merit: place.merit, name, id: place.id };
    let Some(names) = names else {
        return Ok(places.into_iter().map(|place| named(place, Vec::new())).collect());
    };
    let mut places = places;
    places.sort_unstable_by_key(|place| place.name);
    let ordinals: Vec<u64> = places.iter().map(|place| place.name / 2).collect();
    let mut texts = Vec::with_capacity(places.len());
    names.dictionary().sorted_ords_to_term_cb(&ordinals, |name| texts.push(name.to_vec()))?;
    Ok(places.into_iter().zip(texts).map(|(place, name)| named(place, name)).collect())
}

//! The orders of lists, and where a crate stands in them.

use std::cmp::Reverse;

use crate::list::Sort;

/// What an order looks at, first things first. The id, greatest first, decides last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    /// The crate of exactly the name comes first.
    pub(crate) exact_first: bool,
    /// Then how well the text matches, best first.
    pub(crate) is_ranked: bool,
    /// Then a number, greatest first, those without it last.
    pub(crate) number: Option<Number>,
    /// Then the stored name, in byte order.
    pub(crate) by_name: bool,
}

/// A number to order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Downloads,
    RecentDownloads,
    /// The recent downloads, or all where they were not counted.
    Popularity,
    Updated,
    Created,
}

/// Where a crate stands in an order: less is earlier. What the order does not look at is the same in all places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place<Name> {
    pub(crate) merit: Reverse<Merit>,
    pub(crate) name: Name,
    pub(crate) id: Reverse<i64>,
}

/// Why a crate comes early: more is earlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Merit {
    pub(crate) is_exact: bool,
    pub(crate) rank: Rank,
    pub(crate) number: Option<i64>,
}

/// How well a text matches, in a form that can be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(u64);

impl Rank {
    /// A rank of half the precision, so that one that was written down and read again is still the same.
    pub(crate) fn new(rank: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "that is the point")]
        let rank = rank as f32;
        Self(tantivy::f64_to_u64(rank.into()))
    }

    pub(crate) fn get(self) -> f64 {
        tantivy::u64_to_f64(self.0)
    }
}

impl Order {
    const NOTHING: Self = Self { exact_first: false, is_ranked: false, number: None, by_name: false };

    /// Suggestions: the exact name, then what most people look for.
    pub(crate) const SUGGESTIONS: Self =
        Self { exact_first: true, number: Some(Number::Popularity), by_name: true, ..Self::NOTHING };

    pub(crate) fn of(sort: Sort) -> Self {
        let number = |number| Self { number: Some(number), ..Self::NOTHING };
        match sort {
            Sort::Relevance => {
                Self { exact_first: true, is_ranked: true, number: Some(Number::RecentDownloads), by_name: true }
            }
            Sort::ExactThenName => Self { exact_first: true, by_name: true, ..Self::NOTHING },
            Sort::Name => Self { by_name: true, ..Self::NOTHING },
            Sort::Downloads => number(Number::Downloads),
            Sort::RecentDownloads => number(Number::RecentDownloads),
            Sort::Updated => number(Number::Updated),
            Sort::Created => number(Number::Created),
        }
    }
}

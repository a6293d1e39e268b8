//! Randomness that a seed determines: the same on every machine, because it never leaves the whole numbers.

/// What a stream of random numbers is for. Each crate has one of each, so that one thing can be made without the others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Facet {
    Name,
    Popularity,
    Counts,
    Text,
    Readme,
    Tags,
    Owners,
    Dependencies,
    History,
    Facts,
    Downloads,
    Read,
    Package,
}

/// The generator `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream of a thing with a number.
    pub(crate) fn of(seed: u64, facet: Facet, number: u64) -> Self {
        let mixed =
            [facet as u64, number].into_iter().fold(seed, |state, more| mix(state ^ mix(more.wrapping_add(STEP))));
        Self(mixed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(limit);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// An index into something of this length, which is not 0.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// An instant or amount from `low` up to but not including `high`; `low` if that is nothing.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        low + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for end in (1..things.len()).rev() {
            things.swap(end, self.index(end + 1));
        }
    }
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Chooses ranks from 0, low ones more often: rank `r` weighs `1 / (r + shift)`.
#[derive(Clone, Debug)]
pub(crate) struct Zipf(Vec<u64>);

impl Zipf {
    /// Over so many ranks, at least one. A larger shift, which is not 0, makes the first ranks less special.
    pub(crate) fn new(ranks: usize, shift: u64) -> Self {
        let mut sum = 0;
        let cumulate = |rank: u64| {
            sum += (1 << 40) / (rank + shift);
            sum
        };
        Self((0..ranks.max(1) as u64).map(cumulate).collect())
    }

    pub(crate) fn rank(&self, random: &mut Random) -> usize {
        let point = random.below(self.0.last().copied().unwrap_or(1));
        self.0.partition_point(|sum| *sum <= point)
    }
}

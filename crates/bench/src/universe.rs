//! Which crates there are, and how popular each is: what seeding and reading must agree on.

use std::collections::HashSet;

use crate::random::{Facet, Random, Zipf};
use crate::words::Vocabulary;

/// Category slugs in use, with name and description. All are among those of contract appendix B.
pub(crate) const CATEGORIES: [(&str, &str, &str); 24] = [
    ("algorithms", "Algorithms", "Rust implementations of core algorithms."),
    ("api-bindings", "API bindings", "Idiomatic wrappers of specific APIs for convenient access from Rust."),
    ("asynchronous", "Asynchronous", "Crates to help you deal with events independently of the main program flow."),
    ("authentication", "Authentication", "Crates to help with the process of confirming identities."),
    ("caching", "Caching", "Crates to store the results of previous computations."),
    ("command-line-interface", "Command-line interface", "Crates to help create command line interfaces."),
    ("command-line-utilities", "Command line utilities", "Applications to run at the command line."),
    ("compression", "Compression", "Algorithms for making data smaller."),
    ("config", "Configuration", "Crates to facilitate configuration management for applications."),
    ("cryptography", "Cryptography", "Algorithms intended for securing data."),
    ("data-structures", "Data structures", "Rust implementations of particular ways of organizing data."),
    ("database", "Database interfaces", "Crates to interface with database management systems."),
    ("development-tools", "Development tools", "Crates that provide developer-facing features."),
    ("development-tools::testing", "Development tools::Testing", "Crates to help you verify the correctness of code."),
    ("embedded", "Embedded development", "Crates that are primarily useful on embedded devices."),
    ("encoding", "Encoding", "Encoding and/or decoding data from one data format to another."),
    ("game-development", "Game development", "Crates that focus on individual parts of accelerating game development."),
    ("mathematics", "Mathematics", "Crates with a mathematical aspect."),
    ("network-programming", "Network programming", "Crates dealing with higher-level network protocols."),
    ("no-std", "No standard library", "Crates that are able to function without the Rust standard library."),
    ("parsing", "Parsing tools", "Crates to help create parsers of binary and text formats."),
    ("text-processing", "Text processing", "Crates to deal with the complexities of human language in text."),
    ("web-programming", "Web programming", "Crates to create applications for the web."),
    ("web-programming::http-client", "Web programming::HTTP clients", "Crates to make HTTP network requests."),
];

/// Everything that follows from a seed and a number of crates. Crates are known by their index; ids are one higher.
#[derive(Debug)]
pub(crate) struct Universe {
    pub(crate) seed: u64,
    pub(crate) vocabulary: Vocabulary,
    names: Vec<String>,
    /// The index of the most popular crate first.
    by_rank: Vec<usize>,
    rank_of: Vec<usize>,
    popularity: Zipf,
    keywords: Zipf,
}

/// How many different keywords there may be.
const KEYWORDS: usize = 8000;

impl Universe {
    pub(crate) fn new(seed: u64, crates: u32) -> Self {
        let crates = crates as usize;
        let vocabulary = Vocabulary::new(seed);
        let names = names(seed, crates, &vocabulary);
        let mut by_rank: Vec<usize> = (0..crates).collect();
        Random::of(seed, Facet::Popularity, 0).shuffle(&mut by_rank);
        let mut rank_of = vec![0; crates];
        for (rank, index) in by_rank.iter().enumerate() {
            rank_of[*index] = rank;
        }
        let (popularity, keywords) = (Zipf::new(crates, 5), Zipf::new(KEYWORDS, 10));
        Self { seed, vocabulary, names, by_rank, rank_of, popularity, keywords }
    }

    /// How many crates there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// A stream of random numbers for one facet of a crate.
    pub(crate) fn random(&self, facet: Facet, index: usize) -> Random {
        Random::of(self.seed, facet, index as u64)
    }

    pub(crate) fn name(&self, index: usize) -> &str {
        &self.names[index]
    }

    /// The place of a crate among all, 0 for the most popular.
    pub(crate) fn rank(&self, index: usize) -> usize {
        self.rank_of[index]
    }

    /// A crate, a popular one more often.
    pub(crate) fn popular(&self, random: &mut Random) -> usize {
        self.by_rank[self.popularity.rank(random)]
    }

    /// One of the most popular crates.
    pub(crate) fn favourite(&self, random: &mut Random, among: usize) -> usize {
        self.by_rank[random.index(among.min(self.len()))]
    }

    /// How many versions each crate has: at least one, most a few, some thousands; together `total`.
    ///
    /// The weight of a place is `place^-0.75`, from square roots of whole numbers.
    pub(crate) fn version_counts(&self, total: u32) -> Vec<u64> {
        let crates = self.len() as u64;
        let mut random = Random::of(self.seed, Facet::Counts, 0);
        let places = self.places_by_versions(&mut random);
        let mut weight = |index: usize| {
            let half = ((places[index] + 1 + crates / 10_000) << 40).isqrt();
            let power = (half * (half << 20).isqrt()) >> 20;
            ((1 << 52) / power) * (25 + random.below(150)) / 100
        };
        let weights: Vec<u64> = (0..self.len()).map(&mut weight).collect();
        let sum: u128 = weights.iter().copied().map(u128::from).sum();
        let to_share = u64::from(total).saturating_sub(crates);
        let share = |weight: &u64| 1 + u64::try_from(u128::from(to_share) * u128::from(*weight) / sum).unwrap_or(0);
        let mut counts: Vec<u64> = weights.iter().map(share).collect();
        // What rounding left over goes to any.
        for _ in counts.iter().sum::<u64>()..u64::from(total) {
            counts[random.index(self.len())] += 1;
        }
        counts
    }

    /// The place of each crate by its number of versions, 0 for the most. Popular crates have many, but those with the
    /// most are seldom the most popular.
    fn places_by_versions(&self, random: &mut Random) -> Vec<u64> {
        let mut key = |index: usize| (self.rank_of[index] as u64 + 100) * ((64 + random.below(64)) << random.below(10));
        let mut by_key: Vec<(u64, usize)> = (0..self.len()).map(|index| (key(index), index)).collect();
        by_key.sort_unstable();
        let mut places = vec![0; self.len()];
        for (place, (_, index)) in (0..).zip(by_key) {
            places[index] = place;
        }
        places
    }

    /// The keywords and category slugs of a crate.
    pub(crate) fn tags(&self, index: usize) -> (Vec<String>, Vec<&'static str>) {
        let mut random = self.random(Facet::Tags, index);
        let mut keywords = Vec::new();
        for _ in 0..random.below(6) {
            let keyword = self.vocabulary.by_rank(self.keywords.rank(&mut random)).to_owned();
            if !keywords.contains(&keyword) {
                keywords.push(keyword);
            }
        }
        let mut slugs = Vec::new();
        for _ in 0..random.below(3) {
            let slug = random.pick(&CATEGORIES).0;
            if !slugs.contains(&slug) {
                slugs.push(slug);
            }
        }
        (keywords, slugs)
    }
}

/// Names that are all different, also where `-` and `_` count as the same.
fn names(seed: u64, crates: usize, vocabulary: &Vocabulary) -> Vec<String> {
    let mut taken = HashSet::with_capacity(crates);
    let mut names = Vec::with_capacity(crates);
    let mut random = Random::of(seed, Facet::Name, 0);
    while names.len() < crates {
        let name = name(&mut random, vocabulary);
        if taken.insert(name.replace('-', "_")) {
            names.push(name);
        }
    }
    names
}

fn name(random: &mut Random, vocabulary: &Vocabulary) -> String {
    let separator = if random.percent(65) { "-" } else { "_" };
    let first = vocabulary.rare_word(random);
    match random.below(100) {
        0..8 => first.to_owned(),
        8..45 => [first, Vocabulary::real_word(random)].join(separator),
        45..60 => [Vocabulary::real_word(random), vocabulary.word(random)].join(separator),
        60..85 => [vocabulary.word(random), Vocabulary::real_word(random), vocabulary.word(random)].join(separator),
        _ => [first, Vocabulary::real_word(random), Vocabulary::real_word(random)].join(separator),
    }
}

//! The vocabulary: a head of real words and a long tail of made-up ones.

use std::collections::HashSet;

use crate::random::{Facet, Random, Zipf};

/// How many words there are.
const WORDS: usize = 20_000;

/// The words that begin the vocabulary, and of which many names are made.
const HEAD: [&str; 158] = [
    "async", "parser", "client", "json", "http", "config", "server", "macro", "derive", "error", "log", "stream",
    "buffer", "cache", "token", "crypto", "hash", "tree", "graph", "matrix", "vector", "image", "audio", "video",
    "codec", "wasm", "web", "socket", "proxy", "router", "queue", "task", "worker", "pool", "thread", "atomic", "lock",
    "channel", "event", "signal", "timer", "clock", "date", "locale", "unicode", "string", "regex", "lexer", "syntax",
    "compiler", "linker", "binary", "encoder", "decoder", "format", "table", "index", "search", "query", "sql",
    "store", "disk", "file", "path", "glob", "watch", "shell", "terminal", "color", "prompt", "cli", "gui", "widget",
    "window", "canvas", "render", "shader", "mesh", "physics", "game", "engine", "entity", "scene", "sound", "midi",
    "font", "layout", "style", "theme", "template", "markdown", "html", "css", "xml", "yaml", "toml", "csv", "pdf",
    "zip", "tar", "archive", "backup", "sync", "diff", "patch", "merge", "version", "package", "registry", "plugin",
    "hook", "bridge", "adapter", "driver", "kernel", "embedded", "sensor", "gpio", "serial", "usb", "modbus", "radio",
    "network", "packet", "dns", "tls", "ssh", "auth", "session", "cookie", "secret", "vault", "key", "sign", "verify",
    "ledger", "wallet", "trade", "market", "finance", "stats", "random", "noise", "neural", "model", "tensor", "bayes",
    "genome", "protein", "map", "geo", "tile", "route", "mail", "chat", "feed", "rpc", "proto",
];

/// Words that every text is full of and no search asks for.
const FILLERS: [&str; 24] = [
    "the", "a", "of", "and", "for", "with", "in", "to", "is", "that", "it", "on", "by", "from", "an", "as", "this",
    "are", "be", "or", "not", "into", "at", "your",
];

const ONSETS: [&str; 20] =
    ["b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "tr", "st", "pl"];
const VOWELS: [&str; 7] = ["a", "e", "i", "o", "u", "ea", "io"];
const CODAS: [&str; 8] = ["", "", "", "n", "r", "x", "l", "sk"];

/// All words by rank.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    words: Vec<String>,
    ranks: Zipf,
}

impl Vocabulary {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::of(seed, Facet::Name, u64::MAX);
        let mut words: Vec<String> = HEAD.into_iter().map(str::to_owned).collect();
        let mut seen: HashSet<String> = words.iter().cloned().collect();
        while words.len() < WORDS {
            let word = made_up(&mut random);
            if seen.insert(word.clone()) {
                words.push(word);
            }
        }
        Self { words, ranks: Zipf::new(WORDS, 10) }
    }

    /// A word, an early one more often.
    pub(crate) fn word(&self, random: &mut Random) -> &str {
        &self.words[self.ranks.rank(random)]
    }

    /// The word at a place.
    pub(crate) fn by_rank(&self, rank: usize) -> &str {
        &self.words[rank]
    }

    /// A made-up word, any as often as another.
    pub(crate) fn rare_word(&self, random: &mut Random) -> &str {
        random.pick::<String>(&self.words[HEAD.len()..])
    }

    /// A real word, any as often as another.
    pub(crate) fn real_word(random: &mut Random) -> &'static str {
        random.pick::<&'static str>(&HEAD)
    }

    /// A word that carries no meaning.
    pub(crate) fn filler(random: &mut Random) -> &'static str {
        random.pick::<&'static str>(&FILLERS)
    }

    /// Whether a word is worth searching for.
    pub(crate) fn is_telling(word: &str) -> bool {
        !FILLERS.contains(&word)
    }
}

/// A word of two or three syllables and at least four letters.
fn made_up(random: &mut Random) -> String {
    let syllables = 2 + random.below(2);
    let syllable = |random: &mut Random| [*random.pick(&ONSETS), *random.pick(&VOWELS), *random.pick(&CODAS)].concat();
    (0..syllables).map(|_| syllable(random)).collect()
}

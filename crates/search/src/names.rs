//! Crate names and their parts.

/// The longest name that is sought, in characters: no crate has a longer one, and the work grows with the length.
pub(crate) const MAX_CHARS: usize = 64;

/// How many characters of a word are a term of their own, so that short beginnings need no walk through all words.
pub(crate) const START_CHARS: usize = 3;

/// Lower case, with `-` as `_`: the form in which names are compared.
pub(crate) fn canonical(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// The words between the `_` of a canonical name.
pub(crate) fn words(canonical: &str) -> impl Iterator<Item = &str> {
    canonical.split('_').filter(|word| !word.is_empty())
}

/// The first one, two and three characters of `word`.
pub(crate) fn starts(word: &str) -> impl Iterator<Item = &str> {
    word.char_indices().take(START_CHARS).map(|(at, char)| &word[..at + char.len_utf8()])
}

/// Every three characters in a row, with the number of characters before them.
pub(crate) fn trigrams(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = text.char_indices().skip(2).map(|(at, char)| at + char.len_utf8());
    text.char_indices().zip(ends).enumerate().map(|(position, ((from, _), to))| (position, &text[from..to]))
}

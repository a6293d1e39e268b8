//! English texts as the words they are found by.

use tantivy::tokenizer::{
    Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
};

/// The name of the analyzer in the schema.
pub(crate) const NAME: &str = "english";

/// Longer words are left out, in bytes: they are hashes and pictures, not words.
const MAX_WORD_BYTES: usize = 40;

/// The words PostgreSQL's English dictionary leaves out, so that the same texts find nothing.
const STOP_WORDS: &str = "i me my myself we our ours ourselves you your yours yourself yourselves he him his himself \
    she her hers herself it its itself they them their theirs themselves what which who whom this that these those am \
    is are was were be been being have has had having do does did doing a an the and but if or because as until while \
    of at by for with about against between into through during before after above below to from up down in out on \
    off over under again further then once here there when where why how all any both each few more most other some \
    such no nor not only own same so than too very s t can will just don should now";

/// Splits at everything but letters and digits, leaves stop words out and reduces the others to their stems.
pub(crate) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(MAX_WORD_BYTES))
        .filter(LowerCaser)
        .filter(StopWordFilter::remove(STOP_WORDS.split(' ').map(str::to_owned)))
        .filter(Stemmer::new(Language::English))
        .build()
}

/// The first `limit` different words of `text`.
pub(crate) fn words(text: &str, limit: usize) -> Vec<String> {
    let mut analyzer = analyzer();
    let mut stream = analyzer.token_stream(text);
    let mut words: Vec<String> = Vec::new();
    while words.len() < limit && stream.advance() {
        let word = &stream.token().text;
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
    words
}

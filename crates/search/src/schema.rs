//! The fields of the index.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};

/// Names the folder of the index: raise it with every change of the schema, and the index is built anew.
pub(crate) const VERSION: &str = "v1";

pub(crate) struct Fields {
    pub(crate) id: Field,
    /// The stored spelling, for sorting.
    pub(crate) name: Field,
    /// The canonical name as one term, for exact and prefix matches.
    pub(crate) canonical: Field,
    /// The words of the name.
    pub(crate) words: Field,
    pub(crate) keywords: Field,
    pub(crate) description: Field,
    pub(crate) readme: Field,
    pub(crate) downloads: Field,
}

pub(crate) fn build() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let english = TextFieldIndexing::default().set_tokenizer("en_stem").set_index_option(IndexRecordOption::WithFreqs);
    let text = || TextOptions::default().set_indexing_options(english.clone());
    let fields = Fields {
        id: schema.add_i64_field("id", INDEXED | STORED),
        name: schema.add_text_field("name", TextOptions::default().set_fast("raw")),
        canonical: schema.add_text_field("canonical", STRING),
        words: schema.add_text_field("words", text()),
        keywords: schema.add_text_field("keywords", text()),
        description: schema.add_text_field("description", text()),
        readme: schema.add_text_field("readme", text()),
        downloads: schema.add_u64_field("downloads", FAST),
    };
    (schema.build(), fields)
}

/// Lower case, with `-` as `_`: the form in which names are compared.
pub(crate) fn canonical(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

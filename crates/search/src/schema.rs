//! The fields of the index.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, STRING, Schema, SchemaBuilder, TextFieldIndexing,
    TextOptions,
};

use crate::english;

/// Names the folder of the index: raise it with every change of the schema, and the index is built anew.
pub(crate) const VERSION: &str = "v2";

/// The names of the columns, which are read per document.
pub(crate) const ID: &str = "id";
pub(crate) const NAME: &str = "name";
pub(crate) const CANONICAL: &str = "canonical";
pub(crate) const DOWNLOADS: &str = "downloads";
pub(crate) const RECENT_DOWNLOADS: &str = "recent_downloads";
pub(crate) const PRIOR: &str = "prior";
pub(crate) const CREATED_AT: &str = "created_at";
pub(crate) const UPDATED_AT: &str = "updated_at";

#[derive(Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    /// The stored spelling as one term, also a column to sort by.
    pub(crate) name: Field,
    /// The canonical name as one term, also a column to check patterns against.
    pub(crate) canonical: Field,
    /// The first character of the canonical name.
    pub(crate) letter: Field,
    /// Every three characters in a row of the canonical name, with their positions.
    pub(crate) trigrams: Field,
    /// The words of the canonical name, as they are.
    pub(crate) words: Field,
    /// The first one to three characters of the words of the canonical name.
    pub(crate) starts: Field,
    /// The words of the name as English.
    pub(crate) name_text: Field,
    /// The words of the keywords as English.
    pub(crate) keyword_text: Field,
    pub(crate) description: Field,
    pub(crate) readme: Field,
    /// The keywords in lower case, each as one term.
    pub(crate) keyword: Field,
    pub(crate) has_keywords: Field,
    /// The categories and those above them, each as one term.
    pub(crate) category: Field,
    pub(crate) owner: Field,
    pub(crate) team: Field,
    pub(crate) is_yanked: Field,
    pub(crate) downloads: Field,
    pub(crate) recent_downloads: Field,
    /// What the score of the crate is multiplied with.
    pub(crate) prior: Field,
    pub(crate) created_at: Field,
    pub(crate) updated_at: Field,
}

pub(crate) fn build() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let column = |schema: &mut SchemaBuilder, name| schema.add_i64_field(name, FAST);
    let flag = || NumericOptions::default().set_indexed();
    let fields = Fields {
        id: schema.add_i64_field(ID, INDEXED | FAST),
        name: schema.add_text_field(NAME, STRING.set_fast("raw")),
        canonical: schema.add_text_field(CANONICAL, STRING.set_fast("raw")),
        letter: schema.add_text_field("letter", STRING),
        trigrams: schema.add_text_field("trigrams", with_positions()),
        words: schema.add_text_field("words", STRING),
        starts: schema.add_text_field("starts", STRING),
        name_text: schema.add_text_field("name_text", english()),
        keyword_text: schema.add_text_field("keyword_text", english()),
        description: schema.add_text_field("description", english().set_stored()),
        readme: schema.add_text_field("readme", english()),
        keyword: schema.add_text_field("keyword", STRING),
        has_keywords: schema.add_bool_field("has_keywords", flag()),
        category: schema.add_text_field("category", STRING),
        owner: schema.add_i64_field("owner", INDEXED),
        team: schema.add_i64_field("team", INDEXED),
        is_yanked: schema.add_bool_field("is_yanked", flag()),
        downloads: column(&mut schema, DOWNLOADS),
        recent_downloads: column(&mut schema, RECENT_DOWNLOADS),
        prior: schema.add_f64_field(PRIOR, FAST),
        created_at: column(&mut schema, CREATED_AT),
        updated_at: column(&mut schema, UPDATED_AT),
    };
    (schema.build(), fields)
}

fn english() -> TextOptions {
    let indexing =
        TextFieldIndexing::default().set_tokenizer(english::NAME).set_index_option(IndexRecordOption::WithFreqs);
    TextOptions::default().set_indexing_options(indexing)
}

fn with_positions() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    TextOptions::default().set_indexing_options(indexing)
}

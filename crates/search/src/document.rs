//! A crate as the index knows it.

use std::collections::BTreeSet;

use tantivy::TantivyDocument;
use tantivy::tokenizer::{PreTokenizedString, Token};

use crate::names;
use crate::schema::Fields;

/// How much the downloads count against the match of a text.
const POPULARITY: f64 = 0.15;

/// A crate as the index knows it.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The crate's id.
    pub id: i64,
    /// The stored name.
    pub name: String,
    /// The description.
    pub description: String,
    /// The keywords.
    pub keywords: Vec<String>,
    /// The full slugs of the categories, such as `development-tools::testing`.
    pub categories: Vec<String>,
    /// The readme's source.
    pub readme: String,
    /// The ids of the users who own the crate.
    pub owners: Vec<i64>,
    /// The ids of the teams that own the crate.
    pub teams: Vec<i64>,
    /// All downloads.
    pub downloads: i64,
    /// The downloads of the last 90 days, if they were counted.
    pub recent_downloads: Option<i64>,
    /// When the crate was first published, in Unix microseconds.
    pub created_at: i64,
    /// When the crate last changed, in Unix microseconds.
    pub updated_at: i64,
    /// Whether all versions are yanked.
    pub is_yanked: bool,
}

impl Document {
    pub(crate) fn to_tantivy(&self, fields: &Fields) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_i64(fields.id, self.id);
        self.add_name(fields, &mut document);
        self.add_texts(fields, &mut document);
        self.add_filters(fields, &mut document);
        document.add_i64(fields.downloads, self.downloads);
        if let Some(recent_downloads) = self.recent_downloads {
            document.add_i64(fields.recent_downloads, recent_downloads);
        }
        document.add_f64(fields.prior, prior(self.recent_downloads.unwrap_or(self.downloads)));
        document.add_i64(fields.created_at, self.created_at);
        document.add_i64(fields.updated_at, self.updated_at);
        document
    }

    fn add_name(&self, fields: &Fields, document: &mut TantivyDocument) {
        let canonical = names::canonical(&self.name);
        document.add_text(fields.name, &self.name);
        document.add_text(fields.canonical, &canonical);
        if let Some(letter) = canonical.chars().next() {
            document.add_text(fields.letter, letter.to_string());
        }
        document.add_pre_tokenized_text(fields.trigrams, trigrams(&canonical));
        let words: BTreeSet<_> = names::words(&canonical).collect();
        let starts: BTreeSet<_> = words.iter().flat_map(|word| names::starts(word)).collect();
        for word in words {
            document.add_text(fields.words, word);
        }
        for start in starts {
            document.add_text(fields.starts, start);
        }
    }

    fn add_texts(&self, fields: &Fields, document: &mut TantivyDocument) {
        document.add_text(fields.name_text, &self.name);
        document.add_text(fields.keyword_text, self.keywords.join(" "));
        document.add_text(fields.description, &self.description);
        document.add_text(fields.readme, &self.readme);
    }

    fn add_filters(&self, fields: &Fields, document: &mut TantivyDocument) {
        for keyword in &self.keywords {
            document.add_text(fields.keyword, keyword.to_lowercase());
        }
        document.add_bool(fields.has_keywords, !self.keywords.is_empty());
        let slugs: BTreeSet<_> = self.categories.iter().flat_map(|slug| with_parents(slug)).collect();
        for slug in slugs {
            document.add_text(fields.category, slug);
        }
        for id in &self.owners {
            document.add_i64(fields.owner, *id);
        }
        for id in &self.teams {
            document.add_i64(fields.team, *id);
        }
        document.add_bool(fields.is_yanked, self.is_yanked);
    }
}

/// What the score of a crate downloaded that often is multiplied with.
fn prior(downloads: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a ranking does not need the last digit")]
    let downloads = downloads.max(0) as f64;
    1.0 + POPULARITY * downloads.ln_1p()
}

/// A slug and those of the categories above it.
fn with_parents(slug: &str) -> impl Iterator<Item = &str> {
    slug.match_indices("::").map(|(end, _)| &slug[..end]).chain([slug])
}

fn trigrams(canonical: &str) -> PreTokenizedString {
    let tokens = names::trigrams(canonical)
        .map(|(position, text)| Token { position, text: text.to_owned(), ..Token::default() })
        .collect();
    PreTokenizedString { text: canonical.to_owned(), tokens }
}

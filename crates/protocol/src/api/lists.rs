//! Keywords, categories, the front page and suggestions.

use serde::Serialize;
use utoipa::ToSchema;

use super::Crate;
use crate::Timestamp;

/// How many there are altogether.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Total {
    /// The number.
    pub total: i64,
}

/// A keyword (contract §3.5).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Keyword {
    /// The keyword.
    pub id: String,
    /// The keyword.
    pub keyword: String,
    /// When it was first used.
    pub created_at: Timestamp,
    /// How many crates have it.
    pub crates_cnt: i64,
}

/// A page of keywords.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Keywords {
    /// The keywords of this page.
    pub keywords: Vec<Keyword>,
    /// How many there are; 0 on an empty page.
    pub meta: Total,
}

/// One keyword.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeywordFound {
    /// The keyword.
    pub keyword: Keyword,
}

/// A category (contract §3.5).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Category {
    /// The full slug.
    pub id: String,
    /// The last part of the display name.
    pub category: String,
    /// The full slug.
    pub slug: String,
    /// What belongs into it.
    pub description: String,
    /// When it came into being.
    pub created_at: Timestamp,
    /// How many crates are in it; with or without those of its sub-categories, depending on where it is shown.
    pub crates_cnt: i64,
}

/// A page of top-level categories.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Categories {
    /// The categories of this page.
    pub categories: Vec<Category>,
    /// How many top-level categories there are.
    pub meta: Total,
}

/// A category among its kin.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SingleCategory {
    /// The category.
    #[serde(flatten)]
    pub category: Category,
    /// Its direct sub-categories.
    pub subcategories: Vec<Category>,
    /// The categories it is in, the top-level one first.
    pub parent_categories: Vec<Category>,
}

/// One category.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategoryFound {
    /// The category.
    pub category: SingleCategory,
}

/// A category as manifests name it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategorySlug {
    /// The full slug.
    pub id: String,
    /// The full slug.
    pub slug: String,
    /// What belongs into it.
    pub description: String,
}

/// All categories as manifests name them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategorySlugs {
    /// By slug.
    pub category_slugs: Vec<CategorySlug>,
}

/// The front page of the registry (contract §5.13).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Summary {
    /// All downloads there ever were.
    pub num_downloads: i64,
    /// How many crates there are.
    pub num_crates: i64,
    /// The latest crates.
    pub new_crates: Vec<Crate>,
    /// The most downloaded crates.
    pub most_downloaded: Vec<Crate>,
    /// The most downloaded crates of the last 90 days.
    pub most_recently_downloaded: Vec<Crate>,
    /// The latest updates.
    pub just_updated: Vec<Crate>,
    /// The most used keywords.
    pub popular_keywords: Vec<Keyword>,
    /// The most used top-level categories.
    pub popular_categories: Vec<Category>,
}

/// What runs here (contract §5.14).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiteMetadata {
    /// The commit this server was built from, or `unknown`.
    pub deployed_sha: String,
    /// The commit this server was built from, or `unknown`.
    pub commit: String,
    /// The address of the host that serves files, or nothing if it is this one.
    pub cdn_base: String,
    /// Whether nothing can be changed at the moment.
    pub read_only: bool,
    /// What the operator wants everybody to know.
    #[schema(required)]
    pub banner_message: Option<String>,
}

/// A crate that somebody may be typing the name of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// The name.
    pub name: String,
    /// What it is for.
    #[schema(required)]
    pub description: Option<String>,
    /// Downloads of the last 90 days.
    pub recent_downloads: i64,
}

/// Crates whose names begin like what was typed. Not part of the reference server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// The best guess first.
    pub suggestions: Vec<Suggestion>,
}

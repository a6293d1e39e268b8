//! Categories: the configured set, how often each is used, and which crate is in which.

use std::collections::{BTreeMap, BTreeSet};

use cargohold_protocol::Timestamp;

use crate::dialect::{Sql, among_ids};
use crate::{Result, Tx};

/// A category.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Category {
    /// The full slug, such as `development-tools::testing`.
    pub slug: String,
    /// The full display name, such as `Development tools::Testing`.
    pub name: String,
    /// What belongs into it.
    pub description: String,
    /// When it came into being, in Unix microseconds.
    pub created_at: i64,
    /// How many crates are in exactly this category.
    pub crates_cnt: i64,
}

/// Makes the given categories, as slug, name and description, the ones there are. One that is left out disappears, from its
/// crates too.
///
/// # Errors
/// When the database fails.
pub async fn sync(tx: &mut Tx, wanted: &[(&str, &str, &str)], now: Timestamp) -> Result<()> {
    let wanted: BTreeMap<&str, (&str, &str)> =
        wanted.iter().map(|(slug, name, description)| (*slug, (*name, *description))).collect();
    let before: BTreeSet<String> = list(tx).await?.into_iter().map(|category| category.slug).collect();
    // In alphabetical order, so that a publish and this cannot wait for each other.
    for (slug, (name, description)) in &wanted {
        tx.query(
            "INSERT INTO categories (slug, name, description, created_at, crates_cnt) VALUES ($1, $2, $3, $4, \
                (SELECT COUNT(*) FROM crate_categories WHERE slug = $1)) \
             ON CONFLICT (slug) DO UPDATE SET name = excluded.name, description = excluded.description",
        )
        .bind(*slug)
        .bind(*name)
        .bind(*description)
        .bind(now)
        .execute()
        .await?;
    }
    for gone in before.iter().filter(|slug| !wanted.contains_key(slug.as_str())) {
        tx.query("DELETE FROM categories WHERE slug = $1").bind(gone.as_str()).execute().await?;
    }
    tx.query("DELETE FROM crate_categories WHERE slug NOT IN (SELECT slug FROM categories)").execute().await?;
    Ok(())
}

/// All categories by slug. There are about a hundred.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx) -> Result<Vec<Category>> {
    tx.query("SELECT slug, name, description, created_at, crates_cnt FROM categories ORDER BY slug").fetch_all().await
}

/// The categories of a crate by slug.
///
/// # Errors
/// When the database fails.
pub async fn list_of_crate(tx: &mut Tx, crate_id: i64) -> Result<Vec<Category>> {
    tx.query(
        "SELECT c.slug, c.name, c.description, c.created_at, c.crates_cnt \
         FROM crate_categories m JOIN categories c ON c.slug = m.slug WHERE m.crate_id = $1 ORDER BY c.slug",
    )
    .bind(crate_id)
    .fetch_all()
    .await
}

/// Every category slug of these crates, each with the crate's id.
///
/// # Errors
/// When the database fails.
pub async fn list_of_crates(tx: &mut Tx, crate_ids: &[i64]) -> Result<Vec<(i64, String)>> {
    const SQL: Sql = among_ids!("SELECT crate_id, slug FROM crate_categories WHERE crate_id IN ", "");
    tx.query_pair(SQL).bind(serde_json::to_string(crate_ids)?).fetch_all().await
}

/// Makes these the crate's categories; the counters follow. A slug that is no category's is passed over.
///
/// # Errors
/// When the database fails.
pub async fn set_of_crate(tx: &mut Tx, crate_id: i64, slugs: &BTreeSet<String>) -> Result<()> {
    let before: BTreeSet<String> = list_of_crates(tx, &[crate_id]).await?.into_iter().map(|(_, slug)| slug).collect();
    // In alphabetical order, so that two publishes cannot wait for each other.
    for slug in before.symmetric_difference(slugs) {
        if before.contains(slug) {
            let count = "UPDATE categories SET crates_cnt = crates_cnt - 1 WHERE slug = $1";
            tx.query(count).bind(slug.as_str()).execute().await?;
            let leave = "DELETE FROM crate_categories WHERE crate_id = $1 AND slug = $2";
            tx.query(leave).bind(crate_id).bind(slug.as_str()).execute().await?;
            continue;
        }
        let count = "UPDATE categories SET crates_cnt = crates_cnt + 1 WHERE slug = $1";
        if tx.query(count).bind(slug.as_str()).execute().await? == 1 {
            let enter = "INSERT INTO crate_categories (crate_id, slug) VALUES ($1, $2)";
            tx.query(enter).bind(crate_id).bind(slug.as_str()).execute().await?;
        }
    }
    Ok(())
}

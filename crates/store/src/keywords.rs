//! Keywords: how often each is used, and which crate has which.

use std::collections::BTreeSet;

use cargohold_protocol::Timestamp;

use crate::dialect::{Sql, among_ids};
use crate::{Result, Tx};

/// A keyword. It outlives its last crate.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Keyword {
    /// The keyword in lower case.
    pub keyword: String,
    /// When it was first used, in Unix microseconds.
    pub created_at: i64,
    /// How many crates have it.
    pub crates_cnt: i64,
}

/// The order of a list of keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By keyword.
    Alphabetical,
    /// The most used first.
    Crates,
}

/// One page of keywords.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, order: Order, offset: i64, limit: i64) -> Result<Vec<Keyword>> {
    let sql = match order {
        Order::Alphabetical => {
            "SELECT keyword, created_at, crates_cnt FROM keywords ORDER BY keyword LIMIT $1 + 0 OFFSET $2"
        }
        Order::Crates => {
            "SELECT keyword, created_at, crates_cnt FROM keywords ORDER BY crates_cnt DESC, id DESC LIMIT $1 + 0 OFFSET $2"
        }
    };
    tx.query(sql).bind(limit).bind(offset).fetch_all().await
}

/// How many keywords there are.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM keywords").fetch_one().await?;
    Ok(count)
}

/// This keyword, in lower case.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, keyword: &str) -> Result<Option<Keyword>> {
    tx.query("SELECT keyword, created_at, crates_cnt FROM keywords WHERE keyword = $1")
        .bind(keyword)
        .fetch_optional()
        .await
}

/// The keywords of a crate in alphabetical order.
///
/// # Errors
/// When the database fails.
pub async fn list_of_crate(tx: &mut Tx, crate_id: i64) -> Result<Vec<Keyword>> {
    tx.query(
        "SELECT k.keyword, k.created_at, k.crates_cnt FROM crate_keywords c JOIN keywords k ON k.keyword = c.keyword \
         WHERE c.crate_id = $1 ORDER BY k.keyword",
    )
    .bind(crate_id)
    .fetch_all()
    .await
}

/// Every keyword of these crates, each with the crate's id.
///
/// # Errors
/// When the database fails.
pub async fn list_of_crates(tx: &mut Tx, crate_ids: &[i64]) -> Result<Vec<(i64, String)>> {
    const SQL: Sql = among_ids!("SELECT crate_id, keyword FROM crate_keywords WHERE crate_id IN ", "");
    tx.query_pair(SQL).bind(serde_json::to_string(crate_ids)?).fetch_all().await
}

/// Makes these the crate's keywords. New ones come into being; the counters follow.
///
/// # Errors
/// When the database fails.
pub async fn set_of_crate(tx: &mut Tx, crate_id: i64, keywords: &BTreeSet<String>, now: Timestamp) -> Result<()> {
    let before: BTreeSet<String> =
        list_of_crate(tx, crate_id).await?.into_iter().map(|keyword| keyword.keyword).collect();
    // In alphabetical order, so that two publishes cannot wait for each other.
    for keyword in before.union(keywords) {
        match (before.contains(keyword), keywords.contains(keyword)) {
            (false, true) => add(tx, crate_id, keyword, now).await?,
            (true, false) => remove(tx, crate_id, keyword).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn add(tx: &mut Tx, crate_id: i64, keyword: &str, now: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO keywords (keyword, created_at, crates_cnt) VALUES ($1, $2, 1) \
         ON CONFLICT (keyword) DO UPDATE SET crates_cnt = keywords.crates_cnt + 1",
    )
    .bind(keyword)
    .bind(now)
    .execute()
    .await?;
    let insert = "INSERT INTO crate_keywords (crate_id, keyword) VALUES ($1, $2)";
    tx.query(insert).bind(crate_id).bind(keyword).execute().await?;
    Ok(())
}

async fn remove(tx: &mut Tx, crate_id: i64, keyword: &str) -> Result<()> {
    tx.query("UPDATE keywords SET crates_cnt = crates_cnt - 1 WHERE keyword = $1").bind(keyword).execute().await?;
    let delete = "DELETE FROM crate_keywords WHERE crate_id = $1 AND keyword = $2";
    tx.query(delete).bind(crate_id).bind(keyword).execute().await?;
    Ok(())
}

//! Token buckets: per user and action (contract part 2, §10), and per login or address for those who are nobody yet.

use std::time::Duration;

use cargohold_protocol::Timestamp;

use crate::{Result, Tx};

/// How much of an action a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How often at once.
    pub burst: i64,
    /// How long until one more is allowed.
    pub interval: Duration,
}

/// Whether an attempt is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is, and was counted.
    Allowed,
    /// It is not, and was not counted; the next one will be from this instant on.
    RetryAt(Timestamp),
}

/// Counts an attempt of a user. Exactly `burst` immediate attempts pass, or as many as an override says; a refused one costs
/// nothing.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, user_id: i64, action: &str, rate: Rate, now: Timestamp) -> Result<Verdict> {
    let burst = find_override(tx, user_id, action, now).await?.unwrap_or(rate.burst);
    let is_first = tx
        .query(
            "INSERT INTO rate_buckets (user_id, action, tokens, last_refill_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(user_id)
        .bind(action)
        .bind(burst)
        .bind(now)
        .execute()
        .await?
        == 1;
    // An update that changes nothing locks the row on PostgreSQL, so that parallel attempts are counted one by one.
    let bucket: Bucket = tx
        .query(
            "UPDATE rate_buckets SET tokens = tokens WHERE user_id = $1 AND action = $2 \
             RETURNING tokens, last_refill_at",
        )
        .bind(user_id)
        .bind(action)
        .fetch_one()
        .await?;
    let bucket = bucket.spend(is_first, Rate { burst, ..rate }, now);
    tx.query("UPDATE rate_buckets SET tokens = $1, last_refill_at = $2 WHERE user_id = $3 AND action = $4")
        .bind(bucket.tokens)
        .bind(bucket.last_refill_at)
        .bind(user_id)
        .bind(action)
        .execute()
        .await?;
    Ok(bucket.verdict(rate))
}

/// What [`take`] would say, without counting anything: whoever may do nothing now is refused without a write.
///
/// # Errors
/// When the database fails.
pub async fn look(tx: &mut Tx, user_id: i64, action: &str, rate: Rate, now: Timestamp) -> Result<Verdict> {
    let burst = find_override(tx, user_id, action, now).await?.unwrap_or(rate.burst);
    let bucket = tx
        .query("SELECT tokens, last_refill_at FROM rate_buckets WHERE user_id = $1 AND action = $2")
        .bind(user_id)
        .bind(action)
        .fetch_optional()
        .await?;
    Ok(verdict_on(bucket, Rate { burst, ..rate }, now))
}

/// What [`take_stranger`] would say, without counting anything.
///
/// # Errors
/// When the database fails.
pub async fn look_at_stranger(
    tx: &mut Tx,
    stranger: &str,
    action: &str,
    rate: Rate,
    now: Timestamp,
) -> Result<Verdict> {
    let bucket = tx
        .query("SELECT tokens, last_refill_at FROM stranger_buckets WHERE stranger = $1 AND action = $2")
        .bind(stranger)
        .bind(action)
        .fetch_optional()
        .await?;
    Ok(verdict_on(bucket, rate, now))
}

/// Whether the next attempt is allowed, after those that led to this bucket; without a bucket there were none.
fn verdict_on(bucket: Option<Bucket>, rate: Rate, now: Timestamp) -> Verdict {
    let bucket =
        bucket.map_or_else(|| Bucket::full(rate, now).spend(true, rate, now), |bucket| bucket.spend(false, rate, now));
    bucket.verdict(rate)
}

/// Counts an attempt of somebody who is nobody yet, as [`take`] does.
///
/// # Errors
/// When the database fails.
pub async fn take_stranger(tx: &mut Tx, stranger: &str, action: &str, rate: Rate, now: Timestamp) -> Result<Verdict> {
    let is_first = tx
        .query(
            "INSERT INTO stranger_buckets (stranger, action, tokens, last_refill_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(stranger)
        .bind(action)
        .bind(rate.burst)
        .bind(now)
        .execute()
        .await?
        == 1;
    let bucket: Bucket = tx
        .query(
            "UPDATE stranger_buckets SET tokens = tokens WHERE stranger = $1 AND action = $2 \
             RETURNING tokens, last_refill_at",
        )
        .bind(stranger)
        .bind(action)
        .fetch_one()
        .await?;
    let bucket = bucket.spend(is_first, rate, now);
    tx.query("UPDATE stranger_buckets SET tokens = $1, last_refill_at = $2 WHERE stranger = $3 AND action = $4")
        .bind(bucket.tokens)
        .bind(bucket.last_refill_at)
        .bind(stranger)
        .bind(action)
        .execute()
        .await?;
    Ok(bucket.verdict(rate))
}

/// Forgets what strangers did long ago, which counts for nothing any more.
///
/// # Errors
/// When the database fails.
pub async fn forget_strangers(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM stranger_buckets WHERE last_refill_at < $1").bind(before).execute().await
}

/// What is left of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Bucket {
    tokens: i64,
    last_refill_at: i64,
}

impl Bucket {
    /// The bucket of somebody who has done nothing yet.
    #[must_use]
    pub fn full(rate: Rate, now: Timestamp) -> Self {
        Self { tokens: rate.burst, last_refill_at: now.micros() }
    }

    /// The bucket after an attempt, which costs nothing if it is the first, for which the bucket was made. A clock that was
    /// set back adds nothing, and takes nothing away.
    #[must_use]
    pub fn spend(&self, is_first: bool, rate: Rate, now: Timestamp) -> Self {
        let interval = i64::try_from(rate.interval.as_micros()).unwrap_or(i64::MAX).max(1);
        let added = ((now.micros() - self.last_refill_at) / interval).max(0);
        let spent = if is_first { self.tokens } else { (self.tokens - 1).max(0) };
        Self {
            tokens: spent.saturating_add(added).min(rate.burst),
            last_refill_at: self.last_refill_at.saturating_add(added.saturating_mul(interval)),
        }
    }

    /// Whether the attempt that led to this bucket is allowed.
    #[must_use]
    pub fn verdict(&self, rate: Rate) -> Verdict {
        match self.tokens {
            1.. => Verdict::Allowed,
            _ => Verdict::RetryAt(Timestamp::from_micros(self.last_refill_at).after(rate.interval)),
        }
    }
}

/// What a user may do more or less often than others.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Override {
    /// What it is about.
    pub action: String,
    /// How often at once.
    pub burst: i64,
    /// Until when, in Unix microseconds; for good if there is no value.
    pub expires_at: Option<i64>,
}

async fn find_override(tx: &mut Tx, user_id: i64, action: &str, now: Timestamp) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx
        .query(
            "SELECT burst FROM rate_overrides \
             WHERE user_id = $1 AND action = $2 AND (expires_at IS NULL OR expires_at > $3)",
        )
        .bind(user_id)
        .bind(action)
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.map(|(burst,)| burst))
}

/// Lets a user do something more or less often than others.
///
/// # Errors
/// When the database fails.
pub async fn set_override(tx: &mut Tx, user_id: i64, wanted: &Override) -> Result<()> {
    tx.query(
        "INSERT INTO rate_overrides (user_id, action, burst, expires_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (user_id, action) DO UPDATE SET burst = excluded.burst, expires_at = excluded.expires_at",
    )
    .bind(user_id)
    .bind(wanted.action.as_str())
    .bind(wanted.burst)
    .bind(wanted.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The overrides of a user, by action.
///
/// # Errors
/// When the database fails.
pub async fn list_overrides(tx: &mut Tx, user_id: i64) -> Result<Vec<Override>> {
    tx.query("SELECT action, burst, expires_at FROM rate_overrides WHERE user_id = $1 ORDER BY action")
        .bind(user_id)
        .fetch_all()
        .await
}

/// The overrides of everybody that are still good, each with its user's login, by login and action.
///
/// # Errors
/// When the database fails.
pub async fn list_all_overrides(tx: &mut Tx, now: Timestamp) -> Result<Vec<(String, String, i64, Option<i64>)>> {
    tx.query(
        "SELECT u.login, r.action, r.burst, r.expires_at FROM rate_overrides r JOIN users u ON u.id = r.user_id \
         WHERE r.expires_at IS NULL OR r.expires_at > $1 ORDER BY u.canonical_login, r.action",
    )
    .bind(now)
    .fetch_all()
    .await
}

/// Lets a user do something as often as others again. Answers whether there was an override.
///
/// # Errors
/// When the database fails.
pub async fn delete_override(tx: &mut Tx, user_id: i64, action: &str) -> Result<bool> {
    let rows = tx
        .query("DELETE FROM rate_overrides WHERE user_id = $1 AND action = $2")
        .bind(user_id)
        .bind(action)
        .execute()
        .await?;
    Ok(rows == 1)
}

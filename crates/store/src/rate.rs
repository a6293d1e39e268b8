//! Token buckets per user and action (contract §1.9).

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

/// Counts an attempt. Exactly `burst` immediate attempts pass; a refused one costs nothing.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, user_id: i64, action: &str, rate: Rate, now: Timestamp) -> Result<Verdict> {
    let is_first = tx
        .query(
            "INSERT INTO rate_buckets (user_id, action, tokens, last_refill_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(user_id)
        .bind(action)
        .bind(rate.burst)
        .bind(now)
        .execute()
        .await?
        == 1;
    // An update that changes nothing locks the row on PostgreSQL, so that parallel attempts are counted one by one.
    let (tokens, last_refill_at): (i64, i64) = tx
        .query(
            "UPDATE rate_buckets SET tokens = tokens WHERE user_id = $1 AND action = $2 \
             RETURNING tokens, last_refill_at",
        )
        .bind(user_id)
        .bind(action)
        .fetch_one()
        .await?;
    let interval = i64::try_from(rate.interval.as_micros()).unwrap_or(i64::MAX).max(1);
    let added = ((now.micros() - last_refill_at) / interval).max(0);
    let spent = if is_first { tokens } else { (tokens - 1).max(0) };
    let tokens = spent.saturating_add(added).min(rate.burst);
    let last_refill_at = last_refill_at.saturating_add(added.saturating_mul(interval));
    tx.query("UPDATE rate_buckets SET tokens = $1, last_refill_at = $2 WHERE user_id = $3 AND action = $4")
        .bind(tokens)
        .bind(last_refill_at)
        .bind(user_id)
        .bind(action)
        .execute()
        .await?;
    Ok(match tokens {
        1.. => Verdict::Allowed,
        _ => Verdict::RetryAt(Timestamp::from_micros(last_refill_at).after(rate.interval)),
    })
}

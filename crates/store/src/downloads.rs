//! Daily downloads, and how they get into the totals (contract §11.2).

use std::collections::BTreeMap;

use cargohold_protocol::{Day, Timestamp};

use crate::dialect::{ADD_DOWNLOADS, LOCK_CRATES, Sql, among_ids, from_triples};
use crate::{Result, Tx, changes};

/// Over how many days "recent" goes, today included.
pub const RECENT_DAYS: i64 = 90;

/// Adds downloads of one day, as pairs of version id and number. Versions that are gone are left out. From here to the
/// commit, whoever else counts downloads waits.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &mut Tx, day: Day, counts: &[(i64, i64)]) -> Result<()> {
    let mut sums = BTreeMap::<i64, i64>::new();
    for (version_id, more) in counts {
        *sums.entry(*version_id).or_default() += more;
    }
    if sums.is_empty() {
        return Ok(());
    }
    lock_totals(tx).await?;
    let counts: Vec<_> = sums.into_iter().collect();
    tx.query_pair(ADD_DOWNLOADS).bind(day).bind(serde_json::to_string(&counts)?).execute().await?;
    Ok(())
}

/// Makes everybody else who counts downloads wait until the transaction ends, and answers for which day the recent
/// downloads were last made. What is locked later comes in this order: crates, versions, daily counts, the change feed.
async fn lock_totals(tx: &mut Tx) -> Result<i64> {
    let (recent_day,): (i64,) = tx
        .query("UPDATE download_totals SET downloads = downloads WHERE id = 1 RETURNING recent_day")
        .fetch_one()
        .await?;
    Ok(recent_day)
}

/// The downloads of one version on one day.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DayCount {
    /// The version.
    pub version_id: i64,
    /// The day, counted from 1970-01-01.
    pub day: i64,
    /// How often it was downloaded.
    pub downloads: i64,
}

/// The downloads of these versions from `first` to `last`, both included, by day and then with higher ids first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, version_ids: &[i64], first: Day, last: Day) -> Result<Vec<DayCount>> {
    const SQL: Sql = among_ids!(
        "SELECT version_id, day, downloads FROM version_downloads WHERE version_id IN ",
        " AND day >= $2 AND day <= $3 ORDER BY day, version_id DESC"
    );
    let query = tx.query_pair(SQL).bind(serde_json::to_string(version_ids)?);
    query.bind(first).bind(last).fetch_all().await
}

/// All downloads there ever were.
///
/// # Errors
/// When the database fails.
pub async fn total(tx: &mut Tx) -> Result<i64> {
    let (total,): (i64,) = tx.query("SELECT downloads FROM download_totals WHERE id = 1").fetch_one().await?;
    Ok(total)
}

/// Takes up to `limit` daily counts into the totals of their versions, their crates and the registry, and answers how many
/// there were. Appends the crates to the change feed, so do nothing else in the same transaction.
///
/// # Errors
/// When the database fails.
pub async fn roll_up(tx: &mut Tx, today: Day, limit: i64, now: Timestamp) -> Result<usize> {
    lock_totals(tx).await?;
    let new: Vec<(i64, i64, i64, i64)> = tx
        .query(
            "SELECT d.version_id, d.day, d.downloads - d.counted, v.crate_id \
             FROM version_downloads d JOIN versions v ON v.id = d.version_id \
             WHERE d.downloads <> d.counted ORDER BY d.version_id, d.day LIMIT $1 + 0",
        )
        .bind(limit)
        .fetch_all()
        .await?;
    if new.is_empty() {
        return Ok(0);
    }
    let (mut of_versions, mut of_crates) = (BTreeMap::new(), BTreeMap::new());
    for (version_id, _, more, crate_id) in &new {
        *of_versions.entry(*version_id).or_default() += more;
        *of_crates.entry(*crate_id).or_default() += more;
    }
    let crate_ids: Vec<i64> = of_crates.keys().copied().collect();
    lock_crates(tx, &crate_ids).await?;
    let counted: Vec<_> = new.iter().map(|(version_id, day, more, _)| (*version_id, *day, *more)).collect();
    apply_triples(tx, COUNT_DAYS, &counted).await?;
    apply_triples(tx, COUNT_VERSIONS, &triples(&of_versions)).await?;
    apply_triples(tx, COUNT_CRATES, &triples(&of_crates)).await?;
    let more: i64 = of_crates.values().sum();
    tx.query("UPDATE download_totals SET downloads = downloads + $1 WHERE id = 1").bind(more).execute().await?;
    refresh_recent(tx, &crate_ids, today).await?;
    changes::append_many(tx, &crate_ids, now).await?;
    Ok(new.len())
}

const COUNT_DAYS: Sql = from_triples!(
    "UPDATE version_downloads SET counted = version_downloads.counted + n.c FROM ",
    " AS n WHERE version_downloads.version_id = n.a AND version_downloads.day = n.b"
);
const COUNT_VERSIONS: Sql =
    from_triples!("UPDATE versions SET downloads = versions.downloads + n.b FROM ", " AS n WHERE versions.id = n.a");
const COUNT_CRATES: Sql =
    from_triples!("UPDATE crates SET downloads = crates.downloads + n.b FROM ", " AS n WHERE crates.id = n.a");

fn triples(sums: &BTreeMap<i64, i64>) -> Vec<(i64, i64, i64)> {
    sums.iter().map(|(id, more)| (*id, *more, 0)).collect()
}

async fn apply_triples(tx: &mut Tx, sql: Sql, triples: &[(i64, i64, i64)]) -> Result<()> {
    tx.query_pair(sql).bind(serde_json::to_string(triples)?).execute().await?;
    Ok(())
}

/// Makes everybody else who changes these crates wait. In the order of their ids, so that nobody waits in a circle.
async fn lock_crates(tx: &mut Tx, ids: &[i64]) -> Result<()> {
    let _: Vec<(i64,)> = tx.query_pair(LOCK_CRATES).bind(serde_json::to_string(ids)?).fetch_all().await?;
    Ok(())
}

/// Sums up the recent downloads of these crates, and carries their totals to where they are sorted by.
async fn refresh_recent(tx: &mut Tx, crate_ids: &[i64], today: Day) -> Result<()> {
    const RECENT: Sql = among_ids!(
        "UPDATE crates SET recent_downloads = (SELECT CAST(SUM(d.downloads) AS BIGINT) \
            FROM versions v JOIN version_downloads d ON d.version_id = v.id \
            WHERE v.crate_id = crates.id AND d.day > $2) WHERE id IN ",
        ""
    );
    const SORTED_BY: Sql = among_ids!(
        "UPDATE reverse_dependencies SET downloads = \
            (SELECT downloads FROM crates WHERE id = reverse_dependencies.dependent_id) WHERE dependent_id IN ",
        ""
    );
    let ids = serde_json::to_string(crate_ids)?;
    tx.query_pair(RECENT).bind(ids.as_str()).bind(today.before(RECENT_DAYS)).execute().await?;
    tx.query_pair(SORTED_BY).bind(ids).execute().await?;
    Ok(())
}

/// Sums up anew the recent downloads of up to `limit` crates after the id `after` whose oldest days have dropped out of the window
/// since this was last done. Answers the last of them, from which to go on; `None` when it is done. Appends the crates to the
/// change feed, so do nothing else in the same transaction.
///
/// # Errors
/// When the database fails.
pub async fn move_window(tx: &mut Tx, today: Day, after: i64, limit: i64, now: Timestamp) -> Result<Option<i64>> {
    let last = lock_totals(tx).await?;
    if last >= today.number() {
        return Ok(None);
    }
    let dropped: Vec<(i64,)> = tx
        .query(
            "SELECT DISTINCT v.crate_id FROM version_downloads d JOIN versions v ON v.id = d.version_id \
             WHERE d.day > $1 AND d.day <= $2 AND v.crate_id > $3 ORDER BY v.crate_id LIMIT $4 + 0",
        )
        .bind(last - RECENT_DAYS)
        .bind(today.before(RECENT_DAYS))
        .bind(after)
        .bind(limit)
        .fetch_all()
        .await?;
    let crate_ids: Vec<i64> = dropped.into_iter().map(|(id,)| id).collect();
    lock_crates(tx, &crate_ids).await?;
    refresh_recent(tx, &crate_ids, today).await?;
    if crate_ids.is_empty() {
        tx.query("UPDATE download_totals SET recent_day = $1 WHERE id = 1").bind(today).execute().await?;
    }
    changes::append_many(tx, &crate_ids, now).await?;
    Ok(crate_ids.last().copied())
}

/// Notes that an access log is counted. Answers whether it was not before, by name or by contents.
///
/// # Errors
/// When the database fails.
pub async fn note_log(tx: &mut Tx, name: &str, cksum: &str, now: Timestamp) -> Result<bool> {
    let rows = tx
        .query("INSERT INTO access_logs (name, cksum, counted_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(name)
        .bind(cksum)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Whether an access log of these contents is counted, under whatever name.
///
/// # Errors
/// When the database fails.
pub async fn is_log_noted(tx: &mut Tx, cksum: &str) -> Result<bool> {
    let found: Option<(i64,)> =
        tx.query("SELECT CAST(1 AS BIGINT) FROM access_logs WHERE cksum = $1").bind(cksum).fetch_optional().await?;
    Ok(found.is_some())
}

/// The oldest day before `before` that has daily counts, if all of them are in the totals.
///
/// # Errors
/// When the database fails.
pub async fn find_finished_day(tx: &mut Tx, before: Day) -> Result<Option<Day>> {
    let row: Option<(i64,)> = tx
        .query("SELECT day FROM version_downloads WHERE day < $1 ORDER BY day LIMIT 1")
        .bind(before)
        .fetch_optional()
        .await?;
    let Some((day,)) = row else { return Ok(None) };
    let uncounted: Option<(i64,)> = tx
        .query("SELECT version_id FROM version_downloads WHERE day = $1 AND downloads <> counted LIMIT 1")
        .bind(day)
        .fetch_optional()
        .await?;
    Ok(uncounted.is_none().then_some(Day::from_number(day)))
}

/// All counts of a day as pairs of version id and downloads, by version.
///
/// # Errors
/// When the database fails.
pub async fn list_day(tx: &mut Tx, day: Day) -> Result<Vec<(i64, i64)>> {
    tx.query("SELECT version_id, downloads FROM version_downloads WHERE day = $1 ORDER BY version_id")
        .bind(day)
        .fetch_all()
        .await
}

/// Forgets the counts of a day. The totals keep them.
///
/// # Errors
/// When the database fails.
pub async fn delete_day(tx: &mut Tx, day: Day) -> Result<()> {
    tx.query("DELETE FROM version_downloads WHERE day = $1").bind(day).execute().await?;
    Ok(())
}

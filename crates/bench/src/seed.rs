//! Filling a registry.

use std::io::Write;
use std::time::{Duration, Instant};

use cargohold_protocol::Day;
use cargohold_store::bulk::{
    self, ActionRow, CrateCategoryRow, CrateKeywordRow, CrateRow, DependencyRow, DownloadsRow, OwnerRow, UserRow,
    VersionRow,
};
use cargohold_store::{Store, Tx, categories, changes};
use tokio::sync::mpsc::{Sender, channel};

use crate::batch::{Batch, Setting};
use crate::cli::{Database, SeedArgs};
use crate::universe::{CATEGORIES, Universe};
use crate::{Failure, say};

#[cfg(test)]
mod tests;

/// How many people there are.
const USERS: i64 = 400;

/// How many versions go into one transaction, or a few more.
const VERSIONS_A_BATCH: usize = 4000;

/// How many crates are finished in one transaction: each must stay below the half minute a statement has.
const CRATES_A_STEP: i64 = 5000;

/// A hash of a password that nobody knows.
const PASSWORD_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWtub3dzLWl0$c29tZXRoaW5nIHRoYXQgaGFzIG5vdCBiZWVuIGhhc2g";

pub(crate) async fn run(arguments: SeedArgs) -> Result<(), Failure> {
    if arguments.versions < arguments.crates {
        return Err(Failure::Refused("every crate has a version; give at least as many `--versions`".to_owned()));
    }
    let store = match &arguments.database {
        Database::Sqlite(path) => Store::open_sqlite(path).await?,
        Database::Postgres(url) => Store::open_postgres(url, 2).await?,
    };
    let outcome = fill(&store, &arguments).await;
    store.close().await;
    outcome
}

async fn fill(store: &Store, arguments: &SeedArgs) -> Result<(), Failure> {
    let start = Instant::now();
    let setting = begin(store, arguments).await?;
    let universe = Universe::new(arguments.seed, arguments.crates);
    let versions = arguments.versions;
    let (sender, mut batches) = channel(2);
    let maker = tokio::task::spawn_blocking(move || make_batches(&universe, setting, versions, &sender));
    let (mut crates, mut rows, mut last_word) = (0, 0, Instant::now());
    while let Some(batch) = batches.recv().await {
        insert(store, &batch).await?;
        crates += batch.crates.len();
        rows += batch.rows();
        if last_word.elapsed() > Duration::from_secs(10) {
            last_word = Instant::now();
            _ = writeln!(std::io::stderr(), "{crates} crates, {rows} rows after {:.0?}", start.elapsed());
        }
    }
    maker.await??;
    let filled = start.elapsed();
    let per_second = rows as u128 * 1000 / filled.as_millis().max(1);
    say(&format!("{crates} crates with {versions} versions: {rows} rows in {filled:.1?}, {per_second} a second"))?;
    let filled = Instant::now();
    finish(store, arguments).await?;
    say(&format!("counters, reverse dependencies and change feed: {:.1?}", filled.elapsed()))?;
    say(&format!("done in {:.1?}", start.elapsed()))
}

/// Makes sure that the registry is unused, and makes people and categories.
async fn begin(store: &Store, arguments: &SeedArgs) -> Result<Setting, Failure> {
    let mut tx = store.write().await?;
    if !bulk::is_unused(&mut tx).await? {
        return Err(Failure::Refused("this registry has crates already; fill a new one".to_owned()));
    }
    bulk::use_memory(&mut tx).await?;
    let base = arguments.base_time;
    let setting = Setting { first_user_id: bulk::next_user_id(&mut tx).await?, users: USERS, base };
    let users: Vec<_> =
        (setting.first_user_id..).take(usize::try_from(USERS).unwrap_or(0)).map(|id| user(id, base.micros())).collect();
    UserRow::insert_all(&mut tx, &users).await?;
    // A server that ran here before has made its own, which are more.
    if categories::list(&mut tx).await?.is_empty() {
        categories::sync(&mut tx, &CATEGORIES, base).await?;
    }
    tx.commit().await?;
    Ok(setting)
}

fn user(id: i64, now: i64) -> UserRow {
    let login = format!("person-{id}");
    UserRow {
        id,
        canonical_login: login.clone(),
        name: Some(format!("Person {id}")),
        email: format!("{login}@example.org"),
        is_email_verified: true,
        password_hash: PASSWORD_HASH.to_owned(),
        created_at: now,
        login,
        ..UserRow::default()
    }
}

/// Makes all rows of all crates, on a thread of its own: the database is busy with the batch before.
fn make_batches(universe: &Universe, setting: Setting, versions: u32, to: &Sender<Batch>) -> Result<(), Failure> {
    let mut batch = Batch::default();
    let mut version_id = 1;
    for (index, count) in universe.version_counts(versions).into_iter().enumerate() {
        batch.add(universe, setting, index, (version_id, count))?;
        version_id += i64::try_from(count).unwrap_or(i64::MAX);
        if batch.versions.len() >= VERSIONS_A_BATCH && to.blocking_send(std::mem::take(&mut batch)).is_err() {
            // The other end has failed and says why.
            return Ok(());
        }
    }
    _ = to.blocking_send(batch);
    Ok(())
}

async fn insert(store: &Store, batch: &Batch) -> Result<(), Failure> {
    let mut tx = store.write().await?;
    CrateRow::insert_all(&mut tx, &batch.crates).await?;
    CrateKeywordRow::insert_all(&mut tx, &batch.keywords).await?;
    CrateCategoryRow::insert_all(&mut tx, &batch.categories).await?;
    OwnerRow::insert_all(&mut tx, &batch.owners).await?;
    VersionRow::insert_all(&mut tx, &batch.versions).await?;
    DependencyRow::insert_all(&mut tx, &batch.dependencies).await?;
    ActionRow::insert_all(&mut tx, &batch.actions).await?;
    DownloadsRow::insert_all(&mut tx, &batch.downloads).await?;
    Ok(tx.commit().await?)
}

/// Makes what is counted over all crates, and tells every server to look at them anew.
async fn finish(store: &Store, arguments: &SeedArgs) -> Result<(), Failure> {
    let last = i64::from(arguments.crates);
    let steps = || {
        (1..=last)
            .step_by(usize::try_from(CRATES_A_STEP).unwrap_or(1))
            .map(move |first| (first, last.min(first + CRATES_A_STEP - 1)))
    };
    in_one(store, async |tx| bulk::count_tags(tx).await).await?;
    in_one(store, async |tx| bulk::sum_downloads(tx, Day::of(arguments.base_time)).await).await?;
    for (first, last) in steps() {
        in_one(store, async |tx| bulk::make_reverse_dependencies(tx, first, last).await).await?;
    }
    in_one(store, async |tx| bulk::settle(tx).await).await?;
    for (first, last) in steps() {
        let ids: Vec<i64> = (first..=last).collect();
        in_one(store, async |tx| changes::append_many(tx, &ids, arguments.base_time).await).await?;
    }
    Ok(())
}

/// Does one step in a transaction of its own.
async fn in_one(store: &Store, step: impl AsyncFnOnce(&mut Tx) -> cargohold_store::Result<()>) -> Result<(), Failure> {
    let mut tx = store.write().await?;
    step(&mut tx).await?;
    Ok(tx.commit().await?)
}

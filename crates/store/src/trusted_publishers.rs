//! Pipelines that may publish a crate, or the first version of one.

use cargohold_protocol::{CanonicalName, CrateName, Timestamp};

use crate::{Result, Tx};

/// A pipeline that may publish.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TrustedPublisher {
    /// The id.
    pub id: i64,
    /// What kind of issuer vouches for it.
    pub provider: String,
    /// The crate; nothing while it is pending.
    pub crate_id: Option<i64>,
    /// The crate's name in its stored spelling; while it is pending, the name the crate is to have.
    pub crate_name: String,
    /// Who made it; becomes the owner of the crate that is to be.
    pub created_by: i64,
    /// Whose the repository is, or the name of the issuer.
    pub owner: String,
    /// The id the owner has at the provider; nothing until it is known.
    pub owner_id: Option<String>,
    /// The repository.
    pub repository: String,
    /// The file of the workflow.
    pub workflow: String,
    /// The environment the pipeline must run in.
    pub environment: Option<String>,
    /// Which claims the issuer must make, as JSON.
    pub rules: Option<String>,
    /// When it was made, in Unix microseconds.
    pub created_at: i64,
}

/// A pipeline that is to be trusted.
#[derive(Clone, Debug)]
pub struct NewPublisher<'a> {
    /// What kind of issuer vouches for it.
    pub provider: &'a str,
    /// The crate; nothing if it is yet to be published.
    pub crate_id: Option<i64>,
    /// The crate's name.
    pub crate_name: &'a CrateName,
    /// Who makes it.
    pub created_by: i64,
    /// Whose the repository is, or the name of the issuer. ASCII only.
    pub owner: &'a str,
    /// The id the owner has at the provider, if it is known.
    pub owner_id: Option<&'a str>,
    /// The repository. ASCII only.
    pub repository: &'a str,
    /// The file of the workflow.
    pub workflow: &'a str,
    /// The environment the pipeline must run in.
    pub environment: Option<&'a str>,
    /// Which claims the issuer must make, as JSON.
    pub rules: Option<&'a str>,
}

/// The statement that answers a [`TrustedPublisher`].
macro_rules! select_publisher {
    ($condition:expr) => {
        concat!(
            "SELECT id, provider, crate_id, crate_name, created_by, owner, owner_id, repository, workflow, environment, \
                rules, created_at FROM trusted_publishers WHERE ",
            $condition
        )
    };
}

/// Trusts a pipeline and answers the id of the row.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, new: &NewPublisher<'_>, now: Timestamp) -> Result<i64> {
    let (id,): (i64,) = tx
        .query(
            "INSERT INTO trusted_publishers (provider, crate_id, crate_name, canonical_name, created_by, owner, owner_id, \
                repository, workflow, environment, rules, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
        )
        .bind(new.provider)
        .bind(new.crate_id)
        .bind(new.crate_name)
        .bind(&new.crate_name.canonical())
        .bind(new.created_by)
        .bind(new.owner)
        .bind(new.owner_id)
        .bind(new.repository)
        .bind(new.workflow)
        .bind(new.environment)
        .bind(new.rules)
        .bind(now)
        .fetch_one()
        .await?;
    Ok(id)
}

/// The pipeline with this id, if such an issuer vouches for it.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, provider: &str, id: i64) -> Result<Option<TrustedPublisher>> {
    tx.query(select_publisher!("provider = $1 AND id = $2")).bind(provider).bind(id).fetch_optional().await
}

/// Trusts a pipeline no longer. Answers whether it was trusted.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(tx.query("DELETE FROM trusted_publishers WHERE id = $1").bind(id).execute().await? == 1)
}

/// The pipelines of a crate that such an issuer vouches for, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_of_crate(tx: &mut Tx, provider: &str, crate_id: i64) -> Result<Vec<TrustedPublisher>> {
    const SQL: &str = select_publisher!("provider = $1 AND crate_id = $2 ORDER BY id");
    tx.query(SQL).bind(provider).bind(crate_id).fetch_all().await
}

/// The pipelines of all crates that somebody owns, and those of theirs that are pending, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_of_user(tx: &mut Tx, provider: &str, user_id: i64) -> Result<Vec<TrustedPublisher>> {
    const SQL: &str = select_publisher!(
        "provider = $1 AND (crate_id IN (SELECT o.crate_id FROM crate_owners o WHERE o.user_id = $2) \
            OR (crate_id IS NULL AND created_by = $2)) ORDER BY id"
    );
    tx.query(SQL).bind(provider).bind(user_id).fetch_all().await
}

/// The pipelines of a repository, whatever its casing, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_of_repository(
    tx: &mut Tx,
    provider: &str,
    owner: &str,
    repository: &str,
) -> Result<Vec<TrustedPublisher>> {
    const SQL: &str = select_publisher!("provider = $1 AND lower(owner) = $2 AND lower(repository) = $3 ORDER BY id");
    tx.query(SQL)
        .bind(provider)
        .bind(owner.to_ascii_lowercase())
        .bind(repository.to_ascii_lowercase())
        .fetch_all()
        .await
}

/// Remembers the id of the owner of a repository wherever none was known, and answers in how many places.
///
/// # Errors
/// When the database fails.
pub async fn learn_owner_id(tx: &mut Tx, provider: &str, owner: &str, repository: &str, owner_id: &str) -> Result<u64> {
    tx.query(
        "UPDATE trusted_publishers SET owner_id = $1 \
         WHERE provider = $2 AND lower(owner) = $3 AND lower(repository) = $4 AND owner_id IS NULL",
    )
    .bind(owner_id)
    .bind(provider)
    .bind(owner.to_ascii_lowercase())
    .bind(repository.to_ascii_lowercase())
    .execute()
    .await
}

/// How many pending pipelines somebody has, whoever vouches for them.
///
/// # Errors
/// When the database fails.
pub async fn count_pending(tx: &mut Tx, user_id: i64) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM trusted_publishers WHERE created_by = $1 AND crate_id IS NULL";
    let (count,): (i64,) = tx.query(SQL).bind(user_id).fetch_one().await?;
    Ok(count)
}

/// Those of these pipelines that are pending for a crate of this name.
///
/// # Errors
/// When the database fails.
pub async fn list_pending(tx: &mut Tx, name: &CanonicalName, ids: &[i64]) -> Result<Vec<TrustedPublisher>> {
    const SQL: &str = select_publisher!("crate_id IS NULL AND canonical_name = $1 ORDER BY id");
    let pending: Vec<TrustedPublisher> = tx.query(SQL).bind(name).fetch_all().await?;
    Ok(pending.into_iter().filter(|publisher| ids.contains(&publisher.id)).collect())
}

/// Gives the pipelines that somebody has pending for a crate of this name to the crate, now that it exists. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn settle_pending(tx: &mut Tx, user_id: i64, name: &CrateName, crate_id: i64) -> Result<u64> {
    tx.query(
        "UPDATE trusted_publishers SET crate_id = $1, crate_name = $2 \
         WHERE crate_id IS NULL AND canonical_name = $3 AND created_by = $4",
    )
    .bind(crate_id)
    .bind(name)
    .bind(&name.canonical())
    .bind(user_id)
    .execute()
    .await
}

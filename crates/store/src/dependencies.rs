//! Dependencies of versions.

use cargohold_protocol::{CrateName, DependencyKind};
use serde::Serialize;

use crate::dialect::{INSERT_DEPENDENCIES, Sql, among_ids};
use crate::{Result, Tx};

/// A dependency to be.
#[derive(Clone, Debug, Serialize)]
pub struct NewDependency {
    /// The real name of the crate depended upon.
    pub name: String,
    /// The name in the manifest if it is renamed.
    pub explicit_name: Option<String>,
    /// The version requirement.
    pub req: String,
    /// The kind.
    pub kind: DependencyKind,
    /// Whether a feature must switch it on.
    pub is_optional: bool,
    /// Whether its default features are on.
    pub default_features: bool,
    /// The features asked for.
    pub features: Vec<String>,
    /// The platform it is limited to.
    pub target: Option<String>,
    /// The index it comes from; `None` for this registry.
    pub registry: Option<String>,
}

/// Adds all dependencies of a version in one statement, in the given order.
///
/// # Errors
/// When the database fails.
pub async fn insert_all(tx: &mut Tx, version_id: i64, dependencies: &[NewDependency]) -> Result<()> {
    if dependencies.is_empty() {
        return Ok(());
    }
    tx.query_pair(INSERT_DEPENDENCIES).bind(version_id).bind(serde_json::to_string(dependencies)?).execute().await?;
    Ok(())
}

/// A dependency as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Dependency {
    /// The id.
    pub id: i64,
    /// The version that has it.
    pub version_id: i64,
    /// The real name of the crate depended upon.
    pub name: String,
    /// The version requirement.
    pub req: String,
    /// `normal`, `build` or `dev`.
    pub kind: String,
    /// Whether a feature must switch it on.
    pub is_optional: bool,
    /// Whether its default features are on.
    pub default_features: bool,
    /// The features asked for, as a JSON array.
    pub features: String,
    /// The platform it is limited to.
    pub target: Option<String>,
    /// The name in the manifest if it is renamed.
    pub explicit_name: Option<String>,
    /// The index it comes from; `None` for this registry.
    pub registry: Option<String>,
}

/// The statement that answers a [`Dependency`].
macro_rules! select_dependency {
    ($condition:expr) => {
        concat!(
            "SELECT id, version_id, name, req, kind, is_optional, default_features, features, target, explicit_name, \
             registry FROM dependencies WHERE ",
            $condition
        )
    };
}

/// The dependencies of a version, those that are always there first, then by name and requirement.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, version_id: i64) -> Result<Vec<Dependency>> {
    tx.query(select_dependency!("version_id = $1 ORDER BY is_optional, name, req, id"))
        .bind(version_id)
        .fetch_all()
        .await
}

/// The dependencies with these ids, in no particular order; unknown ids are passed over.
///
/// # Errors
/// When the database fails.
pub async fn list_by_ids(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Dependency>> {
    const SQL: Sql = among_ids!(select_dependency!("id IN "), "");
    tx.query_pair(SQL).bind(serde_json::to_string(ids)?).fetch_all().await
}

/// The version of another crate that depends on the crate of this name, as crate name and number; the latest if there are
/// several. Older and yanked versions count.
///
/// # Errors
/// When the database fails.
pub async fn find_dependent(tx: &mut Tx, name: &CrateName, crate_id: i64) -> Result<Option<(String, String)>> {
    tx.query(
        "SELECT c.name, v.num FROM dependencies d JOIN versions v ON v.id = d.version_id JOIN crates c ON c.id = v.crate_id \
         WHERE d.name = $1 AND d.registry IS NULL AND v.crate_id <> $2 ORDER BY v.id DESC LIMIT 1",
    )
    .bind(name)
    .bind(crate_id)
    .fetch_optional()
    .await
}

//! Dependencies of versions.

use cargohold_protocol::DependencyKind;
use serde::Serialize;

use crate::dialect::INSERT_DEPENDENCIES;
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

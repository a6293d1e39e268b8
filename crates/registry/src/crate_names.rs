//! The names of all crates, for those who want to know every page there is.

use cargohold_protocol::{CrateName, Timestamp};
use cargohold_store::crate_names;

use crate::{Registry, Result};

impl Registry {
    /// The next `limit` crates with an id above `after`, in order of their ids, each with its name and its last update.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_crate_names(&self, after: i64, limit: i64) -> Result<Vec<(i64, CrateName, Timestamp)>> {
        Ok(crate_names::list(&mut self.store.read().await?, after, limit).await?)
    }

    /// The id of the last crate that [`Registry::list_crate_names`] lists; 0 if there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_crate_id(&self) -> Result<i64> {
        Ok(crate_names::last_id(&mut self.store.read().await?).await?)
    }
}

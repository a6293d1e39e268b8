//! Search and lists of crates.

use std::sync::Arc;

use cargohold_protocol::CrateName;
use cargohold_protocol::api;
use cargohold_store::crates;

use crate::crate_view::Derived;
use crate::{Error, Registry, Result};

/// Which crates to list.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// What to search for; `None` for all crates by name.
    pub text: Option<String>,
    /// How many crates to pass over.
    pub offset: usize,
    /// How many crates to list.
    pub limit: usize,
}

impl Registry {
    /// One page of crates and the number of all matches, which is 0 on an empty page.
    ///
    /// # Errors
    /// When the search index or the database fails.
    pub async fn list_crates(self: &Arc<Self>, query: &ListQuery) -> Result<(Vec<api::Crate>, usize)> {
        let (registry, asked) = (self.clone(), query.clone());
        let search = move || match &asked.text {
            Some(text) => registry.search.search(text, asked.offset, asked.limit),
            None => registry.search.list_by_name(asked.offset, asked.limit),
        };
        let hits = tokio::task::spawn_blocking(search).await.map_err(Error::internal)??;
        let wanted = query.text.as_ref().and_then(|text| text.parse::<CrateName>().ok()).map(|name| name.canonical());
        let mut tx = self.store.read().await?;
        let mut page = Vec::new();
        for id in hits.ids {
            // The search index may know a crate a moment longer than the store.
            let Some(krate) = crates::find_by_id(&mut tx, id).await? else { continue };
            let is_exact = wanted.as_ref() == Some(&krate.name.canonical());
            page.push(Derived::load(&mut tx, id).await?.show(&krate, Some(0), is_exact));
        }
        let total = if page.is_empty() { 0 } else { hits.total };
        Ok((page, total))
    }
}

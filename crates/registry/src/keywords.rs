//! Keywords (contract §5.11).

use cargohold_protocol::api::{Keyword, Keywords, Total};
use cargohold_store::keywords;

use crate::find_crate::show_keyword;
use crate::{Error, Registry, Result};

pub use cargohold_store::keywords::Order as KeywordOrder;

impl Registry {
    /// One page of keywords, those without crates included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keywords(&self, order: KeywordOrder, offset: usize, limit: usize) -> Result<Keywords> {
        let (offset, limit) =
            (i64::try_from(offset).map_err(Error::internal)?, i64::try_from(limit).map_err(Error::internal)?);
        let mut tx = self.store.read().await?;
        let keywords: Vec<_> = keywords::list(&mut tx, order, offset, limit).await?.iter().map(show_keyword).collect();
        let total = if keywords.is_empty() { 0 } else { keywords::count(&mut tx).await? };
        Ok(Keywords { keywords, meta: Total { total } })
    }

    /// A keyword, in any casing.
    ///
    /// # Errors
    /// When nobody has used it.
    pub async fn find_keyword(&self, keyword: &str) -> Result<Keyword> {
        let mut tx = self.store.read().await?;
        let found = if is_keyword(keyword) { keywords::find(&mut tx, &keyword.to_lowercase()).await? } else { None };
        let found = found.ok_or_else(|| Error::NoSuchKeyword(keyword.to_owned()))?;
        Ok(show_keyword(&found))
    }
}

/// Whether a text can be a keyword: an ASCII letter or digit, then such or `_`, `+` and `-`.
fn is_keyword(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-'))
}

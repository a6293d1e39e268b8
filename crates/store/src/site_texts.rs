//! Texts that administrators have set for the whole site, by name.

use cargohold_protocol::Timestamp;

use crate::{Result, Tx};

/// The text of this name, if one is set; it may be empty.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let row: Option<(String,)> =
        tx.query("SELECT value FROM site_texts WHERE name = $1").bind(name).fetch_optional().await?;
    Ok(row.map(|(value,)| value))
}

/// Sets a text; `None` forgets it.
///
/// # Errors
/// When the database fails.
pub async fn set(tx: &mut Tx, name: &str, value: Option<&str>, now: Timestamp) -> Result<()> {
    let Some(value) = value else {
        tx.query("DELETE FROM site_texts WHERE name = $1").bind(name).execute().await?;
        return Ok(());
    };
    tx.query(
        "INSERT INTO site_texts (name, value, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at",
    )
    .bind(name)
    .bind(value)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

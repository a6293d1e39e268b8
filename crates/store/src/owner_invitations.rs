//! Invitations to own a crate. Only the SHA-256 of an invitation's secret is stored.

use cargohold_protocol::Timestamp;

use crate::{Result, Tx};

/// An invitation to own a crate. There is one at most for a crate and a person.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnerInvitation {
    /// The crate.
    pub crate_id: i64,
    /// The stored name of the crate.
    pub crate_name: String,
    /// Who is to become an owner.
    pub invitee_id: i64,
    /// Who wants it.
    pub inviter_id: i64,
    /// Since when, in Unix microseconds.
    pub created_at: i64,
    /// Until when it can be accepted, in Unix microseconds.
    pub expires_at: i64,
}

macro_rules! select_invitations {
    ($rest:literal) => {
        concat!(
            "SELECT i.crate_id, c.name AS crate_name, i.invitee_id, i.inviter_id, i.created_at, i.expires_at \
             FROM owner_invitations i JOIN crates c ON c.id = i.crate_id WHERE ",
            $rest
        )
    };
}

/// Who invites whom to own which crate.
#[derive(Clone, Copy, Debug)]
pub struct NewInvitation<'a> {
    /// The crate.
    pub crate_id: i64,
    /// Who is to become an owner.
    pub invitee_id: i64,
    /// Who wants it.
    pub inviter_id: i64,
    /// The hash of its secret.
    pub hash: &'a [u8; 32],
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// Remembers an invitation, in place of an earlier one of the same person to the same crate.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, new: &NewInvitation<'_>, now: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO owner_invitations (crate_id, invitee_id, inviter_id, hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (crate_id, invitee_id) DO UPDATE SET \
            inviter_id = excluded.inviter_id, hash = excluded.hash, created_at = excluded.created_at, \
            expires_at = excluded.expires_at",
    )
    .bind(new.crate_id)
    .bind(new.invitee_id)
    .bind(new.inviter_id)
    .bind(new.hash)
    .bind(now)
    .bind(new.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The invitation of somebody to a crate, expired or not.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, crate_id: i64, invitee_id: i64) -> Result<Option<OwnerInvitation>> {
    tx.query(select_invitations!("i.crate_id = $1 AND i.invitee_id = $2"))
        .bind(crate_id)
        .bind(invitee_id)
        .fetch_optional()
        .await
}

/// The invitation whose secret has this hash, expired or not.
///
/// # Errors
/// When the database fails.
pub async fn find_by_hash(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<OwnerInvitation>> {
    tx.query(select_invitations!("i.hash = $1")).bind(hash).fetch_optional().await
}

/// Removes an invitation. Answers whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, crate_id: i64, invitee_id: i64) -> Result<bool> {
    let rows = tx
        .query("DELETE FROM owner_invitations WHERE crate_id = $1 AND invitee_id = $2")
        .bind(crate_id)
        .bind(invitee_id)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The open invitations to a crate behind the one of the person `after`, in the order of the people's ids.
///
/// # Errors
/// When the database fails.
pub async fn list_of_crate(
    tx: &mut Tx,
    crate_id: i64,
    after: i64,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<OwnerInvitation>> {
    tx.query(select_invitations!(
        "i.crate_id = $1 AND i.invitee_id > $2 AND i.expires_at > $3 ORDER BY i.invitee_id LIMIT $4 + 0"
    ))
    .bind(crate_id)
    .bind(after)
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await
}

/// The open invitations of somebody behind the one to the crate `after`, in the order of the crates' ids.
///
/// # Errors
/// When the database fails.
pub async fn list_of_invitee(
    tx: &mut Tx,
    invitee_id: i64,
    after: i64,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<OwnerInvitation>> {
    tx.query(select_invitations!(
        "i.invitee_id = $1 AND i.crate_id > $2 AND i.expires_at > $3 ORDER BY i.crate_id LIMIT $4 + 0"
    ))
    .bind(invitee_id)
    .bind(after)
    .bind(now)
    .bind(limit)
    .fetch_all()
    .await
}

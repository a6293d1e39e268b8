//! Invitations to have an account here. Only the SHA-256 of an invitation's secret is stored.

use cargohold_protocol::Timestamp;

use crate::{Result, Tx};

/// An invitation to have an account.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SignUpInvitation {
    /// The id, by which it is taken back.
    pub id: i64,
    /// The address it was sent to; whoever has the secret has read mail there.
    pub email: Option<String>,
    /// Who invited; nobody if it was done on the command line.
    pub invited_by: Option<i64>,
    /// When, in Unix microseconds.
    pub created_at: i64,
    /// Until when it is good, in Unix microseconds.
    pub expires_at: i64,
}

/// An invitation with the login of whoever invited.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The invitation.
    #[sqlx(flatten)]
    pub invitation: SignUpInvitation,
    /// Who invited; nobody if it was done on the command line.
    pub inviter: Option<String>,
}

/// Remembers an invitation and answers its id.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    hash: &[u8; 32],
    email: Option<&str>,
    invited_by: Option<i64>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<i64> {
    let (id,): (i64,) = tx
        .query(
            "INSERT INTO sign_up_invitations (hash, email, invited_by, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        )
        .bind(hash)
        .bind(email)
        .bind(invited_by)
        .bind(now)
        .bind(expires_at)
        .fetch_one()
        .await?;
    Ok(id)
}

/// The invitation with this hash, if it is still good.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<SignUpInvitation>> {
    tx.query(
        "SELECT id, email, invited_by, created_at, expires_at FROM sign_up_invitations \
         WHERE hash = $1 AND expires_at > $2",
    )
    .bind(hash)
    .bind(now)
    .fetch_optional()
    .await
}

/// Uses up the invitation with this hash, if it is still good.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<SignUpInvitation>> {
    tx.query(
        "DELETE FROM sign_up_invitations WHERE hash = $1 AND expires_at > $2 \
         RETURNING id, email, invited_by, created_at, expires_at",
    )
    .bind(hash)
    .bind(now)
    .fetch_optional()
    .await
}

/// The invitations that are still good, in order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, now: Timestamp) -> Result<Vec<Listed>> {
    tx.query(
        "SELECT i.id, i.email, i.invited_by, i.created_at, i.expires_at, u.login AS inviter \
         FROM sign_up_invitations i LEFT JOIN users u ON u.id = i.invited_by WHERE i.expires_at > $1 ORDER BY i.id",
    )
    .bind(now)
    .fetch_all()
    .await
}

/// Takes an invitation back. Answers whether there was such a one.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(tx.query("DELETE FROM sign_up_invitations WHERE id = $1").bind(id).execute().await? == 1)
}

/// Forgets invitations that are no longer good.
///
/// # Errors
/// When the database fails.
pub async fn forget_expired(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM sign_up_invitations WHERE expires_at <= $1").bind(before).execute().await
}

//! Teams: those that are managed here, and those that a provider knows.

use cargohold_protocol::Timestamp;

use crate::{Result, Tx};

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Team {
    /// The id.
    pub id: i64,
    /// `provider:org:team` in lower case.
    pub login: String,
    /// Who knows its members.
    pub provider: String,
    /// The provider's number of it, where it has any.
    pub external_id: Option<i64>,
    /// The provider's number of its organisation.
    pub external_org_id: Option<i64>,
    /// The display name.
    pub name: Option<String>,
    /// The address of a picture.
    pub avatar: Option<String>,
}

/// The columns of a [`Team`], from `teams` as `t`.
macro_rules! team_columns {
    () => {
        "t.id, t.login, t.provider, t.external_id, t.external_org_id, t.name, t.avatar"
    };
}
pub(crate) use team_columns;

/// A team to be.
#[derive(Clone, Copy, Debug)]
pub struct NewTeam<'a> {
    /// `provider:org:team` in lower case.
    pub login: &'a str,
    /// Who knows its members.
    pub provider: &'a str,
    /// The display name.
    pub name: Option<&'a str>,
    /// The address of a picture.
    pub avatar: Option<&'a str>,
}

/// Adds a team and answers its id, or `None` if the login is taken.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, team: &NewTeam<'_>, now: Timestamp) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx
        .query(
            "INSERT INTO teams (login, provider, name, avatar, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING RETURNING id",
        )
        .bind(team.login)
        .bind(team.provider)
        .bind(team.name)
        .bind(team.avatar)
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Adds a team that its provider knows by a number, or brings what is known of it up to date, its login too. Another team that
/// had the login keeps it with its own number behind a `#`: it is gone from the provider.
///
/// # Errors
/// When the database fails.
pub async fn put_external(
    tx: &mut Tx,
    team: &NewTeam<'_>,
    external_id: i64,
    external_org_id: i64,
    now: Timestamp,
) -> Result<i64> {
    tx.query(
        "UPDATE teams SET login = login || '#' || CAST(external_id AS TEXT) \
         WHERE login = $1 AND provider = $2 AND external_id IS NOT NULL AND external_id <> $3",
    )
    .bind(team.login)
    .bind(team.provider)
    .bind(external_id)
    .execute()
    .await?;
    let (id,): (i64,) = tx
        .query(
            "INSERT INTO teams (login, provider, external_id, external_org_id, name, avatar, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (provider, external_id) DO UPDATE SET \
                login = excluded.login, external_org_id = excluded.external_org_id, name = excluded.name, \
                avatar = excluded.avatar \
             RETURNING id",
        )
        .bind(team.login)
        .bind(team.provider)
        .bind(external_id)
        .bind(external_org_id)
        .bind(team.name)
        .bind(team.avatar)
        .bind(now)
        .fetch_one()
        .await?;
    Ok(id)
}

/// The team with exactly this login.
///
/// # Errors
/// When the database fails.
pub async fn find_by_login(tx: &mut Tx, login: &str) -> Result<Option<Team>> {
    const SQL: &str = concat!("SELECT ", team_columns!(), " FROM teams t WHERE t.login = $1");
    tx.query(SQL).bind(login).fetch_optional().await
}

/// All teams of a provider in the order of their logins.
///
/// # Errors
/// When the database fails.
pub async fn list_of_provider(tx: &mut Tx, provider: &str) -> Result<Vec<Team>> {
    const SQL: &str = concat!("SELECT ", team_columns!(), " FROM teams t WHERE t.provider = $1 ORDER BY t.login");
    tx.query(SQL).bind(provider).fetch_all().await
}

/// A team with how many are in it and how much it owns.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CountedTeam {
    /// The team.
    #[sqlx(flatten)]
    pub team: Team,
    /// How many people are in it, as far as that is managed here.
    pub members: i64,
    /// How many crates it owns.
    pub crates: i64,
}

/// All teams in the order of their logins.
///
/// # Errors
/// When the database fails.
pub async fn list_counted(tx: &mut Tx) -> Result<Vec<CountedTeam>> {
    tx.query(concat!(
        "SELECT ",
        team_columns!(),
        ", (SELECT COUNT(*) FROM team_members m WHERE m.team_id = t.id) AS members, \
            (SELECT COUNT(*) FROM crate_teams o WHERE o.team_id = t.id) AS crates \
         FROM teams t ORDER BY t.login"
    ))
    .fetch_all()
    .await
}

/// Makes everybody else who changes this team, its members or its crates wait until the transaction ends. Answers whether the
/// team is still there. Where a crate is locked, too, that comes first.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(tx.query("UPDATE teams SET login = login WHERE id = $1").bind(id).execute().await? == 1)
}

/// Gives a team another display name; `None` for none.
///
/// # Errors
/// When the database fails.
pub async fn set_name(tx: &mut Tx, id: i64, name: Option<&str>) -> Result<()> {
    tx.query("UPDATE teams SET name = $1 WHERE id = $2").bind(name).bind(id).execute().await?;
    Ok(())
}

/// Removes a team with its members. It must not own a crate any more.
///
/// # Errors
/// When the database fails, or the team owns a crate.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    tx.query("DELETE FROM team_members WHERE team_id = $1").bind(id).execute().await?;
    tx.query("DELETE FROM teams WHERE id = $1").bind(id).execute().await?;
    Ok(())
}

//! `/api/v1/teams`: teams, and who is in those that are managed here (contract part 2, §4.9, and beyond it).

use axum::extract::State;
use axum::http::StatusCode;
use cargohold_protocol::api::{Errors, TeamFound, TeamMembers};
use cargohold_registry::{NewMember, NewTeam};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathText};

/// A team to be.
#[derive(Deserialize, ToSchema)]
pub(super) struct TeamToBe {
    team: TeamToBeInner,
}

/// What a team is to be like.
#[derive(Deserialize, ToSchema)]
pub(super) struct TeamToBeInner {
    /// Its organisation, the second part of its login.
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$")]
    org: String,
    /// The third part of its login.
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$")]
    team: String,
    /// The display name.
    #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[!-~][^\x00-\x1f\x7f-\x9f]*$")]
    name: Option<String>,
}

/// What to change of a team.
#[derive(Deserialize, ToSchema)]
pub(super) struct TeamPatch {
    team: TeamPatchInner,
}

/// What a team is to be like from now on.
#[derive(Deserialize, ToSchema)]
pub(super) struct TeamPatchInner {
    /// The display name; without it the team has none.
    #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[!-~][^\x00-\x1f\x7f-\x9f]*$")]
    name: Option<String>,
}

/// Who is to be in a team.
#[derive(Deserialize, ToSchema)]
pub(super) struct MembersToBe {
    /// The people.
    #[schema(max_items = 100)]
    members: Vec<MemberToBe>,
}

/// Somebody to be in a team.
#[derive(Deserialize, ToSchema)]
pub(super) struct MemberToBe {
    /// The login, here or at GitHub.
    login: String,
    /// Whether they decide who else is in the team; not if nothing is said.
    #[serde(default)]
    is_maintainer: bool,
}

/// Shows a team.
#[utoipa::path(get, path = "/api/v1/teams/{login}", operation_id = "find_team", tag = "teams",
    params(("login" = String, Path, description = "Such as `github:org:team`, in lower case")),
    responses((status = 200, body = TeamFound), (status = 404, body = Errors)))]
pub(super) async fn find(State(app): State<App>, PathText(login): PathText) -> ApiResult<Json<TeamFound>> {
    Ok(Json(TeamFound { team: app.registry.find_team(&login).await? }))
}

/// Makes a team that is managed here: `local:org:team`. Administrators may.
#[utoipa::path(post, path = "/api/v1/teams", operation_id = "create_team", tag = "teams", request_body = TeamToBe,
    responses((status = 200, body = TeamFound), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(wanted): JsonBody<TeamToBe>,
) -> ApiResult<Json<TeamFound>> {
    let TeamToBeInner { org, team, name } = wanted.team;
    Ok(Json(TeamFound { team: app.registry.create_team(&call, &NewTeam { org, team, name }).await? }))
}

/// Gives a team that is managed here another display name. Its maintainers and administrators may.
#[utoipa::path(patch, path = "/api/v1/teams/{login}", operation_id = "update_team", tag = "teams",
    params(("login" = String, Path, description = "Such as `local:org:team`, in lower case")), request_body = TeamPatch,
    responses((status = 200, body = TeamFound), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    PathText(login): PathText,
    JsonBody(wanted): JsonBody<TeamPatch>,
) -> ApiResult<Json<TeamFound>> {
    Ok(Json(TeamFound { team: app.registry.rename_team(&call, &login, wanted.team.name.as_deref()).await? }))
}

/// Deletes a team that owns no crate. Administrators may.
#[utoipa::path(delete, path = "/api/v1/teams/{login}", operation_id = "delete_team", tag = "teams",
    params(("login" = String, Path, description = "Such as `local:org:team`, in lower case")),
    responses((status = 204), (status = 403, body = Errors), (status = 404, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn delete(
    State(app): State<App>,
    Caller(call): Caller,
    PathText(login): PathText,
) -> ApiResult<StatusCode> {
    app.registry.delete_team(&call, &login).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists who is in a team that is managed here.
#[utoipa::path(get, path = "/api/v1/teams/{login}/members", operation_id = "list_team_members", tag = "teams",
    params(("login" = String, Path, description = "Such as `local:org:team`, in lower case")),
    responses((status = 200, body = TeamMembers), (status = 400, body = Errors), (status = 404, body = Errors)))]
pub(super) async fn list_members(State(app): State<App>, PathText(login): PathText) -> ApiResult<Json<TeamMembers>> {
    Ok(Json(TeamMembers { members: app.registry.list_team_members(&login).await? }))
}

/// Puts people into a team that is managed here, or changes whether they are maintainers. Its maintainers and administrators may.
#[utoipa::path(put, path = "/api/v1/teams/{login}/members", operation_id = "add_team_members", tag = "teams",
    params(("login" = String, Path, description = "Such as `local:org:team`, in lower case")), request_body = MembersToBe,
    responses((status = 200, body = TeamMembers), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn add_members(
    State(app): State<App>,
    Caller(call): Caller,
    PathText(login): PathText,
    JsonBody(wanted): JsonBody<MembersToBe>,
) -> ApiResult<Json<TeamMembers>> {
    let member = |member: MemberToBe| NewMember { login: member.login, is_maintainer: member.is_maintainer };
    let members: Vec<NewMember> = wanted.members.into_iter().map(member).collect();
    Ok(Json(TeamMembers { members: app.registry.put_team_members(&call, &login, &members).await? }))
}

/// Takes people out of a team that is managed here. Its maintainers and administrators may.
#[utoipa::path(delete, path = "/api/v1/teams/{login}/members", operation_id = "remove_team_members", tag = "teams",
    params(("login" = String, Path, description = "Such as `local:org:team`, in lower case")), request_body = MembersToBe,
    responses((status = 200, body = TeamMembers), (status = 400, body = Errors), (status = 403, body = Errors), (status = 404, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors)),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn remove_members(
    State(app): State<App>,
    Caller(call): Caller,
    PathText(login): PathText,
    JsonBody(wanted): JsonBody<MembersToBe>,
) -> ApiResult<Json<TeamMembers>> {
    let logins: Vec<String> = wanted.members.into_iter().map(|member| member.login).collect();
    Ok(Json(TeamMembers { members: app.registry.remove_team_members(&call, &login, &logins).await? }))
}

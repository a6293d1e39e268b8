//! Who may do what (S24, S25): every operation of the document, asked by everybody there is, on an open and on a private
//! registry. What is expected follows from what the operation needs and who asks; an operation without a row fails the test.

use std::collections::BTreeSet;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Contract, Shape, TestServer, User, krate, on_both_shapes, sha256};

on_both_shapes!(
    s24_every_operation_asks_for_what_it_needs_on_an_open_registry,
    s25_every_operation_asks_for_what_it_needs_on_a_private_registry,
);

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// Nothing; on a private registry to be no stranger.
    Reading,
    /// Nothing, on a private registry neither: whoever asks proves something else.
    WayIn,
    /// As [`Gate::WayIn`], but no foreign web site may ask.
    OwnWayIn,
    /// A session, or a token with this scope, or with none, that covers the crate.
    Scope(&'static str),
    /// As [`Gate::Scope`], but the header is judged before the cookie, and a pipeline's token is good, too.
    Publish(&'static str),
    /// A session, or a token to which this scope was given by name, that covers the crate.
    NamedScope(&'static str),
    /// A session, or a token to which this scope was given by name, whatever it covers.
    NamedScopeOnAny(&'static str),
    /// A session, or a token without any limit.
    Unlimited,
    /// A session.
    Session,
    /// A session, even of somebody who has yet to choose a password.
    FirstSession,
    /// A session; a token without any limit is told that it is none.
    CreateToken,
    /// A token, whatever its limits.
    AnyToken,
    /// A pipeline's token.
    PipelineToken,
    /// A session or an unlimited token of an administrator.
    Administrator,
}

/// An operation and how to ask it so that nothing but the right to ask decides.
struct Row {
    operation: &'static str,
    path: String,
    body: Option<Value>,
    gate: Gate,
    /// What somebody gets who may ask and owns the crate (or is the administrator that is needed).
    owner: u16,
    /// What somebody gets who may ask and owns nothing.
    foreign: u16,
    /// What an administrator gets who owns nothing.
    admin: u16,
}

fn row(operation: &'static str, path: &str, body: Option<Value>, gate: Gate, owner: u16, foreign: u16) -> Row {
    Row { operation, path: path.to_owned(), body, gate, owner, foreign, admin: foreign }
}

/// Whose credentials they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Owner,
    Foreign,
    Admin,
}

/// What somebody presents.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Proof {
    /// Nothing that counts.
    Nothing,
    /// A session.
    Cookie(Who),
    /// The session of somebody who has yet to choose a password.
    FirstCookie,
    /// A token: whose, its scopes (`None` for all), and the crates it covers (none for all).
    Token(Who, Option<Vec<&'static str>>, Vec<&'static str>),
    /// A pipeline's token for the crate.
    Pipeline,
    /// A cookie and a header that is none.
    CookieAndNonsense,
    /// Something that gets this status wherever it is looked at.
    Refused(u16),
    /// The right thing, but from a web site that may not act for people.
    ForeignSite(Box<Proof>),
}

/// Somebody who asks.
struct Caller {
    name: String,
    proof: Proof,
    cookie: Option<String>,
    authorization: Option<String>,
    origin: Option<&'static str>,
}

const SCOPES: [&str; 6] = ["publish-new", "publish-update", "yank", "change-owners", "trusted-publishing", "read"];

impl Caller {
    fn new(name: &str, proof: Proof) -> Self {
        Self { name: name.to_owned(), proof, cookie: None, authorization: None, origin: None }
    }

    fn cookie(self, cookie: &str) -> Self {
        Self { cookie: Some(format!("cargo_session={cookie}")), ..self }
    }

    fn token(self, token: &str) -> Self {
        Self { authorization: Some(token.to_owned()), ..self }
    }

    async fn ask(&self, server: &TestServer, row: &Row) -> Response {
        let method: Method = row.operation.split(' ').next().unwrap().parse().unwrap();
        let mut request = server.request(method, &row.path);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        if let Some(origin) = self.origin {
            request = request.header("origin", origin);
        }
        if row.operation == "PUT /api/v1/crates/new" {
            request = request.body(row.body.as_ref().map(upload).unwrap());
        } else if let Some(body) = &row.body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }
}

/// The bytes of an upload of the crate and version that a row names.
fn upload(wanted: &Value) -> Vec<u8> {
    krate(wanted["name"].as_str().unwrap()).version(wanted["vers"].as_str().unwrap()).publish_body()
}

/// What an operation answers to somebody.
fn expected(row: &Row, proof: &Proof, is_private: bool) -> u16 {
    let is_read_first =
        is_private && !matches!(row.gate, Gate::WayIn | Gate::OwnWayIn | Gate::FirstSession | Gate::PipelineToken);
    if is_read_first && let Err(refusal) = read(proof) {
        return refusal;
    }
    match pass(row.gate, proof) {
        Err(refusal) => refusal,
        Ok(Who::Owner) => row.owner,
        Ok(Who::Foreign) => row.foreign,
        Ok(Who::Admin) => row.admin,
    }
}

/// Whether somebody may read a private registry.
fn read(proof: &Proof) -> Result<(), u16> {
    match proof {
        Proof::Nothing | Proof::FirstCookie => Err(403),
        Proof::Refused(status) => Err(*status),
        Proof::ForeignSite(proof) => read(proof),
        Proof::Cookie(_) | Proof::Token(..) | Proof::Pipeline | Proof::CookieAndNonsense => Ok(()),
    }
}

/// Whether somebody may ask, and as whom.
fn pass(gate: Gate, proof: &Proof) -> Result<Who, u16> {
    match gate {
        Gate::Reading | Gate::WayIn => return Ok(Who::Owner),
        Gate::OwnWayIn => return if matches!(proof, Proof::ForeignSite(_)) { Err(403) } else { Ok(Who::Owner) },
        Gate::PipelineToken => return if *proof == Proof::Pipeline { Ok(Who::Owner) } else { Err(401) },
        // The cookie alone is looked at.
        Gate::FirstSession => {
            return match proof {
                Proof::Cookie(who) => Ok(*who),
                Proof::FirstCookie | Proof::CookieAndNonsense => Ok(Who::Owner),
                _ => Err(403),
            };
        }
        _ => {}
    }
    match proof {
        Proof::Refused(status) => Err(*status),
        Proof::CookieAndNonsense if matches!(gate, Gate::Publish(_)) => Err(401),
        Proof::CookieAndNonsense => pass(gate, &Proof::Cookie(Who::Owner)),
        Proof::Pipeline if gate == Gate::Publish("publish-update") => Ok(Who::Owner),
        Proof::Nothing | Proof::FirstCookie | Proof::ForeignSite(_) | Proof::Pipeline => Err(403),
        Proof::Cookie(who) => match gate {
            Gate::AnyToken => Err(400),
            Gate::Administrator if *who != Who::Admin => Err(403),
            _ => Ok(*who),
        },
        Proof::Token(who, scopes, crates) => {
            let names = |scope: &str| scopes.as_ref().is_some_and(|scopes| scopes.contains(&scope));
            // A new crate has another name.
            let is_new = gate == Gate::Publish("publish-new");
            let covers = crates.is_empty() || (crates.contains(&"mine") && !is_new);
            let is_unlimited = scopes.is_none() && crates.is_empty();
            let may = match gate {
                Gate::Scope(scope) | Gate::Publish(scope) => (scopes.is_none() || names(scope)) && covers,
                Gate::NamedScope(scope) => names(scope) && covers,
                Gate::NamedScopeOnAny(scope) => names(scope),
                Gate::Unlimited => is_unlimited,
                Gate::CreateToken if is_unlimited => return Err(400),
                Gate::AnyToken => true,
                Gate::Administrator => is_unlimited && *who == Who::Admin,
                _ => false,
            };
            if may { Ok(*who) } else { Err(403) }
        }
    }
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
fn rows(ids: &Ids) -> Vec<Row> {
    use Gate::{
        Administrator, AnyToken, CreateToken, FirstSession, NamedScope, NamedScopeOnAny, OwnWayIn, PipelineToken,
        Publish, Reading, Scope, Session, Unlimited, WayIn,
    };
    let read = |operation: &'static str, path: &str, status: u16| row(operation, path, None, Reading, status, status);
    let own = |operation: &'static str, path: &str| row(operation, path, None, Session, 200, 200);
    let as_admin = |operation: &'static str, path: &str, body: Option<Value>, status: u16| Row {
        admin: status,
        ..row(operation, path, body, Administrator, 403, 403)
    };
    let by_admin_too = |row: Row| Row { admin: row.owner, ..row };
    let owners = Some(json!({ "owners": ["nobody-at-all"] }));
    let owner = ids.owner;
    vec![
        read("GET /api/v1/crates", "/api/v1/crates", 200),
        row("GET /api/v1/crates", "/api/v1/crates?following=1", None, Unlimited, 200, 200),
        read("GET /api/v1/suggest", "/api/v1/suggest?q=a", 200),
        read("GET /api/v1/crates/new", "/api/v1/crates/new", 404),
        row(
            "PUT /api/v1/crates/new",
            "/api/v1/crates/new",
            Some(json!({ "name": "mine", "vers": "1.0.0" })),
            Publish("publish-update"),
            400,
            403,
        ),
        row(
            "PUT /api/v1/crates/new",
            "/api/v1/crates/new",
            Some(json!({ "name": "std", "vers": "1.0.0" })),
            Publish("publish-new"),
            400,
            400,
        ),
        read("GET /api/v1/crates/{name}", "/api/v1/crates/mine", 200),
        row(
            "PATCH /api/v1/crates/{name}",
            "/api/v1/crates/mine",
            Some(json!({ "crate": {} })),
            NamedScope("trusted-publishing"),
            200,
            403,
        ),
        row("DELETE /api/v1/crates/{name}", "/api/v1/crates/none", None, Session, 404, 404),
        read("GET /api/v1/crates/{name}/versions", "/api/v1/crates/mine/versions", 200),
        read("GET /api/v1/crates/{name}/downloads", "/api/v1/crates/mine/downloads", 200),
        read("GET /api/v1/crates/{name}/reverse_dependencies", "/api/v1/crates/mine/reverse_dependencies", 200),
        row("PUT /api/v1/crates/{name}/follow", "/api/v1/crates/mine/follow", None, Unlimited, 200, 200),
        row("DELETE /api/v1/crates/{name}/follow", "/api/v1/crates/mine/follow", None, Unlimited, 200, 200),
        own("GET /api/v1/crates/{name}/following", "/api/v1/crates/mine/following"),
        read("GET /api/v1/crates/{name}/owners", "/api/v1/crates/mine/owners", 200),
        read("GET /api/v1/crates/{name}/owner_user", "/api/v1/crates/mine/owner_user", 200),
        read("GET /api/v1/crates/{name}/owner_team", "/api/v1/crates/mine/owner_team", 200),
        row(
            "PUT /api/v1/crates/{name}/owners",
            "/api/v1/crates/mine/owners",
            owners.clone(),
            Scope("change-owners"),
            400,
            403,
        ),
        row(
            "DELETE /api/v1/crates/{name}/owners",
            "/api/v1/crates/mine/owners",
            owners,
            Scope("change-owners"),
            400,
            403,
        ),
        read("GET /api/v1/crates/{name}/{version}", "/api/v1/crates/mine/1.0.0", 200),
        by_admin_too(row(
            "PATCH /api/v1/crates/{name}/{version}",
            "/api/v1/crates/mine/1.0.0",
            Some(json!({ "version": {} })),
            Scope("yank"),
            200,
            403,
        )),
        by_admin_too(row(
            "DELETE /api/v1/crates/{name}/{version}/yank",
            "/api/v1/crates/mine/1.0.0/yank",
            None,
            Scope("yank"),
            200,
            403,
        )),
        by_admin_too(row(
            "PUT /api/v1/crates/{name}/{version}/unyank",
            "/api/v1/crates/mine/1.0.0/unyank",
            None,
            Scope("yank"),
            200,
            403,
        )),
        row(
            "POST /api/v1/crates/{name}/{version}/rebuild_docs",
            "/api/v1/crates/mine/1.0.0/rebuild_docs",
            None,
            Session,
            422,
            403,
        ),
        read("GET /api/v1/crates/{name}/{version}/download", "/api/v1/crates/mine/1.0.0/download", 302),
        read("GET /api/v1/crates/{name}/{version}/readme", "/api/v1/crates/mine/1.0.0/readme", 302),
        read("GET /api/v1/crates/{name}/{version}/dependencies", "/api/v1/crates/mine/1.0.0/dependencies", 200),
        read("GET /api/v1/crates/{name}/{version}/downloads", "/api/v1/crates/mine/1.0.0/downloads", 200),
        read("GET /api/v1/crates/{name}/{version}/authors", "/api/v1/crates/mine/1.0.0/authors", 200),
        read("GET /api/v1/keywords", "/api/v1/keywords", 200),
        read("GET /api/v1/keywords/{keyword}", "/api/v1/keywords/none", 404),
        read("GET /api/v1/categories", "/api/v1/categories", 200),
        read("GET /api/v1/categories/{category}", "/api/v1/categories/none", 404),
        read("GET /api/v1/category_slugs", "/api/v1/category_slugs", 200),
        read("GET /api/v1/summary", "/api/v1/summary", 200),
        read("GET /api/v1/site_metadata", "/api/v1/site_metadata", 200),
        own("GET /api/v1/me", "/api/v1/me"),
        own("GET /api/v1/me/updates", "/api/v1/me/updates"),
        row(
            "PUT /api/v1/me/email_notifications",
            "/api/v1/me/email_notifications",
            Some(json!([])),
            Unlimited,
            200,
            200,
        ),
        own("GET /api/v1/me/tokens", "/api/v1/me/tokens"),
        row(
            "PUT /api/v1/me/tokens",
            "/api/v1/me/tokens",
            Some(json!({ "api_token": { "name": "made", "endpoint_scopes": ["read"] } })),
            CreateToken,
            200,
            200,
        ),
        row(
            "GET /api/v1/me/tokens/{id}",
            &format!("/api/v1/me/tokens/{}", ids.owners_token),
            None,
            Unlimited,
            200,
            404,
        ),
        row("DELETE /api/v1/me/tokens/{id}", "/api/v1/me/tokens/0", None, Unlimited, 200, 200),
        own("DELETE /api/v1/me/tokens", "/api/v1/me/tokens"),
        row("DELETE /api/v1/tokens/current", "/api/v1/tokens/current", None, AnyToken, 204, 204),
        own("GET /api/v1/me/public_keys", "/api/v1/me/public_keys"),
        row(
            "PUT /api/v1/me/public_keys",
            "/api/v1/me/public_keys",
            Some(json!({ "public_key": { "name": "a", "key": "none" } })),
            Session,
            400,
            400,
        ),
        own("DELETE /api/v1/me/public_keys/{id}", "/api/v1/me/public_keys/0"),
        own("GET /api/v1/me/crate_owner_invitations", "/api/v1/me/crate_owner_invitations"),
        row(
            "PUT /api/v1/me/crate_owner_invitations/{crate_id}",
            "/api/v1/me/crate_owner_invitations/0",
            Some(json!({ "crate_owner_invite": { "crate_id": 0, "accepted": true } })),
            Unlimited,
            404,
            404,
        ),
        row(
            "PUT /api/v1/me/crate_owner_invitations/accept/{token}",
            "/api/v1/me/crate_owner_invitations/accept/none",
            None,
            WayIn,
            404,
            404,
        ),
        row(
            "GET /api/private/crate_owner_invitations",
            "/api/private/crate_owner_invitations?crate_name=mine",
            None,
            Session,
            200,
            403,
        ),
        row(
            "GET /api/private/crate_owner_invitations",
            &format!("/api/private/crate_owner_invitations?invitee_id={owner}"),
            None,
            Session,
            200,
            403,
        ),
        row("PUT /api/v1/confirm/{email_token}", "/api/v1/confirm/none", None, WayIn, 400, 400),
        read("GET /api/v1/users/{user}", "/api/v1/users/owner", 200),
        row(
            "PUT /api/v1/users/{user}",
            &format!("/api/v1/users/{owner}"),
            Some(json!({ "user": { "is_admin": true } })),
            Unlimited,
            200,
            400,
        ),
        row("PUT /api/v1/users/{id}/resend", &format!("/api/v1/users/{owner}/resend"), None, Unlimited, 200, 400),
        read("GET /api/v1/users/{id}/stats", &format!("/api/v1/users/{owner}/stats"), 200),
        as_admin("GET /api/private/admin_list/{username}", "/api/private/admin_list/nobody", None, 404),
        as_admin("POST /api/v1/teams", "/api/v1/teams", Some(json!({ "team": { "org": "no org", "team": "x" } })), 400),
        read("GET /api/v1/teams/{login}", "/api/v1/teams/local:no:team", 404),
        row(
            "PATCH /api/v1/teams/{login}",
            "/api/v1/teams/local:no:team",
            Some(json!({ "team": { "name": "x" } })),
            Unlimited,
            404,
            404,
        ),
        Row {
            admin: 404,
            ..row("DELETE /api/v1/teams/{login}", "/api/v1/teams/local:no:team", None, Unlimited, 403, 403)
        },
        read("GET /api/v1/teams/{login}/members", "/api/v1/teams/local:no:team/members", 404),
        row(
            "PUT /api/v1/teams/{login}/members",
            "/api/v1/teams/local:no:team/members",
            Some(json!({ "members": [] })),
            Unlimited,
            404,
            404,
        ),
        row(
            "DELETE /api/v1/teams/{login}/members",
            "/api/v1/teams/local:no:team/members",
            Some(json!({ "members": [] })),
            Unlimited,
            404,
            404,
        ),
        row(
            "POST /api/v1/trusted_publishing/github_configs",
            "/api/v1/trusted_publishing/github_configs",
            Some(github_config()),
            Scope("trusted-publishing"),
            409,
            409,
        ),
        row(
            "POST /api/v1/trusted_publishing/gitlab_configs",
            "/api/v1/trusted_publishing/gitlab_configs",
            Some(gitlab_config()),
            Scope("trusted-publishing"),
            409,
            409,
        ),
        row(
            "POST /api/v1/trusted_publishing/oidc_configs",
            "/api/v1/trusted_publishing/oidc_configs",
            Some(oidc_config()),
            Scope("trusted-publishing"),
            409,
            409,
        ),
        row(
            "GET /api/v1/trusted_publishing/github_configs",
            "/api/v1/trusted_publishing/github_configs?crate=mine",
            None,
            Scope("trusted-publishing"),
            200,
            400,
        ),
        row(
            "GET /api/v1/trusted_publishing/github_configs",
            &format!("/api/v1/trusted_publishing/github_configs?user_id={owner}"),
            None,
            NamedScopeOnAny("trusted-publishing"),
            200,
            403,
        ),
        row(
            "GET /api/v1/trusted_publishing/gitlab_configs",
            "/api/v1/trusted_publishing/gitlab_configs?crate=mine",
            None,
            Scope("trusted-publishing"),
            200,
            400,
        ),
        row(
            "GET /api/v1/trusted_publishing/oidc_configs",
            "/api/v1/trusted_publishing/oidc_configs?crate=mine",
            None,
            Scope("trusted-publishing"),
            200,
            400,
        ),
        read(
            "DELETE /api/v1/trusted_publishing/github_configs/{id}",
            "/api/v1/trusted_publishing/github_configs/0",
            404,
        ),
        read(
            "DELETE /api/v1/trusted_publishing/gitlab_configs/{id}",
            "/api/v1/trusted_publishing/gitlab_configs/0",
            404,
        ),
        read("DELETE /api/v1/trusted_publishing/oidc_configs/{id}", "/api/v1/trusted_publishing/oidc_configs/0", 404),
        row(
            "POST /api/v1/trusted_publishing/tokens",
            "/api/v1/trusted_publishing/tokens",
            Some(json!({ "jwt": "none" })),
            WayIn,
            400,
            400,
        ),
        row(
            "DELETE /api/v1/trusted_publishing/tokens",
            "/api/v1/trusted_publishing/tokens",
            None,
            PipelineToken,
            204,
            204,
        ),
        row("POST /api/v1/secret_scanning/verify", "/api/v1/secret_scanning/verify", Some(json!([])), WayIn, 404, 404),
        row(
            "POST /api/github/secret-scanning/verify",
            "/api/github/secret-scanning/verify",
            Some(json!([])),
            WayIn,
            404,
            404,
        ),
        row(
            "POST /api/private/session",
            "/api/private/session",
            Some(json!({ "login": "nobody", "password": "x" })),
            WayIn,
            403,
            403,
        ),
        row("DELETE /api/private/session", "/api/private/session", None, WayIn, 200, 200),
        row("GET /api/private/session/providers", "/api/private/session/providers", None, WayIn, 200, 200),
        row("POST /api/private/session/begin", "/api/private/session/begin", None, OwnWayIn, 404, 404),
        row(
            "POST /api/private/session/authorize",
            "/api/private/session/authorize",
            Some(json!({ "code": "", "state": "" })),
            OwnWayIn,
            400,
            400,
        ),
        row("GET /api/private/session/signup", "/api/private/session/signup", None, WayIn, 400, 400),
        row(
            "POST /api/private/session/signup",
            "/api/private/session/signup",
            Some(json!({ "signup": { "email": "a@b.example" } })),
            OwnWayIn,
            400,
            400,
        ),
        row("DELETE /api/private/session/signup", "/api/private/session/signup", None, WayIn, 200, 200),
        row(
            "POST /api/private/session/second_factor",
            "/api/private/session/second_factor",
            Some(json!({ "code": "1" })),
            WayIn,
            403,
            403,
        ),
        row(
            "PUT /api/private/session/password",
            "/api/private/session/password",
            Some(json!({ "old": "x", "new": "short" })),
            FirstSession,
            400,
            400,
        ),
        row(
            "POST /api/private/account",
            "/api/private/account",
            Some(json!({ "login": "no login", "email": "", "password": "" })),
            OwnWayIn,
            400,
            400,
        ),
        own("GET /api/private/sessions", "/api/private/sessions"),
        own("DELETE /api/private/sessions/{id}", "/api/private/sessions/0"),
        own("DELETE /api/private/sessions", "/api/private/sessions"),
        own("GET /api/private/second_factor", "/api/private/second_factor"),
        row(
            "PUT /api/private/second_factor",
            "/api/private/second_factor",
            Some(json!({ "code": "1" })),
            Session,
            400,
            400,
        ),
        own("POST /api/private/second_factor", "/api/private/second_factor"),
        row(
            "DELETE /api/private/second_factor",
            "/api/private/second_factor",
            Some(json!({ "code": "1" })),
            Session,
            403,
            403,
        ),
        own("GET /api/private/identities", "/api/private/identities"),
        own("DELETE /api/private/identities/{id}", "/api/private/identities/0"),
        as_admin("GET /api/private/signup_invitations", "/api/private/signup_invitations", None, 200),
        as_admin(
            "POST /api/private/signup_invitations",
            "/api/private/signup_invitations",
            Some(json!({ "email": "none" })),
            422,
        ),
        as_admin("DELETE /api/private/signup_invitations/{id}", "/api/private/signup_invitations/0", None, 200),
        as_admin("GET /api/private/audit", "/api/private/audit", None, 200),
        as_admin(
            "PUT /api/private/users/{login}/lock",
            "/api/private/users/nobody/lock",
            Some(json!({ "reason": "x" })),
            400,
        ),
        as_admin("DELETE /api/private/users/{login}/lock", "/api/private/users/nobody/lock", None, 400),
        as_admin("GET /api/private/users/{login}/rate_limits", "/api/private/users/nobody/rate_limits", None, 400),
        as_admin(
            "PUT /api/private/users/{login}/rate_limits/{action}",
            "/api/private/users/nobody/rate_limits/mail",
            Some(json!({ "burst": 1 })),
            400,
        ),
        as_admin(
            "DELETE /api/private/users/{login}/rate_limits/{action}",
            "/api/private/users/nobody/rate_limits/mail",
            None,
            400,
        ),
    ]
}

fn github_config() -> Value {
    json!({ "github_config": { "crate": "mine", "repository_owner": "o", "repository_name": "r", "workflow_filename": "w.yml" } })
}

fn gitlab_config() -> Value {
    json!({ "gitlab_config": { "crate": "mine", "namespace": "n", "project": "p", "workflow_filepath": "w.yml" } })
}

fn oidc_config() -> Value {
    json!({ "oidc_config": { "crate": "mine", "provider": "corp", "rules": [{ "claim": "sub", "pattern": "x" }] } })
}

/// Gives the crate as many trusted publishers of each kind as it may have, so that one more is refused by all who may ask.
async fn trust_pipelines(server: &TestServer, owner: &User) {
    for (kind, config) in [("github", github_config()), ("gitlab", gitlab_config()), ("oidc", oidc_config())] {
        for _ in 0..5 {
            let request = server.request(Method::POST, &format!("/api/v1/trusted_publishing/{kind}_configs"));
            let answer = request.header("authorization", &owner.token).json(&config).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{kind}: {}", answer.text().await.unwrap());
        }
    }
}

/// The ids that rows name.
struct Ids {
    owner: i64,
    owners_token: i64,
    krate: i64,
}

const COOKIES: [(&str, &str, bool); 6] = [
    ("owner", "owners-session", false),
    ("foreign", "strangers-session", false),
    ("admin", "admins-session", false),
    ("locked", "locked-session", false),
    ("newcomer", "newcomers-session", false),
    ("owner", "half-a-session", true),
];

/// A pipeline's token: 31 characters and what they come to.
const PIPELINE: &str = "gGK6jurSwKyl9V3Az19z7YEFQI9aoOO";

/// Operations that end what somebody presents.
const ENDING: [&str; 5] = [
    "DELETE /api/v1/me/tokens",
    "DELETE /api/v1/tokens/current",
    "DELETE /api/v1/trusted_publishing/tokens",
    "DELETE /api/private/session",
    "DELETE /api/private/sessions",
];

/// Puts every session and token back that a request has ended.
fn restore(server: &TestServer, ids: &Ids) {
    server.execute_sql("UPDATE tokens SET is_revoked = (name = 'revoked')");
    server.execute_sql("DELETE FROM sessions");
    let row = |(login, cookie, awaits_code): &(&str, &str, bool)| {
        let hash = server.sql_bytes(&sha256(cookie.as_bytes()));
        format!("((SELECT id FROM users WHERE login = '{login}'), {hash}, {awaits_code}, 0, 9000000000000000)")
    };
    let rows: Vec<String> = COOKIES.iter().map(row).collect();
    let insert = "INSERT INTO sessions (user_id, hash, awaits_code, created_at, expires_at) VALUES";
    server.execute_sql(&format!("{insert} {}", rows.join(", ")));
    server.execute_sql("DELETE FROM trustpub_tokens");
    let hash = server.sql_bytes(&sha256(PIPELINE.as_bytes()));
    let data = json!({ "provider": "github", "repository": "o/r", "run_id": "1", "sha": "abc" });
    server.execute_sql(&format!(
        "INSERT INTO trustpub_tokens (hash, crate_ids, pending_ids, data, created_at, expires_at) \
         VALUES ({hash}, '[{}]', '[]', '{data}', 0, 9000000000000000)",
        ids.krate
    ));
}

/// Everybody there is.
fn callers(server: &TestServer) -> Vec<Caller> {
    let mut callers = vec![
        Caller::new("nobody", Proof::Nothing),
        Caller::new("an ended session", Proof::Nothing).cookie("ended"),
        Caller::new("half a session", Proof::Nothing).cookie("half-a-session"),
        Caller::new("owner's session", Proof::Cookie(Who::Owner)).cookie("owners-session"),
        Caller::new("stranger's session", Proof::Cookie(Who::Foreign)).cookie("strangers-session"),
        Caller::new("administrator's session", Proof::Cookie(Who::Admin)).cookie("admins-session"),
        Caller::new("locked session", Proof::Refused(403)).cookie("locked-session"),
        Caller::new("newcomer's session", Proof::FirstCookie).cookie("newcomers-session"),
        Caller::new("owner's session and nonsense", Proof::CookieAndNonsense).cookie("owners-session").token("Basic x"),
        Caller::new("administrator", Proof::Token(Who::Admin, None, vec![])).token(&server.admin.token),
        Caller::new("unknown token", Proof::Refused(403)).token(&format!("cio{}", "x".repeat(32))),
        Caller::new("no token", Proof::Refused(401)).token("something-else"),
        Caller::new("no token at all", Proof::Refused(401)).token("Basic b3duZXI6"),
        Caller::new("pipeline", Proof::Pipeline).token(&format!("cio_tp_{PIPELINE}d")),
    ];
    let mut token = |name: &str, login: &str, flags: &[&str], proof: Proof| {
        let arguments = ["admin", "token", "create", "--json", "--user", login, "--name", name];
        let made: Value = serde_json::from_str(&server.cli(&[&arguments, flags].concat())).unwrap();
        callers.push(Caller::new(name, proof).token(made["token"].as_str().unwrap()));
    };
    let of_owner =
        |scopes: Option<Vec<&'static str>>, crates: Vec<&'static str>| Proof::Token(Who::Owner, scopes, crates);
    token("everything", "owner", &[], of_owner(None, vec![]));
    token("everything of a stranger", "foreign", &[], Proof::Token(Who::Foreign, None, vec![]));
    token("everything for this crate", "owner", &["--crate", "mine"], of_owner(None, vec!["mine"]));
    token("everything for another crate", "owner", &["--crate", "other"], of_owner(None, vec!["other"]));
    token("locked", "locked", &[], Proof::Refused(403));
    token("revoked", "owner", &[], Proof::Refused(403));
    token("expired", "owner", &[], Proof::Refused(403));
    for scope in SCOPES {
        token(scope, "owner", &["--scope", scope], of_owner(Some(vec![scope]), vec![]));
    }
    let all = SCOPES.join(",");
    token("all scopes", "owner", &["--scope", &all], of_owner(Some(SCOPES.to_vec()), vec![]));
    let flags = ["--scope", &all, "--crate", "other"];
    token("all scopes for another crate", "owner", &flags, of_owner(Some(SCOPES.to_vec()), vec!["other"]));
    token("no scopes", "owner", &["--scope", "read"], of_owner(Some(vec![]), vec![]));
    for from in ["everything", "owner's session"] {
        let found = callers.iter().find(|caller| caller.name == from).unwrap();
        let foreign = Caller {
            name: format!("{from} from elsewhere"),
            proof: Proof::ForeignSite(Box::new(found.proof.clone())),
            cookie: found.cookie.clone(),
            authorization: found.authorization.clone(),
            origin: Some("https://evil.example"),
        };
        callers.push(foreign);
    }
    server.execute_sql("UPDATE tokens SET expires_at = 1 WHERE name = 'expired'");
    server.execute_sql("UPDATE tokens SET endpoint_scopes = '[]' WHERE name = 'no scopes'");
    callers
}

async fn check(shape: Shape, is_private: bool) {
    let settings = [
        ("CARGOHOLD_REGISTRY__AUTH_REQUIRED", if is_private { "true" } else { "false" }),
        ("CARGOHOLD_LIMITS__SIGN_IN__BURST", "1000000"),
        ("CARGOHOLD_LIMITS__TOKEN_CREATION__BURST", "1000000"),
        ("CARGOHOLD_LIMITS__MAIL__BURST", "1000000"),
        ("CARGOHOLD_TRUSTPUB__OIDC", "corp=https://login.example"),
    ];
    let server = TestServer::start_with(shape, &settings);
    let owner = server.user("owner");
    for login in ["foreign", "locked", "newcomer"] {
        server.user(login);
    }
    assert_eq!(server.publish(&owner, &krate("mine").file("README.md", b"Read me")).await.status(), 200);
    server.execute_sql("UPDATE users SET is_email_verified = TRUE");
    trust_pipelines(&server, &owner).await;
    server.execute_sql("UPDATE users SET must_change_password = (login = 'newcomer')");
    server.execute_sql("UPDATE users SET lock_reason = 'for good' WHERE login = 'locked'");
    let number = |sql: &str| server.execute_sql(sql).parse::<i64>().unwrap();
    let ids = Ids {
        owner: number("SELECT id FROM users WHERE login = 'owner'"),
        owners_token: number("SELECT MIN(id) FROM tokens WHERE user_id = (SELECT id FROM users WHERE login = 'owner')"),
        krate: number("SELECT id FROM crates WHERE name = 'mine'"),
    };
    let callers = callers(&server);
    restore(&server, &ids);
    let rows = rows(&ids);

    let document =
        server.request(Method::GET, "/api/openapi.json?internal").header("authorization", &server.admin.token);
    let contract = Contract::ours(document.send().await.unwrap().json().await.unwrap());
    let known: BTreeSet<String> =
        contract.operations().iter().map(|(method, path)| format!("{} {path}", method.to_uppercase())).collect();
    let listed: BTreeSet<String> = rows.iter().map(|row| row.operation.to_owned()).collect();
    assert_eq!(known, listed, "every operation has a row here that says what it needs, and no other has");

    let mut wrong = Vec::new();
    for row in &rows {
        for caller in &callers {
            let answer = caller.ask(&server, row).await;
            let (found, wanted) = (answer.status().as_u16(), expected(row, &caller.proof, is_private));
            if found != wanted {
                let text = answer.text().await.unwrap();
                wrong.push(format!(
                    "{} {}: {} gets {found} instead of {wanted}: {text}",
                    row.operation, row.path, caller.name
                ));
            }
            if found < 300 && ENDING.contains(&row.operation) && caller.proof != Proof::Nothing {
                restore(&server, &ids);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), rows.len() * callers.len(), wrong.join("\n"));
}

async fn s24_every_operation_asks_for_what_it_needs_on_an_open_registry(shape: Shape) {
    check(shape, false).await;
}

async fn s25_every_operation_asks_for_what_it_needs_on_a_private_registry(shape: Shape) {
    check(shape, true).await;
}

//! `/api/v1/me/public_keys`: the keys with which a person's cargo signs its requests (RFC 3231). The reference has none.

use axum::extract::State;
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{Done, Errors};
use cargohold_registry::ListedKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Caller, Json, JsonBody, PathId};

/// A key that its owner registered.
#[derive(Serialize, ToSchema)]
pub(super) struct PublicKey {
    /// The id, by which it is revoked.
    id: i64,
    /// The key's own id, `k3.pid.…`, which tokens name.
    key_id: String,
    /// What its owner calls it.
    name: String,
    /// When it was registered.
    created_at: Timestamp,
    /// When it was last used, exact to a minute.
    #[schema(required)]
    last_used_at: Option<Timestamp>,
}

/// Keys.
#[derive(Serialize, ToSchema)]
pub(super) struct PublicKeys {
    /// The newest first.
    public_keys: Vec<PublicKey>,
}

/// One key.
#[derive(Serialize, ToSchema)]
pub(super) struct Registered {
    public_key: PublicKey,
}

/// A key to register.
#[derive(Deserialize, ToSchema)]
pub(super) struct Registration {
    public_key: NewPublicKey,
}

/// A key to register.
#[derive(Deserialize, ToSchema)]
struct NewPublicKey {
    /// What to call it.
    name: String,
    /// The public key as `cargo login` prints it, `k3.public.…`.
    key: String,
}

impl PublicKey {
    fn of(key: ListedKey) -> Self {
        Self {
            id: key.id,
            key_id: key.key_id,
            name: key.name,
            created_at: Timestamp::from_micros(key.created_at),
            last_used_at: key.last_used_at.map(Timestamp::from_micros),
        }
    }
}

/// Lists the caller's public keys.
#[utoipa::path(get, path = "/api/v1/me/public_keys", operation_id = "list_public_keys", tag = "internal",
    responses((status = 200, body = PublicKeys), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn list(State(app): State<App>, Caller(call): Caller) -> ApiResult<Json<PublicKeys>> {
    let listed = app.registry.list_keys(&call).await?;
    Ok(Json(PublicKeys { public_keys: listed.into_iter().map(PublicKey::of).collect() }))
}

/// Registers a public key of the caller's.
#[utoipa::path(put, path = "/api/v1/me/public_keys", operation_id = "register_public_key", tag = "internal",
    request_body = Registration,
    responses((status = 200, body = Registered), (status = 400, body = Errors), (status = 403, body = Errors), (status = 415, body = Errors), (status = 422, body = Errors), (status = 429, body = Errors)),
    security(("session" = [])))]
pub(super) async fn register(
    State(app): State<App>,
    Caller(call): Caller,
    JsonBody(wanted): JsonBody<Registration>,
) -> ApiResult<Json<Registered>> {
    let NewPublicKey { name, key } = wanted.public_key;
    Ok(Json(Registered { public_key: PublicKey::of(app.registry.register_key(&call, &name, &key).await?) }))
}

/// Makes a key of the caller's unusable for ever.
#[utoipa::path(delete, path = "/api/v1/me/public_keys/{id}", operation_id = "revoke_public_key", tag = "internal",
    params(("id" = i32, Path, description = "The id of the key")),
    responses((status = 200, body = Done), (status = 400, body = Errors), (status = 403, body = Errors)), security(("session" = [])))]
pub(super) async fn revoke(State(app): State<App>, Caller(call): Caller, PathId(id): PathId) -> ApiResult<Json<Done>> {
    app.registry.revoke_key(&call, id).await?;
    Ok(Json(Done::OK))
}

//! Places in a list, as clients keep them: JSON in URL-safe base64 without padding (contract §2.4).

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cargohold_protocol::Timestamp;
use cargohold_registry::{InvitationKey, ListKey, Sort, VersionKey, VersionOrder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// A place in a list of crates.
pub(crate) fn encode(key: &ListKey) -> String {
    match key {
        ListKey::Name { id } => to_text(id),
        ListKey::Downloads { downloads, id } => to_text(&(downloads, id)),
        ListKey::RecentDownloads { recent_downloads, id } => to_text(&(recent_downloads, id)),
        ListKey::Updated { at, id } | ListKey::Created { at, id } => to_text(&(at, id)),
        ListKey::ExactThenName { is_exact, id } => to_text(&(is_exact, id)),
        ListKey::Relevance { is_exact, rank, recent_downloads, id } => to_text(&(is_exact, rank, recent_downloads, id)),
    }
}

/// The place in a list of crates of this order.
pub(crate) fn decode(text: &str, sort: Sort) -> Result<ListKey, ApiError> {
    Ok(match sort {
        Sort::Name => ListKey::Name { id: from_text::<i32>(text)?.into() },
        Sort::Downloads => {
            let (downloads, id) = from_text::<(i64, i32)>(text)?;
            ListKey::Downloads { downloads, id: id.into() }
        }
        Sort::RecentDownloads => {
            let (recent_downloads, id) = from_text::<(Option<i64>, i32)>(text)?;
            ListKey::RecentDownloads { recent_downloads, id: id.into() }
        }
        Sort::Updated => {
            let (at, id) = from_text::<(i64, i32)>(text)?;
            ListKey::Updated { at, id: id.into() }
        }
        Sort::Created => {
            let (at, id) = from_text::<(i64, i32)>(text)?;
            ListKey::Created { at, id: id.into() }
        }
        Sort::ExactThenName => {
            let (is_exact, id) = from_text::<(bool, i32)>(text)?;
            ListKey::ExactThenName { is_exact, id: id.into() }
        }
        Sort::Relevance => {
            let (is_exact, rank, recent_downloads, id) = from_text::<(bool, f64, Option<i64>, i32)>(text)?;
            ListKey::Relevance { is_exact, rank, recent_downloads, id: id.into() }
        }
    })
}

/// A place in a list in order of ids.
pub(crate) fn encode_id(id: i64) -> String {
    to_text(&id)
}

/// The place in a list in order of ids.
pub(crate) fn decode_id(text: &str) -> Result<i64, ApiError> {
    Ok(from_text::<i32>(text)?.into())
}

/// A place in a list of versions.
pub(crate) fn encode_version(key: &VersionKey) -> String {
    match key {
        VersionKey::Semver(num, id) => to_text(&(num, id)),
        VersionKey::Date(at, id) => to_text(&(at.micros(), id)),
    }
}

/// The place in a list of versions of this order.
pub(crate) fn decode_version(text: &str, order: VersionOrder) -> Result<VersionKey, ApiError> {
    Ok(match order {
        VersionOrder::Semver => {
            let (num, id) = from_text::<(String, i32)>(text)?;
            VersionKey::Semver(num, id.into())
        }
        VersionOrder::Date => {
            let (at, id) = from_text::<(i64, i32)>(text)?;
            VersionKey::Date(Timestamp::from_micros(at), id.into())
        }
    })
}

/// A place in a list of invitations.
pub(crate) fn encode_invitation(key: InvitationKey) -> String {
    to_text(&key)
}

/// The place in a list of invitations.
pub(crate) fn decode_invitation(text: &str) -> Result<InvitationKey, ApiError> {
    let (crate_id, invitee_id) = from_text::<(i32, i32)>(text)?;
    Ok((crate_id.into(), invitee_id.into()))
}

fn to_text(key: &impl Serialize) -> String {
    // Numbers, texts and booleans always serialise.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    let json = URL_SAFE_NO_PAD.decode(text).ok();
    json.and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(|| {
        let text = "invalid seek parameter: it is none of this list; follow `next_page` from the first page on";
        ApiError::Request(StatusCode::BAD_REQUEST, text.to_owned())
    })
}

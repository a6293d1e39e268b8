//! Teams and invitations to own a crate (contract part 2, §4.9 and §6).

use serde::Serialize;
use utoipa::ToSchema;

use super::User;
use crate::Timestamp;

/// A team.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Team {
    /// The id.
    pub id: i64,
    /// `provider:org:team` in lower case.
    pub login: String,
    /// The display name.
    #[schema(required)]
    pub name: Option<String>,
    /// The address of a picture.
    #[schema(required)]
    pub avatar: Option<String>,
    /// The page of its organisation, where the provider has such pages.
    #[schema(required)]
    pub url: Option<String>,
}

/// A team that was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TeamFound {
    /// The team.
    pub team: Team,
}

/// Somebody in a team that is managed here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TeamMember {
    /// The user's id.
    pub id: i64,
    /// The login.
    pub login: String,
    /// The display name.
    #[schema(required)]
    pub name: Option<String>,
    /// The address of a picture.
    #[schema(required)]
    pub avatar: Option<String>,
    /// Their profile page.
    pub url: String,
    /// Whether they decide who else is in the team.
    pub is_maintainer: bool,
}

/// Everybody in a team that is managed here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TeamMembers {
    /// In the order of their ids.
    pub members: Vec<TeamMember>,
}

/// An invitation to own a crate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnerInvitation {
    /// Who is to become an owner.
    pub invitee_id: i64,
    /// Who wants it.
    pub inviter_id: i64,
    /// The crate's id.
    pub crate_id: i64,
    /// The crate's name.
    pub crate_name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// A page of invitations.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnerInvitations {
    /// The invitations that are open.
    pub invitations: Vec<OwnerInvitation>,
    /// Everybody they speak of.
    pub users: Vec<User>,
    /// Where this page stands.
    pub meta: OwnerInvitationsMeta,
}

/// Where a page of invitations stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnerInvitationsMeta {
    /// The query string of the next page, `?` included, if there is one.
    #[schema(required)]
    pub next_page: Option<String>,
}

/// An invitation to own a crate, in the form of old clients.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LegacyOwnerInvitation {
    /// Who is to become an owner.
    pub invitee_id: i64,
    /// Who wants it.
    pub inviter_id: i64,
    /// The login of who wants it.
    pub invited_by_username: String,
    /// The crate's name.
    pub crate_name: String,
    /// The crate's id.
    pub crate_id: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// A page of invitations, in the form of old clients.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LegacyOwnerInvitations {
    /// The invitations that are open.
    pub crate_owner_invitations: Vec<LegacyOwnerInvitation>,
    /// Everybody they speak of.
    pub users: Vec<User>,
}

/// An invitation that was answered.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct OwnerInvitationAnswered {
    /// The answer.
    pub crate_owner_invitation: OwnerInvitationAnswer,
}

/// The answer to an invitation.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct OwnerInvitationAnswer {
    /// The crate's id.
    pub crate_id: i64,
    /// Whether it was accepted.
    pub accepted: bool,
}

//! Who is in a team or leads an organisation, asked live and in the name of whoever wants to know.

use serde::Deserialize;

use super::api::Asker;
use super::{AccessToken, GitHub};
use crate::ProviderError;

/// A team of an organisation. The ids stay when it is renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The id of the team.
    pub id: i64,
    /// The id of its organisation.
    pub org_id: i64,
    /// The login of its organisation, as GitHub spells it.
    pub org: String,
    /// The name of the team in addresses.
    pub slug: String,
    /// The name to display.
    pub name: Option<String>,
    /// The address of the organisation's picture.
    pub avatar: Option<String>,
}

#[derive(Deserialize)]
struct FoundTeam {
    id: i64,
    slug: String,
    name: Option<String>,
    organization: Organization,
}

#[derive(Deserialize)]
struct Organization {
    id: i64,
    login: String,
    avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct Membership {
    state: String,
    #[serde(default)]
    role: String,
}

#[derive(Deserialize)]
struct Account {
    id: i64,
    login: String,
}

impl GitHub {
    /// The team, if whoever holds the token can see it.
    ///
    /// # Errors
    ///
    /// When GitHub does not answer, the token is no longer good or the organisation restricts this registry.
    pub async fn find_team(&self, token: &AccessToken, org: &str, slug: &str) -> Result<Option<Team>, ProviderError> {
        let path = ["orgs", org, "teams", slug];
        let team = self.find::<FoundTeam>("a team", &path, Asker::Person(token)).await?;
        Ok(team.map(|team| Team {
            id: team.id,
            org_id: team.organization.id,
            org: team.organization.login,
            slug: team.slug,
            name: team.name,
            avatar: team.organization.avatar_url,
        }))
    }

    /// Whether `login` is an active member of the team. An invitation that is still open is none.
    ///
    /// # Errors
    ///
    /// As [`GitHub::find_team`].
    pub async fn is_team_member(
        &self,
        token: &AccessToken,
        org_id: i64,
        team_id: i64,
        login: &str,
    ) -> Result<bool, ProviderError> {
        let (org_id, team_id) = (org_id.to_string(), team_id.to_string());
        let path = ["organizations", &org_id, "team", &team_id, "memberships", login];
        let membership = self.find::<Membership>("a membership", &path, Asker::Person(token)).await?;
        Ok(membership.is_some_and(|membership| membership.state == "active"))
    }

    /// Whether `login` is an active owner of the organisation, which GitHub calls an admin.
    ///
    /// # Errors
    ///
    /// As [`GitHub::find_team`].
    pub async fn is_org_admin(&self, token: &AccessToken, org: &str, login: &str) -> Result<bool, ProviderError> {
        let path = ["orgs", org, "memberships", login];
        let membership = self.find::<Membership>("a membership", &path, Asker::Person(token)).await?;
        Ok(membership.is_some_and(|membership| membership.state == "active" && membership.role == "admin"))
    }

    /// How GitHub spells the login of a user or an organisation, and its id.
    ///
    /// # Errors
    ///
    /// When GitHub does not answer, or does not accept this registry.
    pub async fn find_owner_id(&self, login: &str) -> Result<Option<(String, i64)>, ProviderError> {
        let account = self.find::<Account>("an owner", &["users", login], Asker::Registry).await?;
        Ok(account.map(|account| (account.login, account.id)))
    }
}

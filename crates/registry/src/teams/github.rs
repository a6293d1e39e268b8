//! Teams whose members GitHub knows. It is asked live, in the name of whoever wants to do something.

use cargohold_providers::{AccessToken, ProviderError};
use cargohold_store::identities::Identity;
use cargohold_store::teams::Team;

use super::find::TeamToBe;
use super::login::TeamLogin;
use crate::auth::Actor;
use crate::providers::GITHUB;
use crate::sealed::Purpose;
use crate::{Error, Registry, Result};

impl Registry {
    /// A team at GitHub that somebody wants to make an owner, if they are in it or administrate its organisation.
    pub(super) async fn find_github_team_to_add(&self, actor: &Actor, login: &TeamLogin<'_>) -> Result<TeamToBe> {
        let stored = login.stored();
        let accounts = self.accounts_of(&actor.user).await?;
        let mut own = accounts.iter().filter(|account| account.provider == GITHUB);
        let (Some(github), Some(account)) = (&self.providers.github, own.next()) else {
            let text = "to add a team of GitHub, sign in to this registry with your account there first";
            return Err(Error::Refused(text.to_owned()));
        };
        let (token, name) = self.github_account(account)?;
        let found = github.find_team(&token, login.org, login.team).await;
        let Ok(Some(team)) = found.inspect_err(|error| log_failure(error, &stored)) else {
            let hint = "check its spelling, that you can see it there, and that its organisation allows this registry";
            return Err(Error::Refused(format!("GitHub does not show you a team `{stored}`; {hint}")));
        };
        let refused = |error| refused(error, &stored);
        let may_add = github.is_team_member(&token, team.org_id, team.id, name).await.map_err(refused)?
            || github.is_org_admin(&token, login.org, name).await.map_err(refused)?;
        if may_add { Ok(TeamToBe::GitHub(stored, team)) } else { Err(Error::NotInTeam(stored)) }
    }

    /// Whether somebody with these accounts is in the team.
    pub(super) async fn is_in_github_team(&self, accounts: &[Identity], team: &Team) -> Result<bool> {
        let (Some(github), Some(org_id), Some(id)) = (&self.providers.github, team.external_org_id, team.external_id)
        else {
            return Ok(false);
        };
        for account in accounts.iter().filter(|account| account.provider == GITHUB) {
            let (token, login) = self.github_account(account)?;
            let is_member = github.is_team_member(&token, org_id, id, login).await;
            if is_member.map_err(|error| refused(error, &team.login))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What somebody lets us ask GitHub with, and their login there.
    fn github_account<'a>(&self, account: &'a Identity) -> Result<(AccessToken, &'a str)> {
        let (Some(sealed), Some(login)) = (&account.sealed_access_token, &account.login) else {
            return Err(Error::Provider(ProviderError::SignInAgain { provider: GITHUB.to_owned() }));
        };
        let token = self.pepper.unseal(Purpose::AccessToken, sealed)?;
        let token = String::from_utf8(token).map_err(|_| Error::internal("an access token is no text"))?;
        Ok((AccessToken::new(token), login))
    }
}

/// What a refusal of GitHub's means to whoever asked for something.
fn refused(error: ProviderError, team: &str) -> Error {
    match error {
        ProviderError::OrganizationRestricted { .. } => {
            Error::TeamsHidden(team.split(':').nth(1).unwrap_or_default().to_owned())
        }
        ProviderError::SignInAgain { .. } => Error::Provider(error),
        other => Error::internal(other),
    }
}

/// Says why GitHub did not show a team: whoever asked is only told that it did not.
fn log_failure(error: &ProviderError, team: &str) {
    tracing::warn!(error = error as &dyn std::error::Error, team.login = team, "GitHub did not show a team");
}

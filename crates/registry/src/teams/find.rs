//! Which team is meant by whoever adds it to a crate, and through which team somebody has rights on one.

use cargohold_protocol::Timestamp;
use cargohold_store::identities::{self, Identity};
use cargohold_store::teams::{self, NewTeam, Team};
use cargohold_store::users::User;
use cargohold_store::{Tx, crate_teams, team_members};

use super::login::TeamLogin;
use super::{LOCAL, groups, load_team};
use crate::auth::Actor;
use crate::providers::GITHUB;
use crate::{Error, Registry, Result};

/// A team that is about to own a crate.
pub(crate) enum TeamToBe {
    /// One that is managed here.
    Local(Team),
    /// A group at a provider.
    Group {
        /// What it is called here.
        login: String,
        /// Who knows its members.
        provider: String,
    },
    /// A team at GitHub, and what it is called here.
    GitHub(String, cargohold_providers::Team),
}

impl TeamToBe {
    /// What it is called.
    pub(crate) fn login(&self) -> &str {
        match self {
            Self::Local(team) => &team.login,
            Self::Group { login, .. } | Self::GitHub(login, _) => login,
        }
    }

    /// Makes sure that it is stored, and answers its id.
    ///
    /// # Errors
    /// When it was deleted meanwhile, or the database fails.
    pub(crate) async fn put(&self, tx: &mut Tx, now: Timestamp) -> Result<i64> {
        let missing = || Error::NoSuchTeam(self.login().to_owned());
        match self {
            Self::Local(team) if teams::lock(tx, team.id).await? => Ok(team.id),
            Self::Local(_) => Err(missing()),
            Self::Group { login, provider } => {
                let name = login.rsplit(':').next();
                let new = NewTeam { login, provider, name, avatar: None };
                teams::insert(tx, &new, now).await?;
                let team = teams::find_by_login(tx, login).await?.ok_or_else(missing)?;
                if teams::lock(tx, team.id).await? { Ok(team.id) } else { Err(missing()) }
            }
            Self::GitHub(login, team) => {
                let (name, avatar) = (team.name.as_deref(), team.avatar.as_deref());
                let new = NewTeam { login, provider: GITHUB, name, avatar };
                Ok(teams::put_external(tx, &new, team.id, team.org_id, now).await?)
            }
        }
    }
}

impl Registry {
    /// The team that somebody wants to make an owner, if they may: they must be in it; administrators may add any team that is
    /// managed here.
    ///
    /// # Errors
    /// When it names no team they can see, or they are not in it; and when GitHub must be asked and does not answer.
    pub(crate) async fn find_team_to_add(&self, actor: &Actor, text: &str) -> Result<TeamToBe> {
        let login = TeamLogin::parse(text)?;
        let provider = login.provider;
        if provider == LOCAL {
            login.check_org()?;
            self.find_local_team_to_add(actor, &login.stored()).await
        } else if provider == GITHUB {
            login.check_org()?;
            self.find_github_team_to_add(actor, &login).await
        } else if self.providers.with_groups().any(|known| known == provider) {
            let accounts = self.accounts_of(&actor.user).await?;
            let stored = login.stored();
            if !groups::is_member(&accounts, provider, &stored) {
                return Err(Error::NotInTeam(stored));
            }
            Ok(TeamToBe::Group { login: stored, provider: provider.to_owned() })
        } else {
            let known: Vec<&str> = [LOCAL, GITHUB].into_iter().chain(self.providers.with_groups()).collect();
            let known = known.join(":…`, `");
            Err(Error::Refused(format!("there are no teams of `{provider}` here; a team begins with `{known}:…`")))
        }
    }

    async fn find_local_team_to_add(&self, actor: &Actor, login: &str) -> Result<TeamToBe> {
        let mut tx = self.store.read().await?;
        let team = match load_team(&mut tx, login).await {
            Err(Error::NoSuchTeam(login)) => {
                let text =
                    format!("there is no team `{login}`; check its spelling, or ask an administrator to make it");
                return Err(Error::Refused(text));
            }
            found => found?,
        };
        let role = team_members::find_role(&mut tx, team.id, actor.user.id).await?;
        if role.is_none() && !actor.user.is_admin {
            return Err(Error::NotInTeam(team.login));
        }
        Ok(TeamToBe::Local(team))
    }

    /// Who somebody is elsewhere.
    pub(super) async fn accounts_of(&self, user: &User) -> Result<Vec<Identity>> {
        Ok(identities::list(&mut self.store.read().await?, user.id).await?)
    }

    /// A team that owns the crate and has the user as a member. Teams that are known here go before those that a provider must
    /// be asked about.
    ///
    /// # Errors
    /// When GitHub must be asked and does not answer.
    pub(crate) async fn find_owning_team_of(&self, user: &User, crate_id: i64) -> Result<Option<i64>> {
        let mut tx = self.store.read().await?;
        let owning = crate_teams::list(&mut tx, crate_id).await?;
        for team in owning.iter().filter(|team| team.provider == LOCAL) {
            if team_members::find_role(&mut tx, team.id, user.id).await?.is_some() {
                return Ok(Some(team.id));
            }
        }
        drop(tx);
        if owning.iter().all(|team| team.provider == LOCAL) {
            return Ok(None);
        }
        let accounts = self.accounts_of(user).await?;
        let is_in_group = |team: &&Team| {
            self.providers.with_groups().any(|known| known == team.provider)
                && groups::is_member(&accounts, &team.provider, &team.login)
        };
        if let Some(team) = owning.iter().find(is_in_group) {
            return Ok(Some(team.id));
        }
        for team in owning.iter().filter(|team| team.provider == GITHUB) {
            if self.is_in_github_team(&accounts, team).await? {
                return Ok(Some(team.id));
            }
        }
        Ok(None)
    }
}

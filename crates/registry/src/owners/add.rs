//! Adding owners. Who is meant is found out first, for GitHub may have to be asked; then all of it is written at once.

use std::time::Duration;

use cargohold_mail::Letter;
use cargohold_store::crates::Crate;
use cargohold_store::owner_invitations::{self, NewInvitation};
use cargohold_store::users::User;
use cargohold_store::{Tx, changes, crate_teams, owners};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::access::{load_crate, lock_own_crate};
use crate::audit::{self, Deed};
use crate::auth::Actor;
use crate::people::load_person;
use crate::secret::random_text;
use crate::teams::TeamToBe;
use crate::{Call, Error, Registry, Result};

/// How long an invitation can be accepted.
const INVITATION_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Random characters of an invitation: 26 × log2(62) = 154 bits.
const INVITATION_CHARS: usize = 26;

/// Who is to become an owner.
enum Candidate {
    Person(User),
    Team(TeamToBe),
}

/// What adding some owners comes to.
#[derive(Default)]
struct Added {
    messages: Vec<String>,
    invited: Vec<String>,
    teams: Vec<String>,
    letters: Vec<(String, Letter)>,
}

impl Registry {
    /// Invites people to own a crate and makes teams owners of it, all or none, and says so in a sentence.
    ///
    /// # Errors
    /// When the caller is no owner; somebody does not exist or is an owner already; the caller is not in a team; or so many
    /// people were invited lately that somebody may be flooding them with mail.
    pub async fn add_owners(&self, call: &Call, name: &str, logins: &[String]) -> Result<String> {
        let (actor, name) = self.authorize_owner_change(call, name, logins).await?;
        let krate = load_crate(&mut self.store.read().await?, &name).await?;
        let mut candidates = Vec::with_capacity(logins.len());
        for login in logins {
            candidates.push((login.as_str(), self.find_candidate(&actor, &krate, login).await?));
        }
        self.spend_invitations(call, &actor, &krate, &candidates).await?;

        let mut tx = self.store.write().await?;
        let krate = lock_own_crate(&mut tx, &actor, &name).await?;
        let mut added = Added::default();
        for (login, candidate) in &candidates {
            match candidate {
                Candidate::Person(user) => invite(&mut tx, call, &actor, &krate, login, user, &mut added).await?,
                Candidate::Team(team) => add_team(&mut tx, call, &actor, &krate, login, team, &mut added).await?,
            }
        }
        if added.invited.is_empty() && added.teams.is_empty() {
            return Ok(added.messages.join(","));
        }
        let deed = Deed::new(call, &actor, "owner.add", krate.name.as_str());
        audit::record(&mut tx, &deed.with(json!({ "invited": added.invited, "teams": added.teams }))).await?;
        // Invitations change nothing that others can see.
        if added.teams.is_empty() {
            tx.commit().await?;
        } else {
            let change = changes::append(&mut tx, krate.id, &krate.name.canonical(), call.now).await?;
            tx.commit().await?;
            self.apply_change(&change);
        }
        for (address, letter) in &added.letters {
            self.post(address, letter, call.now).await;
        }
        Ok(added.messages.join(","))
    }

    async fn find_candidate(&self, actor: &Actor, krate: &Crate, login: &str) -> Result<Candidate> {
        let mut tx = self.store.read().await?;
        let already = || Err(Error::OwnerAlready(login.to_owned()));
        if !login.contains(':') {
            let user = load_person(&mut tx, login).await?;
            return if owners::is_owner(&mut tx, krate.id, user.id).await? {
                already()
            } else {
                Ok(Candidate::Person(user))
            };
        }
        let owning = crate_teams::list(&mut tx, krate.id).await?;
        drop(tx);
        if owning.iter().any(|team| team.login == login.to_lowercase()) {
            return already();
        }
        Ok(Candidate::Team(self.find_team_to_add(actor, login).await?))
    }

    /// Counts the mails that are about to be sent.
    async fn spend_invitations(
        &self,
        call: &Call,
        actor: &Actor,
        krate: &Crate,
        candidates: &[(&str, Candidate)],
    ) -> Result<()> {
        for (_, candidate) in candidates {
            let Candidate::Person(user) = candidate else { continue };
            let open = owner_invitations::find(&mut self.store.read().await?, krate.id, user.id).await?;
            if open.is_none_or(|open| open.expires_at <= call.now.micros()) {
                let rate = self.settings.limits.mail;
                self.spend_always(call, actor.user.id, "mail", "have mails sent to others", rate).await?;
            }
        }
        Ok(())
    }
}

/// Invites somebody, unless they are invited already.
async fn invite(
    tx: &mut Tx,
    call: &Call,
    actor: &Actor,
    krate: &Crate,
    login: &str,
    user: &User,
    added: &mut Added,
) -> Result<()> {
    if owners::is_owner(tx, krate.id, user.id).await? {
        return Err(Error::OwnerAlready(login.to_owned()));
    }
    let (shown, name) = (&user.login, &krate.name);
    let before = owner_invitations::find(tx, krate.id, user.id).await?;
    if before.is_some_and(|before| before.expires_at > call.now.micros()) {
        added.messages.push(format!("user {shown} has yet to answer an invitation to own {name}"));
        return Ok(());
    }
    let secret = random_text(INVITATION_CHARS);
    let new = NewInvitation {
        crate_id: krate.id,
        invitee_id: user.id,
        inviter_id: actor.user.id,
        hash: &hash_of(&secret),
        expires_at: call.now.after(INVITATION_LIFETIME),
    };
    owner_invitations::put(tx, &new, call.now).await?;
    added.messages.push(format!("user {shown} has been invited to own {name}"));
    added.invited.push(shown.clone());
    if let Some(address) = user.email.clone().filter(|_| user.is_email_verified) {
        let letter =
            Letter::OwnerInvitation { inviter: actor.user.login.clone(), krate: name.to_string(), token: secret };
        added.letters.push((address, letter));
    }
    Ok(())
}

async fn add_team(
    tx: &mut Tx,
    call: &Call,
    actor: &Actor,
    krate: &Crate,
    login: &str,
    team: &TeamToBe,
    added: &mut Added,
) -> Result<()> {
    let id = team.put(tx, call.now).await?;
    if !crate_teams::add(tx, krate.id, id, actor.user.id, call.now).await? {
        return Err(Error::OwnerAlready(login.to_owned()));
    }
    added.messages.push(format!("team {} is now an owner of {}", team.login(), krate.name));
    added.teams.push(team.login().to_owned());
    Ok(())
}

/// The hash under which the secret of an invitation is stored.
pub(crate) fn hash_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

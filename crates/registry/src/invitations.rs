//! Invitations to own a crate: who has which, accepting, declining and taking back (contract part 2, §6). They are
//! made by adding owners.

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{self, OwnerInvitation};
use cargohold_store::owner_invitations::{self, OwnerInvitation as Row};
use cargohold_store::users::User;
use cargohold_store::{Tx, changes, crates, owners, users};
use serde_json::json;

use crate::access::{load_crate, lock_own_crate};
use crate::audit::{self, Deed};
use crate::auth::{Need, check_lock};
use crate::owners::add::hash_of;
use crate::people::load_person;
use crate::{Actor, Call, Error, Registry, Result};

/// Whose invitations are wanted.
#[derive(Clone, Copy, Debug)]
pub enum InvitationFilter<'a> {
    /// Those to a crate, for its owners.
    ToCrate(&'a str),
    /// Those of the person with this id, for themselves.
    OfUser(i64),
}

/// A place in a list of invitations: the ids of a crate and of who is invited to own it.
pub type InvitationKey = (i64, i64);

/// One page of invitations.
#[derive(Clone, Debug)]
pub struct InvitationPage {
    /// The invitations, in the order of their keys.
    pub invitations: Vec<OwnerInvitation>,
    /// Everybody they speak of, in the order of their ids.
    pub users: Vec<api::User>,
    /// The last place of this page, if there are more behind it.
    pub next: Option<InvitationKey>,
}

/// An invitation as the link in its mail shows it.
#[derive(Clone, Debug)]
pub struct MailedInvitation {
    /// The stored name of the crate.
    pub krate: String,
    /// Who invites.
    pub inviter: String,
    /// Who is to become an owner.
    pub invitee: String,
}

impl Registry {
    /// Who wants to see invitations. That is asked before anything else is judged.
    ///
    /// # Errors
    /// When the caller is not signed in.
    pub async fn authorize_invitation_list(&self, call: &Call) -> Result<Actor> {
        self.authorize(call, Need::Session).await
    }

    /// One page of the invitations that are open, behind the place `after`.
    ///
    /// # Errors
    /// When there is no such crate, the caller does not own it, or they want to see somebody else's invitations.
    pub async fn list_invitations(
        &self,
        call: &Call,
        actor: &Actor,
        filter: InvitationFilter<'_>,
        after: Option<InvitationKey>,
        limit: usize,
    ) -> Result<InvitationPage> {
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let (after_crate, after_user) = after.unwrap_or_default();
        let mut rows = match filter {
            InvitationFilter::ToCrate(name) => {
                let krate = load_crate(&mut self.store.read().await?, name).await?;
                self.check_full_rights(actor, &krate).await?;
                let mut tx = self.store.read().await?;
                owner_invitations::list_of_crate(&mut tx, krate.id, after_user, wanted, call.now).await?
            }
            InvitationFilter::OfUser(id) if id == actor.user.id => {
                let mut tx = self.store.read().await?;
                owner_invitations::list_of_invitee(&mut tx, id, after_crate, wanted, call.now).await?
            }
            InvitationFilter::OfUser(_) => return Err(Error::NotYourInvitations),
        };
        let is_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| is_more).map(|row| (row.crate_id, row.invitee_id));
        let users = self.people_of(&rows).await?;
        Ok(InvitationPage { invitations: rows.iter().map(show).collect(), users, next })
    }

    async fn people_of(&self, rows: &[Row]) -> Result<Vec<api::User>> {
        let mut ids: Vec<i64> = rows.iter().flat_map(|row| [row.inviter_id, row.invitee_id]).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut people = users::list_by_ids(&mut self.store.read().await?, &ids).await?;
        people.sort_unstable_by_key(|user| user.id);
        Ok(people.iter().map(|user| self.show_user(user)).collect())
    }

    /// Accepts or declines the caller's invitation to a crate.
    ///
    /// # Errors
    /// When the caller may not, or has no such invitation; and if they want to accept, when it has expired or their email
    /// address is not verified.
    pub async fn answer_invitation(&self, call: &Call, crate_id: i64, is_accepted: bool) -> Result<()> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        if is_accepted {
            return self.accept(call, crate_id, actor.user.id, Some(&actor)).await;
        }
        let mut tx = self.store.write().await?;
        let found = owner_invitations::find(&mut tx, crate_id, actor.user.id).await?;
        let invitation = found.ok_or(Error::NoSuchInvitation)?;
        owner_invitations::delete(&mut tx, crate_id, actor.user.id).await?;
        let deed = Deed::new(call, &actor, "invitation.decline", &invitation.crate_name);
        audit::record(&mut tx, &deed).await?;
        Ok(tx.commit().await?)
    }

    /// Takes back an invitation to a crate, for its owners; the person is named by their login here.
    ///
    /// # Errors
    /// When the caller is no owner, or nobody with this login is invited.
    pub async fn withdraw_owner_invitation(&self, call: &Call, name: &str, login: &str) -> Result<()> {
        let (actor, name) = self.authorize_owner_change(call, name, &[login.to_owned()]).await?;
        let mut tx = self.store.write().await?;
        let krate = lock_own_crate(&mut tx, &actor, &name).await?;
        let invitee = load_person(&mut tx, login).await?;
        if !owner_invitations::delete(&mut tx, krate.id, invitee.id).await? {
            return Err(Error::NoSuchInvitation);
        }
        let deed = Deed::new(call, &actor, "invitation.withdraw", krate.name.as_str());
        audit::record(&mut tx, &deed.with(json!({ "invited": invitee.login }))).await?;
        Ok(tx.commit().await?)
    }

    /// What whoever has the secret of an invitation is about to accept.
    ///
    /// # Errors
    /// When there is no such invitation, or it has expired.
    pub async fn find_invitation_by_secret(&self, call: &Call, secret: &str) -> Result<MailedInvitation> {
        let mut tx = self.store.read().await?;
        let row = owner_invitations::find_by_hash(&mut tx, &hash_of(secret)).await?.ok_or(Error::NoSuchInvitation)?;
        if row.expires_at <= call.now.micros() {
            return Err(Error::InvitationExpired(load_crate(&mut tx, &row.crate_name).await?.name));
        }
        let people = users::list_by_ids(&mut tx, &[row.inviter_id, row.invitee_id]).await?;
        let login = |id: i64| people.iter().find(|user| user.id == id).map(|user| user.login.clone());
        let gone = || Error::internal("an invited account vanished");
        let inviter = login(row.inviter_id).ok_or_else(gone)?;
        let invitee = login(row.invitee_id).ok_or_else(gone)?;
        Ok(MailedInvitation { krate: row.crate_name, inviter, invitee })
    }

    /// Accepts an invitation for whoever it is for, by the secret they got in a mail; answers the id of the crate.
    ///
    /// # Errors
    /// When there is no such invitation, it has expired, or the email address of whoever it is for is not verified.
    pub async fn accept_invitation_by_secret(&self, call: &Call, secret: &str) -> Result<i64> {
        let found = owner_invitations::find_by_hash(&mut self.store.read().await?, &hash_of(secret)).await?;
        let Row { crate_id, invitee_id, .. } = found.ok_or(Error::NoSuchInvitation)?;
        self.accept(call, crate_id, invitee_id, None).await?;
        Ok(crate_id)
    }

    /// Makes the invitee an owner, at the wish of `actor`, or of whoever has the link if that is nobody.
    async fn accept(&self, call: &Call, crate_id: i64, invitee_id: i64, actor: Option<&Actor>) -> Result<()> {
        let mut tx = self.store.write().await?;
        crates::lock(&mut tx, crate_id).await?;
        let found = owner_invitations::find(&mut tx, crate_id, invitee_id).await?;
        let invitation = found.ok_or(Error::NoSuchInvitation)?;
        let krate = load_crate(&mut tx, &invitation.crate_name).await?;
        if invitation.expires_at <= call.now.micros() {
            return Err(Error::InvitationExpired(krate.name));
        }
        let invitee = check_people(&mut tx, call, &invitation).await?;
        owners::add(&mut tx, crate_id, invitee_id, invitation.inviter_id, call.now).await?;
        owner_invitations::delete(&mut tx, crate_id, invitee_id).await?;
        let (action, subject) = ("invitation.accept", krate.name.as_str());
        let deed = match actor {
            Some(actor) => Deed::new(call, actor, action, subject),
            None => Deed::by(call, "(invitation link)", action, subject),
        };
        audit::record(&mut tx, &deed.with(json!({ "owner": invitee.login }))).await?;
        let change = changes::append(&mut tx, crate_id, &krate.name.canonical(), call.now).await?;
        tx.commit().await?;
        self.apply_change(&change);
        tracing::info!(krate.name = %krate.name, user.id = invitee_id, "has a new owner");
        Ok(())
    }
}

/// Whoever is invited, if they may accept: an owner must be within reach, and neither they nor whoever invited them locked.
async fn check_people(tx: &mut Tx, call: &Call, invitation: &Row) -> Result<User> {
    let gone = || Error::internal("an invited account vanished");
    let invitee = users::find(tx, invitation.invitee_id).await?.ok_or_else(gone)?;
    let inviter = users::find(tx, invitation.inviter_id).await?.ok_or_else(gone)?;
    for user in [&invitee, &inviter] {
        check_lock(user, call.now).map_err(|_| {
            let (login, krate) = (&user.login, &invitation.crate_name);
            Error::Refused(format!("the account of `{login}` is locked; ask an owner of `{krate}` or an administrator"))
        })?;
    }
    if !invitee.is_email_verified {
        return Err(Error::InviteeEmailNotVerified);
    }
    Ok(invitee)
}

fn show(row: &Row) -> OwnerInvitation {
    OwnerInvitation {
        invitee_id: row.invitee_id,
        inviter_id: row.inviter_id,
        crate_id: row.crate_id,
        crate_name: row.crate_name.clone(),
        created_at: Timestamp::from_micros(row.created_at),
        expires_at: Timestamp::from_micros(row.expires_at),
    }
}

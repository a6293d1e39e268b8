//! Accounts for new people: with a password of their own, by invitation or for everybody.

use std::time::Duration;

use cargohold_mail::Letter;
use cargohold_protocol::Timestamp;
use cargohold_store::users::{self, User};
use cargohold_store::{Tx, sign_up_invitations};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::accounts::check_login;
use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::secret::random_text;
use crate::sessions::{check_new_password, network};
use crate::settings::SignUp;
use crate::{Accounts, Call, Error, Registry, Result, SignedIn};

/// How long an invitation to have an account is good.
const INVITATION_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// Random characters of an invitation: 26 × log2(62) = 154 bits.
const INVITATION_CHARS: usize = 26;

/// Somebody who wants an account with a password.
#[derive(Clone)]
pub struct NewAccount {
    /// The login.
    pub login: String,
    /// The email address, which is theirs to confirm.
    pub email: String,
    /// The password.
    pub password: String,
    /// The secret of an invitation, where one is needed.
    pub invitation: Option<String>,
}

/// An invitation to have an account, as administrators see it.
pub type ListedInvitation = sign_up_invitations::Listed;

impl Registry {
    /// How strangers get an account here.
    #[must_use]
    pub fn sign_up_rule(&self) -> SignUp {
        self.settings.sign_up
    }

    /// The address to which the invitation with this secret was sent, if it was sent to any.
    ///
    /// # Errors
    /// When nobody signs up here, or the invitation is not good.
    pub async fn find_invited_address(&self, call: &Call, secret: &str) -> Result<Option<String>> {
        if self.settings.sign_up == SignUp::Closed {
            return Err(Error::SignUpClosed);
        }
        let hash = Sha256::digest(secret.as_bytes()).into();
        let found = sign_up_invitations::find(&mut self.store.read().await?, &hash, call.now).await?;
        Ok(found.ok_or(Error::InvitationNeeded)?.email)
    }

    /// Opens an account with a password and signs its owner in.
    ///
    /// # Errors
    /// When sign-up is closed, the invitation is not good, or login, address or password are not acceptable.
    pub async fn sign_up(&self, call: &Call, wanted: &NewAccount) -> Result<SignedIn> {
        self.check_origin(call)?;
        if self.settings.sign_up == SignUp::Closed {
            return Err(Error::SignUpClosed);
        }
        check_login(&wanted.login)?;
        if !cargohold_mail::is_mailbox(&wanted.email) {
            return Err(Error::NoMailbox(wanted.email.clone()));
        }
        check_new_password(&wanted.password, &wanted.login)?;
        let limits = &self.settings.limits;
        self.check_admission(call, wanted.invitation.as_deref()).await?;
        let strangers = [network(call.address)];
        self.spend_strangers(call, &strangers, "sign-up", "ask for accounts", limits.sign_in).await?;
        let hash = self.hash_password(&wanted.password).await?;
        let mut tx = self.store.write().await?;
        let invitation = self.admit(&mut tx, call, wanted.invitation.as_deref()).await?;
        let is_email_verified = invitation.is_some_and(|it| it.email.as_ref() == Some(&wanted.email));
        let new = users::NewUser {
            login: &wanted.login,
            name: None,
            email: Some(&wanted.email),
            is_email_verified,
            is_admin: false,
            password_hash: Some(&hash),
            must_change_password: false,
        };
        let inserted = users::insert(&mut tx, &new, call.now).await?;
        let user_id = inserted.ok_or_else(|| Error::LoginTaken(wanted.login.clone()))?;
        let deed = Deed::by(call, &wanted.login, "user.create", &wanted.login);
        audit::record(&mut tx, &deed.with(json!({ "provider": "local" }))).await?;
        let signed_in = self.begin_session(&mut tx, call, user_id, "sign-up").await?;
        tx.commit().await?;
        self.confirm_address_of(call, user_id).await;
        Ok(signed_in)
    }

    /// Invites somebody to have an account, and writes to them if an address is given. Answers the secret for the link.
    ///
    /// # Errors
    /// When the caller is no administrator, or the address is none.
    pub async fn invite(&self, call: &Call, email: Option<&str>) -> Result<String> {
        let actor = self.authorize(call, Need::Administrator).await?;
        if let Some(email) = email.filter(|email| !cargohold_mail::is_mailbox(email)) {
            return Err(Error::NoMailbox(email.to_owned()));
        }
        let rate = self.settings.limits.mail;
        self.spend_always(call, actor.user.id, "mail", "have mail sent", rate).await?;
        let mut tx = self.store.write().await?;
        let (id, secret) = insert_invitation(&mut tx, email, Some(actor.user.id), call.now).await?;
        let deed = Deed::new(call, &actor, "user.invite", email.unwrap_or_default());
        audit::record(&mut tx, &deed.with(json!({ "invitation": id }))).await?;
        tx.commit().await?;
        if let Some(email) = email {
            let letter = Letter::SignUpInvitation { inviter: actor.user.login, token: secret.clone() };
            self.post(email, &letter, call.now).await;
        }
        Ok(secret)
    }

    /// The invitations that are still good.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn list_sign_up_invitations(&self, call: &Call) -> Result<Vec<ListedInvitation>> {
        self.authorize(call, Need::Administrator).await?;
        Ok(sign_up_invitations::list(&mut self.store.read().await?, call.now).await?)
    }

    /// Takes an invitation back. Idempotent.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn withdraw_sign_up_invitation(&self, call: &Call, id: i64) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let mut tx = self.store.write().await?;
        sign_up_invitations::delete(&mut tx, id).await?;
        let deed = Deed::new(call, &actor, "user.uninvite", "");
        audit::record(&mut tx, &deed.with(json!({ "invitation": id }))).await?;
        Ok(tx.commit().await?)
    }

    /// Sends somebody a link that confirms their address, unless it is known to be theirs.
    pub(crate) async fn confirm_address_of(&self, call: &Call, user_id: i64) {
        if let Err(error) = self.try_confirm_address_of(call, user_id).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                user.id = user_id,
                "cannot ask to confirm an address"
            );
        }
    }

    async fn try_confirm_address_of(&self, call: &Call, user_id: i64) -> Result<()> {
        let user = self.load_user(user_id).await?;
        let Some(email) = user.email.filter(|_| !user.is_email_verified) else { return Ok(()) };
        let token = random_text(INVITATION_CHARS);
        let mut tx = self.store.write().await?;
        users::lock(&mut tx, user_id).await?;
        // Whoever reads the mail must not confirm another address with it.
        if users::find(&mut tx, user_id).await?.is_none_or(|user| user.email.as_ref() != Some(&email)) {
            return Ok(());
        }
        let hash = Sha256::digest(token.as_bytes()).into();
        users::set_email_token(&mut tx, user_id, &hash, call.now.after(INVITATION_LIFETIME)).await?;
        tx.commit().await?;
        self.post(&email, &Letter::ConfirmAddress { token, login: user.login }, call.now).await;
        Ok(())
    }

    /// Writes to somebody that how they sign in has changed, in case it was not them.
    pub(crate) async fn tell_of_change(&self, call: &Call, user: &User, what: &str) {
        let letter = Letter::SecurityNotice {
            what: what.to_owned(),
            at: call.now.to_words(),
            address: call.address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string()),
        };
        self.post_to(user, &letter, call.now).await;
    }
}

impl Accounts {
    /// Makes an invitation to have an account, and answers the secret for the link.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invite(&self, now: Timestamp) -> Result<String> {
        let mut tx = self.store.write().await?;
        let (id, secret) = insert_invitation(&mut tx, None, None, now).await?;
        let deed = Deed::on_command_line(now, "user.invite", "");
        audit::record(&mut tx, &deed.with(json!({ "invitation": id }))).await?;
        tx.commit().await?;
        Ok(secret)
    }
}

async fn insert_invitation(
    tx: &mut Tx,
    email: Option<&str>,
    invited_by: Option<i64>,
    now: Timestamp,
) -> Result<(i64, String)> {
    let secret = random_text(INVITATION_CHARS);
    let hash = Sha256::digest(secret.as_bytes()).into();
    let expires_at = now.after(INVITATION_LIFETIME);
    let id = sign_up_invitations::insert(tx, &hash, email, invited_by, now, expires_at).await?;
    Ok((id, secret))
}

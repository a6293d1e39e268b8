//! Addresses of people: change, confirm, and what they want to be written about (contract part 2, §4.5, §4.7, §4.8).

use std::time::Duration;

use cargohold_mail::{Letter, is_mailbox};
use cargohold_store::{Tx, identities, users};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::me::check_own;
use crate::secret::random_text;
use crate::words::check_name;
use crate::{Actor, Call, Error, Registry, Result};

/// Random characters of a secret in a confirmation mail: 26 × log2(62) = 154 bits.
const CONFIRMATION_CHARS: usize = 26;

/// How long a confirmation mail is good.
const CONFIRMATION_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// What somebody wants to change of their account; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// The address, which is then to be confirmed, even if it is the one they have.
    pub email: Option<String>,
    /// Whether they want a mail for every publish of their crates.
    pub publish_notifications: Option<bool>,
}

/// What the link in a mail confirms.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// Whose address it is.
    pub login: String,
    /// The address.
    pub email: String,
}

impl Registry {
    /// Changes the caller's own account, all of it or nothing, and writes to them: to a new address so that they confirm it, to
    /// the one they have if they want no more mails about publishes.
    ///
    /// # Errors
    /// When the caller is not signed in and has no token without limits, the account is another's, the address is none, or
    /// too many mails were asked for.
    pub async fn change_user(&self, call: &Call, user_id: i64, change: &UserChange) -> Result<()> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        check_own(&actor, user_id)?;
        let email = change.email.as_deref().map(check_address).transpose()?;
        let confirmation = match email {
            Some(email) => {
                self.spend_confirmation(call, &actor).await?;
                Some((email, random_text(CONFIRMATION_CHARS)))
            }
            None => None,
        };
        let mut tx = self.store.write().await?;
        users::lock(&mut tx, user_id).await?;
        let unsubscribed = set_publish_notifications(&mut tx, call, &actor, change.publish_notifications).await?;
        if let Some((email, secret)) = &confirmation {
            users::set_email(&mut tx, user_id, email).await?;
            set_confirmation(&mut tx, call, &actor, "user.email", secret).await?;
        }
        tx.commit().await?;
        if unsubscribed && actor.user.is_email_verified {
            self.post_to(&actor.user, &Letter::Unsubscribed, call.now).await;
        }
        if let Some((email, token)) = confirmation {
            if actor.user.is_email_verified && actor.user.email.as_deref() != Some(email) {
                self.tell_of_change(call, &actor.user, "The email address of the account was changed").await;
            }
            let letter = Letter::ConfirmAddress { token, login: actor.user.login };
            self.post(email, &letter, call.now).await;
        }
        Ok(())
    }

    /// Writes to the caller once more, with another secret; the one before is no longer good. A confirmed address stays so.
    ///
    /// # Errors
    /// When the caller is not signed in and has no token without limits, the account is another's or has no address, too many
    /// mails were asked for, or the mail cannot be sent; then the secret before stays good.
    pub async fn resend_confirmation(&self, call: &Call, user_id: i64) -> Result<()> {
        let actor = self.authorize(call, Need::Unlimited).await?;
        check_own(&actor, user_id)?;
        let Some(email) = &actor.user.email else {
            return Err(Error::Refused("you have given no email address yet; enter one first".to_owned()));
        };
        self.spend_confirmation(call, &actor).await?;
        let token = random_text(CONFIRMATION_CHARS);
        let letter = Letter::ConfirmAddress { token: token.clone(), login: actor.user.login.clone() };
        // The mail goes first: a secret that nobody was told must not replace one that somebody has.
        self.try_post(email, &letter, call.now).await.map_err(Error::internal)?;
        let mut tx = self.store.write().await?;
        users::lock(&mut tx, user_id).await?;
        let user = users::find(&mut tx, user_id).await?;
        // Whoever reads the mail must not confirm another address with it, one that was entered meanwhile.
        if user.is_none_or(|user| user.email.as_ref() != Some(email)) {
            let text = "your email address was changed meanwhile; look for the mail that was sent to the new one";
            return Err(Error::Refused(text.to_owned()));
        }
        set_confirmation(&mut tx, call, &actor, "user.email_confirmation", &token).await?;
        Ok(tx.commit().await?)
    }

    /// Changes what the caller calls themselves; an empty text takes the name away.
    ///
    /// # Errors
    /// When the caller is not signed in, the name is too long or has several lines, or they have a linked account: every sign-in
    /// there brings its name along.
    pub async fn change_name(&self, call: &Call, name: &str) -> Result<()> {
        let actor = self.authorize(call, Need::Session).await?;
        let name = name.trim();
        check_name(name)?;
        let mut tx = self.store.write().await?;
        if let Some(linked) = identities::list(&mut tx, actor.user.id).await?.first() {
            let provider = &linked.provider;
            return Err(Error::Refused(format!("your name comes from your account at `{provider}`; change it there")));
        }
        users::set_name(&mut tx, actor.user.id, Some(name).filter(|name| !name.is_empty())).await?;
        let deed = Deed::new(call, &actor, "user.name", &actor.user.login);
        audit::record(&mut tx, &deed.with(json!({ "name": name }))).await?;
        Ok(tx.commit().await?)
    }

    /// Whether this registry writes mails at all: otherwise administrators confirm addresses.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.mailer.is_on()
    }

    /// What whoever has the secret of a mail is about to confirm.
    ///
    /// # Errors
    /// When the secret is none, or is no longer good.
    pub async fn find_confirmation(&self, call: &Call, secret: &str) -> Result<Confirmation> {
        let found = users::find_by_email_token(&mut self.store.read().await?, &hash(secret), call.now).await?;
        let user = found.ok_or_else(confirms_nothing)?;
        let email = user.email.ok_or_else(confirms_nothing)?;
        Ok(Confirmation { login: user.login, email })
    }

    /// Confirms the address to which this secret was sent. It may be done again for a week: people and their mail programs open
    /// links more than once.
    ///
    /// # Errors
    /// When the secret is none, or is no longer good.
    pub async fn confirm_email(&self, call: &Call, secret: &str) -> Result<()> {
        self.find_confirmation(call, secret).await?;
        let mut tx = self.store.write().await?;
        let user_id = users::verify_email(&mut tx, &hash(secret), call.now).await?.ok_or_else(confirms_nothing)?;
        let user = users::find(&mut tx, user_id).await?.ok_or_else(|| Error::internal("an account vanished"))?;
        audit::record(&mut tx, &Deed::by(call, "(confirmation mail)", "user.email_confirm", &user.login)).await?;
        Ok(tx.commit().await?)
    }

    async fn spend_confirmation(&self, call: &Call, actor: &Actor) -> Result<()> {
        self.spend_always(call, actor.user.id, "mail", "ask for mails", self.settings.limits.mail).await
    }
}

/// Why a secret confirms no address.
fn confirms_nothing() -> Error {
    let text = "this link does not confirm any address: it is incomplete, too old, or another mail was sent since; ask for \
                a new one in your settings";
    Error::Refused(text.to_owned())
}

/// The address in a text, without the space around it.
fn check_address(text: &str) -> Result<&str> {
    let address = text.trim();
    if address.is_empty() {
        return Err(Error::Refused("the email address is empty; enter one".to_owned()));
    }
    if is_mailbox(address) {
        return Ok(address);
    }
    Err(Error::Refused(format!(
        "`{}` is no email address; write it like `name@registry.example`",
        address.replace('\0', "\u{fffd}")
    )))
}

/// Switches the mails about publishes as wanted. Answers whether they were on and now are off.
async fn set_publish_notifications(tx: &mut Tx, call: &Call, actor: &Actor, wanted: Option<bool>) -> Result<bool> {
    let user = users::find(tx, actor.user.id).await?.ok_or_else(|| Error::internal("an account vanished"))?;
    let Some(are_on) = wanted.filter(|are_on| *are_on != user.publish_notifications) else { return Ok(false) };
    users::set_publish_notifications(tx, user.id, are_on).await?;
    let deed = Deed::new(call, actor, "user.publish_notifications", &actor.user.login);
    audit::record(tx, &deed.with(json!({ "are_on": are_on }))).await?;
    Ok(!are_on)
}

/// Makes a secret the one that confirms the caller's address.
async fn set_confirmation(tx: &mut Tx, call: &Call, actor: &Actor, action: &'static str, secret: &str) -> Result<()> {
    let expires_at = call.now.after(CONFIRMATION_LIFETIME);
    users::set_email_token(tx, actor.user.id, &hash(secret), expires_at).await?;
    audit::record(tx, &Deed::new(call, actor, action, &actor.user.login)).await
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

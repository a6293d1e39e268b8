//! Signing in at a provider: the browser is sent there and comes back with a code (OAuth 2.0 with PKCE, `OpenID` Connect;
//! contract part 2, §3). And signing up, where the provider vouches for somebody who has no account yet.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cargohold_providers::{Flow, Person};
use cargohold_store::sign_ins::{self, SignIn};
use cargohold_store::{Tx, sign_up_invitations};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::providers::{GITHUB, ListedProvider, Vouched, suggested_login};
use crate::sealed::Purpose;
use crate::sessions::network;
use crate::settings::SignUp;
use crate::{Call, Error, Registry, Result, SessionSecret, SignedIn};

/// How long somebody may take at the provider.
const PATIENCE: Duration = Duration::from_mins(10);

/// How long somebody may take to decide whether to sign up.
const SIGN_UP_PATIENCE: Duration = Duration::from_mins(30);

/// How a browser is sent to a provider.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where to.
    pub url: String,
    /// What comes back with the code.
    pub state: String,
    /// What the browser keeps, to show that it is the one that was sent.
    pub secret: SessionSecret,
}

/// How a sign-in at a provider ended.
#[derive(Clone, Debug)]
pub enum Returned {
    /// Signed in.
    SignedIn(SignedIn),
    /// The account at the provider is linked to the caller's account now.
    Linked,
    /// There is no account yet; the browser may ask for one.
    SignUpRequired,
}

/// Whom a provider vouches for, as far as they may see it before they sign up.
#[derive(Clone, Debug)]
pub struct PendingSignUp {
    /// The login they would get, if it is free.
    pub login: String,
    /// The address the provider knows.
    pub email: Option<String>,
}

/// What is kept, sealed, of somebody who is to sign up yet.
#[derive(Serialize, Deserialize)]
struct Pending {
    provider: String,
    issuer: String,
    subject: String,
    login: Option<String>,
    name: Option<String>,
    email: Option<String>,
    is_email_verified: bool,
    avatar: Option<String>,
    groups: Vec<String>,
    access_token: Option<String>,
}

impl Registry {
    /// The providers a browser can be sent to.
    #[must_use]
    pub fn list_providers(&self) -> Vec<ListedProvider> {
        self.providers.list()
    }

    /// Sends a browser to a provider, the first one if none is named; with `is_link`, to link an account there to the
    /// caller's own.
    ///
    /// # Errors
    /// When there is no such provider, it does not answer, or the caller is to be linked and is not signed in.
    pub async fn begin_elsewhere(&self, call: &Call, provider: Option<&str>, is_link: bool) -> Result<Begun> {
        self.check_origin(call)?;
        let linked_user_id = if is_link { Some(self.authorize(call, Need::Session).await?.user.id) } else { None };
        let listed = self.providers.list();
        let is_wanted = |it: &&ListedProvider| provider.is_none_or(|name| it.name == name);
        let provider = listed.iter().find(is_wanted).ok_or(Error::NoSuchProvider)?;
        let limits = &self.settings.limits;
        let strangers = [network(call.address)];
        self.spend_strangers(call, &strangers, "sign-in", "try to sign in", limits.sign_in).await?;
        let secret = SessionSecret::random();
        let flow = flow(&secret);
        let url = if provider.name == GITHUB {
            self.github()?.authorize_url(&flow)
        } else {
            self.oidc(&provider.name)?.authorize_url(&flow, call.now.to_system_time()).await
        };
        let url = url.map_err(Error::Provider)?.to_string();
        let sign_in = SignIn { provider: provider.name.clone(), linked_user_id, sealed_person: None };
        let mut tx = self.store.write().await?;
        sign_ins::insert(&mut tx, &secret.hash(), &sign_in, call.now.after(PATIENCE)).await?;
        tx.commit().await?;
        Ok(Begun { url, state: flow.state, secret })
    }

    /// Takes back a browser that was sent to a provider. The sign-in is used up, whatever comes of it.
    ///
    /// # Errors
    /// When this browser was not sent there with this state, or took too long; when the provider does not accept the code;
    /// when there is no account and none may be opened.
    pub async fn return_from_elsewhere(
        &self,
        call: &Call,
        secret: Option<&SessionSecret>,
        code: &str,
        state: &str,
    ) -> Result<Returned> {
        self.check_origin(call)?;
        let secret = secret.ok_or(Error::StateMismatch)?;
        let under_way = sign_ins::find(&mut self.store.read().await?, &secret.hash(), call.now).await?;
        under_way.ok_or(Error::StateMismatch)?;
        let mut tx = self.store.write().await?;
        let taken = sign_ins::take(&mut tx, &secret.hash(), call.now).await?;
        tx.commit().await?;
        let begun = taken.filter(|begun| begun.sealed_person.is_none()).ok_or(Error::StateMismatch)?;
        let flow = flow(secret);
        if !flow.is_answered_by(state) {
            return Err(Error::StateMismatch);
        }
        let vouched = self.exchange(call, &begun.provider, code, &flow).await?;
        match begun.linked_user_id {
            Some(user_id) => self.link_to_caller(call, user_id, &vouched).await,
            None => self.enter(call, secret, vouched).await,
        }
    }

    async fn exchange(&self, call: &Call, provider: &str, code: &str, flow: &Flow) -> Result<Vouched> {
        if provider == GITHUB {
            let (person, token) = self.github()?.exchange(code, flow).await.map_err(Error::Provider)?;
            let access_token = Some(token.secret().to_owned());
            return Ok(Vouched { provider: provider.to_owned(), person, access_token });
        }
        let now = call.now.to_system_time();
        let person = self.oidc(provider)?.exchange(code, flow, now).await.map_err(Error::Provider)?;
        Ok(Vouched { provider: provider.to_owned(), person, access_token: None })
    }

    async fn link_to_caller(&self, call: &Call, user_id: i64, vouched: &Vouched) -> Result<Returned> {
        let actor = self.authorize(call, Need::Session).await?;
        if actor.user.id != user_id {
            return Err(Error::StateMismatch);
        }
        let mut tx = self.store.write().await?;
        match self.find_linked(&mut tx, call, vouched).await? {
            Some(id) if id == user_id => {}
            _ => self.link(&mut tx, call, user_id, vouched).await?,
        }
        let deed = Deed::new(call, &actor, "user.link", &actor.user.login);
        let details = json!({ "provider": vouched.provider, "subject": vouched.person.subject });
        audit::record(&mut tx, &deed.with(details)).await?;
        tx.commit().await?;
        self.tell_of_change(call, &actor.user, &format!("A sign-in with {} was added", vouched.provider)).await;
        Ok(Returned::Linked)
    }

    /// Signs in whoever a provider vouches for, opens an account where the rules allow, or asks whether one is wanted.
    async fn enter(&self, call: &Call, secret: &SessionSecret, vouched: Vouched) -> Result<Returned> {
        let settings = &self.settings;
        let is_open = settings.sign_up == SignUp::Open || self.providers.opens_accounts(&vouched.provider);
        let is_closed = !is_open && settings.sign_up == SignUp::Closed;
        if is_closed && !self.is_linked(&vouched).await? {
            return Err(Error::SignUpClosed);
        }
        let mut tx = self.store.write().await?;
        if let Some(user_id) = self.find_linked(&mut tx, call, &vouched).await? {
            let signed_in = self.begin_session(&mut tx, call, user_id, &vouched.provider).await?;
            tx.commit().await?;
            return Ok(Returned::SignedIn(signed_in));
        }
        if is_open && !settings.explicit_sign_up {
            let email = vouched.person.email.clone().filter(|email| cargohold_mail::is_mailbox(email));
            let user_id = self.open_account(&mut tx, call, &vouched, email.as_deref()).await?;
            let signed_in = self.begin_session(&mut tx, call, user_id, &vouched.provider).await?;
            tx.commit().await?;
            self.confirm_address_of(call, user_id).await;
            return Ok(Returned::SignedIn(signed_in));
        }
        if is_closed {
            return Err(Error::SignUpClosed);
        }
        let pending = Pending::from(vouched);
        let sealed = serde_json::to_vec(&pending).map_err(Error::internal)?;
        let sealed_person = Some(self.pepper.seal(Purpose::Person, &sealed)?);
        let sign_in = SignIn { provider: pending.provider, linked_user_id: None, sealed_person };
        sign_ins::insert(&mut tx, &secret.hash(), &sign_in, call.now.after(SIGN_UP_PATIENCE)).await?;
        tx.commit().await?;
        Ok(Returned::SignUpRequired)
    }

    /// Signs in whoever a directory knows by login and password. `None` if none of them does.
    pub(crate) async fn sign_in_to_directory(
        &self,
        call: &Call,
        login: &str,
        password: &str,
    ) -> Result<Option<SignedIn>> {
        let mut unreachable = None;
        for directory in &self.providers.directories {
            let person = match directory.client.authenticate(login, password).await {
                Ok(Some(person)) => person,
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a directory is of no help");
                    unreachable = Some(error);
                    continue;
                }
            };
            let vouched = Vouched { provider: directory.name.clone(), person, access_token: None };
            let opens_accounts = directory.opens_accounts || self.settings.sign_up == SignUp::Open;
            if !opens_accounts && !self.is_linked(&vouched).await? {
                return Err(Error::SignUpClosed);
            }
            let mut tx = self.store.write().await?;
            let user_id = match self.find_linked(&mut tx, call, &vouched).await? {
                Some(user_id) => user_id,
                None if opens_accounts => {
                    let email = vouched.person.email.clone().filter(|email| cargohold_mail::is_mailbox(email));
                    self.open_account(&mut tx, call, &vouched, email.as_deref()).await?
                }
                None => return Err(Error::SignUpClosed),
            };
            let signed_in = self.begin_session(&mut tx, call, user_id, &directory.name).await?;
            tx.commit().await?;
            return Ok(Some(signed_in));
        }
        // Nobody can tell whether the password is wrong while one of them does not answer.
        unreachable.map_or(Ok(None), |error| Err(Error::Directory(error)))
    }

    /// Whom the provider vouches for that this browser came back from.
    ///
    /// # Errors
    /// When accounts need no asking for, somebody is signed in, or it took too long.
    pub async fn find_sign_up(&self, call: &Call, secret: Option<&SessionSecret>) -> Result<PendingSignUp> {
        self.check_stranger(call).await?;
        let secret = secret.ok_or_else(|| self.no_sign_up())?;
        let found = sign_ins::find(&mut self.store.read().await?, &secret.hash(), call.now).await?;
        let vouched = self.unseal_pending(found)?;
        Ok(PendingSignUp { login: suggested_login(&vouched.person), email: vouched.person.email })
    }

    /// Opens an account for whoever the provider vouches for, and signs them in. Where sign-up is by invitation, it takes one.
    ///
    /// # Errors
    /// As [`Registry::find_sign_up`], and when the address is none or the invitation is not good.
    pub async fn sign_up_elsewhere(
        &self,
        call: &Call,
        secret: Option<&SessionSecret>,
        email: &str,
        invitation: Option<&str>,
    ) -> Result<SignedIn> {
        self.check_origin(call)?;
        self.check_stranger(call).await?;
        if !cargohold_mail::is_mailbox(email) {
            return Err(Error::NoMailbox(email.to_owned()));
        }
        let secret = secret.ok_or_else(|| self.no_sign_up())?;
        let found = sign_ins::find(&mut self.store.read().await?, &secret.hash(), call.now).await?;
        let opens_accounts = self.providers.opens_accounts(&self.unseal_pending(found)?.provider);
        if !opens_accounts {
            self.check_admission(call, invitation).await?;
        }
        let mut tx = self.store.write().await?;
        let vouched = self.unseal_pending(sign_ins::take(&mut tx, &secret.hash(), call.now).await?)?;
        if !self.providers.opens_accounts(&vouched.provider) {
            self.admit(&mut tx, call, invitation).await?;
        }
        let user_id = self.open_account(&mut tx, call, &vouched, Some(email)).await?;
        let signed_in = self.begin_session(&mut tx, call, user_id, &vouched.provider).await?;
        tx.commit().await?;
        self.confirm_address_of(call, user_id).await;
        Ok(signed_in)
    }

    /// Forgets whom the provider vouched for. Idempotent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_sign_up(&self, call: &Call, secret: Option<&SessionSecret>) -> Result<()> {
        let Some(secret) = secret else { return Ok(()) };
        if sign_ins::find(&mut self.store.read().await?, &secret.hash(), call.now).await?.is_none() {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        sign_ins::take(&mut tx, &secret.hash(), call.now).await?;
        Ok(tx.commit().await?)
    }

    /// Refuses whom [`Registry::admit`] would not let have an account, without using up their invitation.
    pub(crate) async fn check_admission(&self, call: &Call, invitation: Option<&str>) -> Result<()> {
        match (self.settings.sign_up, invitation) {
            (SignUp::Open, None) => Ok(()),
            (SignUp::Closed, _) => Err(Error::SignUpClosed),
            (SignUp::Invite, None) => Err(Error::InvitationNeeded),
            (SignUp::Open | SignUp::Invite, Some(secret)) => {
                let hash = Sha256::digest(secret.as_bytes()).into();
                let found = sign_up_invitations::find(&mut self.store.read().await?, &hash, call.now).await?;
                found.map(drop).ok_or(Error::InvitationNeeded)
            }
        }
    }

    /// Lets a stranger have an account: anybody where sign-up is open, else whoever has a good invitation, which is used up.
    pub(crate) async fn admit(
        &self,
        tx: &mut Tx,
        call: &Call,
        invitation: Option<&str>,
    ) -> Result<Option<sign_up_invitations::SignUpInvitation>> {
        match (self.settings.sign_up, invitation) {
            (SignUp::Open, None) => Ok(None),
            (SignUp::Closed, _) => Err(Error::SignUpClosed),
            (SignUp::Invite, None) => Err(Error::InvitationNeeded),
            (SignUp::Open | SignUp::Invite, Some(secret)) => {
                let hash = Sha256::digest(secret.as_bytes()).into();
                let invitation = sign_up_invitations::take(tx, &hash, call.now).await?;
                Ok(Some(invitation.ok_or(Error::InvitationNeeded)?))
            }
        }
    }

    /// Only strangers sign up.
    async fn check_stranger(&self, call: &Call) -> Result<()> {
        match self.authorize(call, Need::Session).await {
            Ok(_) => Err(Error::Refused("you are signed in already; sign out to open another account".to_owned())),
            Err(Error::Store(error)) => Err(Error::Store(error)),
            Err(_) => Ok(()),
        }
    }

    /// Why no sign-up is under way: nobody is ever asked where accounts open by themselves or not at all.
    fn no_sign_up(&self) -> Error {
        let settings = &self.settings;
        let is_ever_asked = settings.explicit_sign_up || settings.sign_up == SignUp::Invite;
        if is_ever_asked { Error::NoSignUpPending } else { Error::NoSignUp }
    }

    fn unseal_pending(&self, found: Option<SignIn>) -> Result<Vouched> {
        let sealed = found.and_then(|found| found.sealed_person).ok_or_else(|| self.no_sign_up())?;
        let text = self.pepper.unseal(Purpose::Person, &sealed)?;
        let pending: Pending = serde_json::from_slice(&text).map_err(Error::internal)?;
        Ok(pending.into())
    }

    fn github(&self) -> Result<&cargohold_providers::GitHub> {
        self.providers.github.as_ref().ok_or(Error::NoSuchProvider)
    }

    fn oidc(&self, name: &str) -> Result<&cargohold_providers::Oidc> {
        let found = self.providers.oidc.iter().find(|it| it.name == name);
        Ok(&found.ok_or(Error::NoSuchProvider)?.client)
    }
}

/// Everything that ties the provider's answer to this browser follows from the one secret that it keeps; so nothing that could
/// be stolen is stored.
fn flow(secret: &SessionSecret) -> Flow {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
    let part = |name: &str, bytes: usize| URL_SAFE_NO_PAD.encode(&hmac::sign(&key, name.as_bytes()).as_ref()[..bytes]);
    Flow { state: part("state", 16), nonce: part("nonce", 32), pkce_verifier: part("verifier", 32) }
}

impl From<Vouched> for Pending {
    fn from(Vouched { provider, person, access_token }: Vouched) -> Self {
        Self {
            provider,
            access_token,
            issuer: person.issuer,
            subject: person.subject,
            login: person.login,
            name: person.name,
            email: person.email,
            is_email_verified: person.is_email_verified,
            avatar: person.avatar,
            groups: person.groups,
        }
    }
}

impl From<Pending> for Vouched {
    fn from(pending: Pending) -> Self {
        let person = Person {
            issuer: pending.issuer,
            subject: pending.subject,
            login: pending.login,
            name: pending.name,
            email: pending.email,
            is_email_verified: pending.is_email_verified,
            avatar: pending.avatar,
            groups: pending.groups,
        };
        Self { provider: pending.provider, person, access_token: pending.access_token }
    }
}

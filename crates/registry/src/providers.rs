//! Where people may prove who they are besides here, and what is made of what a provider says of them.

use cargohold_providers::{GitHub, Ldap, Oidc, Person};
use cargohold_store::identities::{self, SeenIdentity};
use cargohold_store::{Tx, users};
use serde_json::json;

use crate::accounts::check_login;
use crate::audit::{self, Deed};
use crate::sealed::Purpose;
use crate::secret::random_text;
use crate::{Call, Error, Registry, Result};

/// What the provider GitHub is called, in teams and everywhere.
pub(crate) const GITHUB: &str = "github";

/// How many logins are tried before somebody has to choose one.
const MAX_LOGIN_TRIES: usize = 20;

/// How many of them end in a number; those after end in something random.
const NUMBERED_LOGINS: usize = 5;

/// The longest login in characters, as at GitHub.
const MAX_LOGIN_CHARS: usize = 39;

/// A provider to which a browser is sent.
pub struct OidcProvider {
    /// What it is called in the configuration and in teams.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Whether whoever it vouches for may have an account here, whatever the rule for sign-up is.
    pub opens_accounts: bool,
    /// The client.
    pub client: Oidc,
}

/// A directory that is asked with login and password.
pub struct Directory {
    /// What it is called in the configuration and in teams.
    pub name: String,
    /// Whether whoever it vouches for may have an account here, whatever the rule for sign-up is.
    pub opens_accounts: bool,
    /// The client.
    pub client: Ldap,
}

/// All of them.
#[derive(Default)]
pub struct Providers {
    /// GitHub, or a forge that speaks its API.
    pub github: Option<GitHub>,
    /// Whether whoever GitHub vouches for may have an account here, whatever the rule for sign-up is.
    pub github_opens_accounts: bool,
    /// GitHub as it answers to anybody, where nobody signs in with it.
    pub anonymous_github: Option<GitHub>,
    /// Providers to which a browser is sent.
    pub oidc: Vec<OidcProvider>,
    /// Directories, in the order in which they are asked.
    pub directories: Vec<Directory>,
}

/// A provider to which a browser can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedProvider {
    /// What it is called in requests.
    pub name: String,
    /// What people call it.
    pub title: String,
}

impl Providers {
    /// Those to which a browser can be sent, GitHub first.
    pub(crate) fn list(&self) -> Vec<ListedProvider> {
        let github =
            self.github.as_ref().map(|_| ListedProvider { name: GITHUB.to_owned(), title: "GitHub".to_owned() });
        let oidc = self.oidc.iter().map(|it| ListedProvider { name: it.name.clone(), title: it.title.clone() });
        github.into_iter().chain(oidc).collect()
    }

    /// The names of those whose groups are teams here, as of somebody's last sign-in.
    pub(crate) fn with_groups(&self) -> impl Iterator<Item = &str> {
        let oidc = self.oidc.iter().map(|it| it.name.as_str());
        oidc.chain(self.directories.iter().map(|it| it.name.as_str()))
    }

    /// Whom to ask what GitHub tells anybody.
    pub(crate) fn any_github(&self) -> Option<&GitHub> {
        self.github.as_ref().or(self.anonymous_github.as_ref())
    }

    /// Whether whoever this provider vouches for may have an account, whatever the rule for sign-up is.
    pub(crate) fn opens_accounts(&self, name: &str) -> bool {
        let oidc = self.oidc.iter().find(|it| it.name == name).map(|it| it.opens_accounts);
        let directory = || self.directories.iter().find(|it| it.name == name).map(|it| it.opens_accounts);
        oidc.or_else(directory).unwrap_or(name == GITHUB && self.github_opens_accounts)
    }
}

/// Somebody whom a provider vouches for.
#[derive(Clone)]
pub(crate) struct Vouched {
    /// The provider's name in the configuration.
    pub(crate) provider: String,
    /// Whom it vouches for.
    pub(crate) person: Person,
    /// What lets us ask the provider for them.
    pub(crate) access_token: Option<String>,
}

impl Registry {
    /// Whether what a provider says is linked to an account.
    pub(crate) async fn is_linked(&self, vouched: &Vouched) -> Result<bool> {
        let person = &vouched.person;
        let found = identities::find_user(&mut self.store.read().await?, &person.issuer, &person.subject).await?;
        Ok(found.is_some())
    }

    /// The account that is linked to what a provider says, with everything it says now. `None` if none is.
    pub(crate) async fn find_linked(&self, tx: &mut Tx, call: &Call, vouched: &Vouched) -> Result<Option<i64>> {
        let person = &vouched.person;
        let Some(known) = identities::find_user(tx, &person.issuer, &person.subject).await? else { return Ok(None) };
        // The account first, then its links, as everybody else does.
        users::lock(tx, known).await?;
        let sealed = self.seal_access_token(vouched)?;
        let user_id = identities::touch(tx, &seen(vouched, sealed.as_deref()), call.now).await?;
        if let Some(user_id) = user_id {
            self.take_over_profile(tx, user_id, vouched).await?;
        }
        Ok(user_id)
    }

    /// Links what a provider says to an account.
    ///
    /// # Errors
    /// When it is linked to another one.
    pub(crate) async fn link(&self, tx: &mut Tx, call: &Call, user_id: i64, vouched: &Vouched) -> Result<()> {
        let sealed = self.seal_access_token(vouched)?;
        if !identities::insert(tx, user_id, &seen(vouched, sealed.as_deref()), call.now).await? {
            let text =
                "this account at the provider is linked to another account here; sign in with it, or unlink it there";
            return Err(Error::Refused(text.to_owned()));
        }
        self.take_over_profile(tx, user_id, vouched).await
    }

    /// Makes an account for somebody a provider vouches for, and links it. The email address is theirs to change afterwards:
    /// no later sign-in overwrites it.
    pub(crate) async fn open_account(
        &self,
        tx: &mut Tx,
        call: &Call,
        vouched: &Vouched,
        email: Option<&str>,
    ) -> Result<i64> {
        let person = &vouched.person;
        let is_email_verified = person.is_email_verified && email == person.email.as_deref();
        let (user_id, login) = insert_with_free_login(tx, call, person, email, is_email_verified).await?;
        self.link(tx, call, user_id, vouched).await?;
        let deed = Deed::by(call, &login, "user.create", &login);
        audit::record(tx, &deed.with(json!({ "provider": vouched.provider }))).await?;
        Ok(user_id)
    }

    async fn take_over_profile(&self, tx: &mut Tx, user_id: i64, vouched: &Vouched) -> Result<()> {
        let person = &vouched.person;
        users::set_profile(tx, user_id, person.name.as_deref(), person.avatar.as_deref()).await?;
        if vouched.provider == GITHUB {
            users::set_github_login(tx, user_id, person.login.as_deref()).await?;
        }
        Ok(())
    }

    fn seal_access_token(&self, vouched: &Vouched) -> Result<Option<Vec<u8>>> {
        let token = vouched.access_token.as_ref();
        token.map(|token| self.pepper.seal(Purpose::AccessToken, token.as_bytes())).transpose()
    }
}

fn seen<'a>(vouched: &'a Vouched, sealed_access_token: Option<&'a [u8]>) -> SeenIdentity<'a> {
    SeenIdentity {
        provider: &vouched.provider,
        issuer: &vouched.person.issuer,
        subject: &vouched.person.subject,
        login: vouched.person.login.as_deref(),
        groups: &vouched.person.groups,
        sealed_access_token,
    }
}

/// Somebody new under the login they have at the provider, or one like it that is free.
async fn insert_with_free_login(
    tx: &mut Tx,
    call: &Call,
    person: &Person,
    email: Option<&str>,
    is_email_verified: bool,
) -> Result<(i64, String)> {
    let wanted = suggested_login(person);
    for attempt in 1..=MAX_LOGIN_TRIES {
        let login = match attempt {
            1 => wanted.clone(),
            2..=NUMBERED_LOGINS => format!("{wanted}-{attempt}"),
            _ => format!("{}-{}", &wanted[..wanted.len().min(MAX_LOGIN_CHARS - 7)], random_text(6).to_lowercase()),
        };
        let new = users::NewUser {
            login: &login,
            name: person.name.as_deref(),
            email,
            is_email_verified,
            is_admin: false,
            password_hash: None,
            must_change_password: false,
        };
        if let Some(id) = users::insert(tx, &new, call.now).await? {
            return Ok((id, login));
        }
    }
    Err(Error::LoginTaken(wanted))
}

/// The login somebody has at the provider, as far as it can be one here.
pub(crate) fn suggested_login(person: &Person) -> String {
    let given = person.login.as_deref().unwrap_or_default();
    // What comes before an `@` is the login where a provider gives addresses.
    let given = given.split('@').next().unwrap_or_default();
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let login: String = given.chars().map(allowed).take(MAX_LOGIN_CHARS - 3).collect();
    let login = login.trim_start_matches(['-', '_']).trim_end_matches('-');
    if check_login(login).is_ok() { login.to_owned() } else { "user".to_owned() }
}

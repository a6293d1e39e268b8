//! Signing in by LDAP bind: the directory is asked who has a login, and then whether it lets them in.
//!
//! Each attempt has a connection of its own, which ends with it. Referrals are never followed: a password goes to the
//! configured server and nowhere else.

mod address;
mod config;
mod entry;
mod error;
mod filter;
mod session;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ldap3::{LdapConnAsync, LdapConnSettings, Scope};
use tokio::task::JoinSet;
use tokio_rustls::rustls::ClientConfig;
use url::Url;

pub use self::config::LdapConfig;
use self::entry::Entry;
pub use self::error::{LdapAnswer, LdapError, LdapProblem};
use self::session::Session;
use crate::Person;

/// How long an attempt may take, from the name of the host to the last answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// One match is somebody, two are nobody, and more need not be sent.
const USER_LIMIT: usize = 2;
/// In how many groups somebody may be.
const GROUP_LIMIT: usize = 1000;

/// A directory in which people have accounts.
#[derive(Clone)]
pub struct Ldap {
    directory: Arc<Directory>,
}

struct Directory {
    config: LdapConfig,
    url: Url,
    issuer: String,
    /// `None` where nothing is encrypted.
    tls: Option<Arc<ClientConfig>>,
}

impl Ldap {
    /// Checks the settings and reads the file with the authorities. Nothing is sent yet.
    ///
    /// # Errors
    /// When a setting cannot work, or would send passwords in plain text through a network.
    pub fn new(config: LdapConfig) -> Result<Self, LdapError> {
        let name = config.name.clone();
        let directory = Directory::new(config).map_err(|problem| LdapError { directory: name, problem })?;
        Ok(Self { directory: Arc::new(directory) })
    }

    /// Who it is that has this login and this password; `None` when nobody has, or when the login fits several people.
    ///
    /// Takes ten seconds at most.
    ///
    /// # Errors
    /// When the directory cannot be asked, or knows somebody without the attribute that is their subject.
    pub async fn authenticate(&self, login: &str, password: &str) -> Result<Option<Person>, LdapError> {
        // A bind without a password succeeds for everybody (RFC 4513, 5.1.2), and a NUL ends a text in some servers.
        if login.is_empty() || password.is_empty() || login.contains('\0') || password.contains('\0') {
            return Ok(None);
        }
        let (login, password) = (login.to_owned(), password.to_owned());
        self.converse(|directory, session| sign_in(directory, session, login, password)).await
    }

    /// Makes sure that the directory answers, lets the service account in and has the places where to search.
    ///
    /// Takes ten seconds at most.
    ///
    /// # Errors
    /// When one of these fails.
    pub async fn check(&self) -> Result<(), LdapError> {
        self.converse(check).await
    }

    /// Connects, lets `talk` talk and ends the connection.
    async fn converse<T, F>(
        &self,
        talk: impl FnOnce(Arc<Directory>, Session) -> F + Send + 'static,
    ) -> Result<T, LdapError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, LdapProblem>> + Send + 'static,
    {
        let directory = Arc::clone(&self.directory);
        // A task of its own, because the LDAP library panics at some malformed answers. It ends when the set is dropped.
        let mut attempt = JoinSet::new();
        attempt.spawn(async move {
            let (connection, ldap) = directory.connect().await?;
            let mut last = ldap.clone();
            let talk = async {
                let outcome = talk(directory, Session::new(ldap)).await;
                // Only good manners: the connection ends anyway.
                let _ = last.unbind().await;
                drop(last);
                outcome
            };
            match tokio::join!(connection.drive(), talk) {
                // The connection knows why an operation was lost.
                (Err(cause), Err(LdapProblem::Lost)) => Err(LdapProblem::of(cause)),
                (_, outcome) => outcome,
            }
        });
        let outcome = match tokio::time::timeout(PATIENCE, attempt.join_next()).await {
            Err(_) => Err(LdapProblem::Timeout),
            Ok(Some(Ok(outcome))) => outcome,
            Ok(_) => Err(LdapProblem::NotLdap),
        };
        outcome.map_err(|problem| LdapError { directory: self.directory.config.name.clone(), problem })
    }
}

impl fmt::Debug for Ldap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ldap").field(&self.directory.config).finish()
    }
}

impl Directory {
    fn new(config: LdapConfig) -> Result<Self, LdapProblem> {
        let url = address::parse(&config)?;
        config.check()?;
        let issuer = address::issuer(&url, &config.user_base)?;
        let is_encrypted = config.start_tls || url.scheme() == "ldaps";
        let tls = if is_encrypted { Some(tls::load(config.ca_file.as_deref())?) } else { None };
        Ok(Self { config, url, issuer, tls })
    }

    async fn connect(&self) -> Result<(LdapConnAsync, ldap3::Ldap), LdapProblem> {
        let mut settings = LdapConnSettings::new().set_starttls(self.config.start_tls);
        if let Some(tls) = &self.tls {
            settings = settings.set_config(Arc::clone(tls));
        }
        LdapConnAsync::from_url_with_settings(settings, &self.url).await.map_err(LdapProblem::of)
    }
}

async fn sign_in(
    directory: Arc<Directory>,
    mut session: Session,
    login: String,
    password: String,
) -> Result<Option<Person>, LdapProblem> {
    let config = &directory.config;
    session.bind_service_account(config).await?;
    let Some(user) = find_user(config, &mut session, &login).await? else { return Ok(None) };
    if !session.bind_user(&user, &password).await? {
        return Ok(None);
    }
    let spelt = user.find_text(&config.login_attribute);
    let groups = match &config.group_base {
        Some(base) => list_groups(config, base, &mut session, &user, spelt.as_deref().unwrap_or(&login)).await?,
        None => user.list_texts("memberOf"),
    };
    let email = user.find_text(&config.email_attribute);
    Ok(Some(Person {
        issuer: directory.issuer.clone(),
        subject: user.load_subject(&config.subject_attribute)?,
        login: spelt,
        name: user.find_text(&config.name_attribute),
        is_email_verified: email.is_some(),
        email,
        avatar: None,
        groups,
    }))
}

async fn find_user(config: &LdapConfig, session: &mut Session, login: &str) -> Result<Option<Entry>, LdapProblem> {
    let mut attributes =
        vec![&config.subject_attribute, &config.login_attribute, &config.name_attribute, &config.email_attribute]
            .into_iter()
            .map(String::as_str)
            .collect::<Vec<_>>();
    if config.group_base.is_none() {
        attributes.push("memberOf");
    }
    let filter = filter::fill(&config.user_filter, &[("{login}", login)]);
    let found =
        session.search("user_base", &config.user_base, Scope::Subtree, &filter, &attributes, USER_LIMIT).await?;
    let mut found = found.unwrap_or_default();
    let user = found.pop();
    if !found.is_empty() {
        tracing::warn!(directory = config.name, "a login matches several entries; make `user_filter` narrower");
        return Ok(None);
    }
    // Who has no name would be bound as nobody, which some servers allow with any password.
    Ok(user.filter(|user| !user.dn().is_empty()))
}

async fn list_groups(
    config: &LdapConfig,
    base: &str,
    session: &mut Session,
    user: &Entry,
    login: &str,
) -> Result<Vec<String>, LdapProblem> {
    // Without a service account the search is the user's own: they see at least what nobody sees.
    session.bind_service_account(config).await?;
    let filter = filter::fill(&config.group_filter, &[("{dn}", user.dn()), ("{login}", login)]);
    let attributes = [config.group_attribute.as_str()];
    let found = session.search("group_base", base, Scope::Subtree, &filter, &attributes, GROUP_LIMIT).await?;
    let found = found.ok_or(LdapProblem::TooManyGroups)?;
    let mut groups: Vec<String> = found.iter().flat_map(|group| group.list_texts(&config.group_attribute)).collect();
    groups.sort();
    groups.dedup();
    Ok(groups)
}

async fn check(directory: Arc<Directory>, mut session: Session) -> Result<(), LdapProblem> {
    let config = &directory.config;
    session.bind_service_account(config).await?;
    let places = [("user_base", Some(&config.user_base)), ("group_base", config.group_base.as_ref())];
    for (setting, base) in places {
        if let Some(base) = base {
            // `1.1` asks for no attribute at all (RFC 4511, 4.5.1.8).
            session.search(setting, base, Scope::Base, "(objectClass=*)", &["1.1"], USER_LIMIT).await?;
        }
    }
    Ok(())
}

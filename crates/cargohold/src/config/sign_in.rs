//! The settings of the providers that people sign in with.

use cargohold_providers::{GitHubConfig, LdapConfig, OidcConfig};

use crate::config::ConfigError;
use crate::config::layers::Layers;

/// Where people may prove who they are besides here. The addresses to which browsers come back are not known yet.
#[derive(Debug)]
pub(crate) struct SignIn {
    pub(crate) github: Option<GitHubSettings>,
    pub(crate) oidc: Vec<OidcSettings>,
    pub(crate) ldap: Vec<LdapSettings>,
}

#[derive(Debug)]
pub(crate) struct GitHubSettings {
    pub(crate) client: GitHubConfig,
    pub(crate) opens_accounts: bool,
}

#[derive(Debug)]
pub(crate) struct OidcSettings {
    pub(crate) client: OidcConfig,
    pub(crate) title: String,
    pub(crate) opens_accounts: bool,
}

#[derive(Debug)]
pub(crate) struct LdapSettings {
    pub(crate) client: LdapConfig,
    pub(crate) opens_accounts: bool,
}

impl SignIn {
    pub(crate) fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let mut names = vec!["local".to_owned(), "github".to_owned()];
        let mut named = |table: &str| {
            let found = layers.names_in(table);
            for name in &found {
                check_name(layers, table, name, &names)?;
                names.push(name.clone());
            }
            Ok::<_, ConfigError>(found)
        };
        let oidc = named("sign_in.oidc")?;
        let ldap = named("sign_in.ldap")?;
        Ok(Self {
            github: github(layers)?,
            oidc: oidc.iter().map(|name| self::oidc(layers, name)).collect::<Result<_, _>>()?,
            ldap: ldap.iter().map(|name| self::ldap(layers, name)).collect::<Result<_, _>>()?,
        })
    }
}

/// A name is the first part of the names of teams, so it must be another one for every provider.
fn check_name(layers: &Layers, table: &str, name: &str, taken: &[String]) -> Result<(), ConfigError> {
    let setting = format!("{table}.{name}");
    if taken.contains(&name.to_owned()) {
        return Err(layers.error(&setting, format!("`{name}` is the name of another provider; choose another one")));
    }
    if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Ok(());
    }
    Err(layers.error(&setting, format!("`{name}` is no name for a provider; use lower-case letters, digits and `-`")))
}

fn github(layers: &Layers) -> Result<Option<GitHubSettings>, ConfigError> {
    let Some(client_id) = layers.optional("sign_in.github.client_id") else { return Ok(None) };
    let client = GitHubConfig {
        client_id,
        client_secret: layers.required("sign_in.github.client_secret")?,
        web_url: web_url(layers, "sign_in.github.web_url")?,
        api_url: web_url(layers, "sign_in.github.api_url")?,
        redirect_url: String::new(),
    };
    Ok(Some(GitHubSettings { client, opens_accounts: layers.parse("sign_in.github.opens_accounts")? }))
}

fn oidc(layers: &Layers, name: &str) -> Result<OidcSettings, ConfigError> {
    let key = |rest: &str| format!("sign_in.oidc.{name}.{rest}");
    let issuer = key("issuer");
    layers.required(&issuer)?;
    web_url(layers, &issuer)?;
    let client = OidcConfig {
        name: name.to_owned(),
        // To the letter: a slash at the end belongs to it.
        issuer: layers.text(&issuer),
        client_id: layers.required(&key("client_id"))?,
        client_secret: layers.optional(&key("client_secret")),
        scopes: super::list(layers, &key("scopes"), ','),
        login_claim: layers.text(&key("login_claim")),
        groups_claim: layers.optional(&key("groups_claim")),
        redirect_url: String::new(),
    };
    let title = layers.optional(&key("title")).unwrap_or_else(|| name.to_owned());
    Ok(OidcSettings { client, title, opens_accounts: layers.parse(&key("opens_accounts"))? })
}

fn ldap(layers: &Layers, name: &str) -> Result<LdapSettings, ConfigError> {
    let key = |rest: &str| format!("sign_in.ldap.{name}.{rest}");
    let client = LdapConfig {
        name: name.to_owned(),
        url: layers.required(&key("url"))?,
        start_tls: layers.parse(&key("start_tls"))?,
        allow_plain: layers.parse(&key("allow_plain"))?,
        ca_file: layers.optional(&key("ca_file")).map(Into::into),
        bind_dn: layers.optional(&key("bind_dn")),
        bind_password: layers.optional(&key("bind_password")),
        user_base: layers.required(&key("user_base"))?,
        user_filter: layers.text(&key("user_filter")),
        subject_attribute: layers.text(&key("subject_attribute")),
        login_attribute: layers.text(&key("login_attribute")),
        name_attribute: layers.text(&key("name_attribute")),
        email_attribute: layers.text(&key("email_attribute")),
        group_base: layers.optional(&key("group_base")),
        group_filter: layers.text(&key("group_filter")),
        group_attribute: layers.text(&key("group_attribute")),
    };
    Ok(LdapSettings { client, opens_accounts: layers.parse(&key("opens_accounts"))? })
}

/// A web address without a slash at the end. It may have a path.
fn web_url(layers: &Layers, key: &str) -> Result<String, ConfigError> {
    let text = layers.text(key);
    match url::Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err(layers.error(key, "it must be like `https://login.example`")),
    }
}

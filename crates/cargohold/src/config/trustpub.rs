//! Who may vouch for pipelines.

use cargohold_providers::{Issuer, Kind};
use url::Url;

use super::layers::Layers;
use super::{ConfigError, list};

/// What the settings of trusted publishing come to.
#[derive(Debug)]
pub(crate) struct Trustpub {
    /// Whom JWTs must be meant for; `None` stands for the registry's host.
    pub(crate) audience: Option<String>,
    /// Who may vouch for pipelines.
    pub(crate) issuers: Vec<Issuer>,
    /// GitHub's API, if it may be asked.
    pub(crate) github_api: Option<String>,
}

impl Trustpub {
    pub(super) fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let mut issuers = Vec::new();
        for (name, kind) in [("github", Kind::GitHub), ("gitlab", Kind::GitLab)] {
            if layers.parse(&format!("trustpub.{name}"))? {
                let key = format!("trustpub.{name}_issuer");
                let url = layers.text(&key);
                check_address(&url).map_err(|problem| layers.error(&key, problem))?;
                issuers.push(Issuer { name: name.to_owned(), url, kind });
            }
        }
        let key = "trustpub.oidc";
        for item in list(layers, key, ',') {
            let issuer = read_issuer(&item).map_err(|problem| layers.error(key, problem))?;
            if issuers.iter().any(|other| other.name == issuer.name || other.url == issuer.url) {
                return Err(layers.error(key, format!("`{}` is there twice, by its name or address", issuer.name)));
            }
            issuers.push(issuer);
        }
        let github_api = layers.optional("trustpub.github_api");
        if let Some(url) = &github_api {
            check_address(url).map_err(|problem| layers.error("trustpub.github_api", problem))?;
        }
        Ok(Self { audience: layers.optional("trustpub.audience"), issuers, github_api })
    }

    /// The names of the issuers that are neither GitHub nor GitLab.
    pub(crate) fn other_names(&self) -> Vec<String> {
        let other = self.issuers.iter().filter(|issuer| issuer.kind == Kind::Other);
        other.map(|issuer| issuer.name.clone()).collect()
    }
}

fn read_issuer(item: &str) -> Result<Issuer, String> {
    let (name, url) = item.split_once('=').ok_or_else(|| format!("`{item}` must be like `name=https://issuer`"))?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(is_plain) || matches!(name, "github" | "gitlab") {
        return Err(format!(
            "`{name}` must be a name of lower-case letters, digits and hyphens, not `github` or `gitlab`"
        ));
    }
    check_address(url)?;
    Ok(Issuer { name: name.to_owned(), url: url.to_owned(), kind: Kind::Other })
}

/// Whoever sits between us and the issuer could forge its keys, so only a loopback address may do without TLS.
fn check_address(text: &str) -> Result<(), String> {
    let is_loopback = |url: &Url| matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    let parsed = Url::parse(text).ok();
    let is_safe = parsed.is_some_and(|url| match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(&url),
        _ => false,
    });
    if is_safe { Ok(()) } else { Err(format!("`{text}` must be an address that begins with `https://`")) }
}

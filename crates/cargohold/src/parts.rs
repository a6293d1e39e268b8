//! Opens the parts of a registry as the configuration says.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use cargohold_blobs::Blobs;
use cargohold_mail::{Mailer, Site};
use cargohold_providers::{GitHub, GitHubConfig, Issuers, Ldap, Oidc, OidcConfig};
use cargohold_registry::{Accounts, Directory, OidcProvider, Pepper, Providers};
use cargohold_store::Store;

use crate::Failure;
use crate::config::{Config, Database, Storage};

/// Makes the data folder, for this user alone.
pub(crate) fn make_data_dir(config: &Config) -> Result<(), Failure> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&config.data_dir);
    made.map_err(|error| Failure::Failed(format!("cannot make the folder {}: {error}", config.data_dir.display())))
}

pub(crate) async fn open_store(config: &Config) -> Result<Store, Failure> {
    let store = match &config.database {
        Database::Sqlite(path) => Store::open_sqlite(path).await,
        Database::Postgres { url, max_connections } => Store::open_postgres(url, *max_connections).await,
    };
    store.map_err(|error| Failure::new(&error))
}

pub(crate) fn open_blobs(config: &Config) -> Result<Blobs, Failure> {
    let blobs = match &config.storage {
        Storage::Disk(path) => Blobs::on_disk(path),
        Storage::S3(options) => Blobs::on_s3(options.clone()),
    };
    blobs.map_err(|error| Failure::new(&error))
}

pub(crate) fn open_accounts(config: &Config, store: Store) -> Result<Accounts, Failure> {
    Ok(Accounts::new(store, pepper(config)?))
}

/// What writes to people, in the name of the site at `base_url`.
pub(crate) fn open_mailer(config: &Config, base_url: &str) -> Result<Mailer, Failure> {
    let site = Site { name: config.site_name.clone(), base_url: base_url.to_owned() };
    let host = url::Url::parse(base_url).ok().and_then(|url| url.domain().map(str::to_owned));
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    let from = config.mail_from.clone().unwrap_or_else(|| format!("noreply@{host}"));
    Mailer::new(site, &from, &config.mail).map_err(|error| Failure::new(&error))
}

/// Where people may prove who they are besides here; browsers come back to the site at `base_url`.
pub(crate) fn open_providers(config: &Config, base_url: &str) -> Result<Providers, Failure> {
    let failed = |error: &dyn std::error::Error| Failure::new(error);
    let http = cargohold_providers::http_client(reqwest::Client::builder()).map_err(|error| failed(&error))?;
    let sign_in = &config.sign_in;
    let github = sign_in.github.as_ref().map(|settings| {
        let redirect_url = format!("{base_url}/github-redirect.html");
        GitHub::new(GitHubConfig { redirect_url, ..settings.client.clone() }, http.clone())
    });
    let oidc = sign_in.oidc.iter().map(|settings| {
        let client = OidcConfig { redirect_url: format!("{base_url}/sign-in/return"), ..settings.client.clone() };
        OidcProvider {
            name: settings.client.name.clone(),
            title: settings.title.clone(),
            opens_accounts: settings.opens_accounts,
            client: Oidc::new(client, http.clone()),
        }
    });
    let directories = sign_in.ldap.iter().map(|settings| {
        let client = Ldap::new(settings.client.clone()).map_err(|error| failed(&error))?;
        Ok(Directory { name: settings.client.name.clone(), opens_accounts: settings.opens_accounts, client })
    });
    Ok(Providers {
        anonymous_github: config.trustpub.github_api.as_ref().map(|api_url| anonymous_github(api_url, http.clone())),
        github_opens_accounts: sign_in.github.as_ref().is_some_and(|settings| settings.opens_accounts),
        github,
        oidc: oidc.collect(),
        directories: directories.collect::<Result<_, Failure>>()?,
    })
}

/// GitHub, without a client id: it tells what it tells anybody.
fn anonymous_github(api_url: &str, http: reqwest::Client) -> GitHub {
    let config = GitHubConfig {
        client_id: String::new(),
        client_secret: String::new(),
        web_url: api_url.to_owned(),
        api_url: api_url.to_owned(),
        redirect_url: String::new(),
    };
    GitHub::new(config, http)
}

/// Who may vouch for pipelines to the registry at `base_url`.
pub(crate) fn open_issuers(config: &Config, base_url: &str) -> Result<Issuers, Failure> {
    let http = cargohold_providers::http_client(reqwest::Client::builder()).map_err(|error| Failure::new(&error))?;
    let host = url::Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let audience = config.trustpub.audience.clone().or(host).unwrap_or_default();
    Ok(Issuers::new(audience, config.trustpub.issuers.clone(), &http))
}

/// The configured key, else the one in the data folder, which is made if it is not there.
pub(crate) fn pepper(config: &Config) -> Result<Pepper, Failure> {
    let text = match &config.secret_key {
        Some(text) => text.clone(),
        None => key_file(&config.data_dir.join("secret.key"))?,
    };
    text.parse().map_err(|error| Failure::Failed(format!("the secret key cannot be used: {error}")))
}

/// Reads the key, or makes one. It appears under its name only when it is complete, and only once.
fn key_file(path: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::Failed(format!("cannot use the key in {}: {error}", path.display()));
    if !path.exists() {
        let draft = path.with_extension(format!("{}", std::process::id()));
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(failed)?;
        writeln!(file, "{}", Pepper::random().to_hex()).and_then(|()| file.sync_all()).map_err(failed)?;
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft).map_err(failed)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
    }
    std::fs::read_to_string(path).map_err(failed)
}

//! The configuration: flag > environment > file > default. The only place that reads the environment.
//!
//! Every setting is a row of [`keys::KEYS`], which is also where `docs/configuration.md` comes from.

pub(crate) mod keys;
mod layers;
mod sign_in;
mod trustpub;

use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use cargohold_blobs::S3Options;
use cargohold_mail::Transport;
use cargohold_registry::{DownloadMode, Limits, Policy, ScanningSecret, SignUp, TokenSettings};
use cargohold_store::rate::Rate;
use cargohold_web::{BlockRules, ConfigSection, ConnectionLimits, TlsFiles};

use crate::cli::Cli;
use crate::config::layers::Layers;
pub(crate) use crate::config::sign_in::SignIn;
pub(crate) use crate::config::trustpub::Trustpub;

/// The fewest characters of a secret that programs present.
const MIN_SECRET_CHARS: usize = 20;

/// The configuration cannot be used. Names the setting and where it comes from.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(String);

/// The configuration, parsed.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, none picks a branch for another")]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) is_h2c_offered: bool,
    /// `None` stands for the address that is listened on.
    pub(crate) base_url: Option<String>,
    pub(crate) other_urls: Vec<String>,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) times: cargohold_web::Times,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) auth_required: bool,
    pub(crate) blocked: BlockRules,
    pub(crate) cdn_user_agent: String,
    pub(crate) banner: Option<String>,
    pub(crate) downloads: DownloadMode,
    pub(crate) roll_up_every: Duration,
    pub(crate) source_archives: bool,
    pub(crate) docs_rebuild_url: Option<String>,
    pub(crate) site_name: String,
    pub(crate) external_images: bool,
    pub(crate) trustpub: Trustpub,
    pub(crate) database: Database,
    pub(crate) storage: Storage,
    pub(crate) secret_key: Option<String>,
    pub(crate) sign_up: SignUp,
    pub(crate) explicit_sign_up: bool,
    pub(crate) sign_in: SignIn,
    pub(crate) mail: Transport,
    pub(crate) mail_from: Option<String>,
    pub(crate) operators: Vec<String>,
    pub(crate) tokens: TokenSettings,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    /// As many as the operator wants, if the process may open that many files.
    pub(crate) connections: ConnectionLimits,
    pub(crate) log_filter: String,
    pub(crate) log_json: bool,
    layers: Layers,
}

/// Where rows are.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite(PathBuf),
    Postgres { url: String, max_connections: u32 },
}

/// Where tarballs are.
#[derive(Debug)]
pub(crate) enum Storage {
    Disk(PathBuf),
    S3(S3Options),
}

impl Config {
    /// Reads flags, environment and file.
    pub(crate) fn load(cli: &Cli) -> Result<Self, ConfigError> {
        Self::from_layers(Layers::read(cli)?)
    }

    fn from_layers(layers: Layers) -> Result<Self, ConfigError> {
        let data_dir = PathBuf::from(layers.text("data_dir"));
        Ok(Self {
            listen: listen(&layers)?,
            is_h2c_offered: layers.parse("server.h2c")?,
            base_url: base_url(&layers)?,
            other_urls: urls(&layers, "server.other_urls")?,
            allowed_origins: urls(&layers, "server.allowed_origins")?,
            times: cargohold_web::Times {
                request: layers.duration("server.request_timeout")?,
                publish: layers.duration("server.publish_timeout")?,
                body_idle: layers.duration("server.body_idle_timeout")?,
                slow_body_after: layers.duration("server.slow_body_after")?,
                head: layers.duration("server.head_timeout")?,
                idle: layers.duration("server.idle_timeout")?,
                answer: layers.duration("server.answer_timeout")?,
                shutdown: layers.duration("server.shutdown_timeout")?,
            },
            tls: tls(&layers)?,
            auth_required: layers.parse("registry.auth_required")?,
            blocked: blocked(&layers)?,
            cdn_user_agent: layers.text("server.cdn_user_agent"),
            banner: layers.optional("server.banner"),
            downloads: downloads(&layers)?,
            roll_up_every: layers.duration("downloads.roll_up_every")?,
            source_archives: layers.parse("derived.source_archives")?,
            docs_rebuild_url: layers.optional("docs.rebuild_url"),
            site_name: layers.text("feeds.title"),
            external_images: layers.parse("site.external_images")?,
            trustpub: Trustpub::read(&layers)?,
            database: database(&layers, &data_dir)?,
            storage: storage(&layers, &data_dir)?,
            secret_key: layers.optional("secret_key"),
            sign_up: sign_up(&layers)?,
            explicit_sign_up: layers.parse("sign_up.explicit")?,
            sign_in: SignIn::read(&layers)?,
            mail: mail(&layers)?,
            mail_from: layers.optional("mail.from"),
            operators: list(&layers, "mail.operators", ','),
            tokens: tokens(&layers)?,
            policy: policy(&layers)?,
            limits: limits(&layers)?,
            connections: ConnectionLimits {
                total: layers.parse::<NonZero<usize>>("limits.connections")?.get(),
                per_address: layers.parse::<NonZero<usize>>("limits.connections_per_address")?.get(),
            },
            log_filter: layers.text("log.filter"),
            log_json: one_of(&layers, "log.format", &["text", "json"])? == "json",
            data_dir,
            layers,
        })
    }

    /// Every setting with its value and where it comes from, secrets masked.
    pub(crate) fn describe(&self) -> String {
        self.layers.describe()
    }

    /// What was understood, but should be written in another way.
    pub(crate) fn warnings(&self) -> &[String] {
        self.layers.warnings()
    }

    /// The same in sections.
    pub(crate) fn sections(&self) -> Vec<ConfigSection> {
        self.layers.sections()
    }
}

fn listen(layers: &Layers) -> Result<SocketAddr, ConfigError> {
    let hint = "it must be an address and a port, like `127.0.0.1:7878`";
    layers.text("server.listen").parse().map_err(|_| layers.error("server.listen", hint))
}

fn base_url(layers: &Layers) -> Result<Option<String>, ConfigError> {
    layers.optional("server.base_url").map(|_| url(layers, "server.base_url")).transpose()
}

/// A web address without a slash at the end. It has no path: the routes begin at the root.
fn url(layers: &Layers, key: &str) -> Result<String, ConfigError> {
    let text = layers.text(key);
    check_url(&text).map_err(|problem| layers.error(key, problem))
}

fn check_url(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if is_web && is_bare && url.path() == "/" && url.fragment().is_none() {
        return Ok(url.origin().ascii_serialization());
    }
    Err("it must be like `https://registry.example`, without a path".to_owned())
}

fn urls(layers: &Layers, key: &str) -> Result<Vec<String>, ConfigError> {
    let items = list(layers, key, ',');
    items.iter().map(|item| check_url(item).map_err(|problem| layers.error(key, problem))).collect()
}

fn list(layers: &Layers, key: &str, separator: char) -> Vec<String> {
    let text = layers.text(key);
    text.split(separator).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn blocked(layers: &Layers) -> Result<BlockRules, ConfigError> {
    let mut rules = BlockRules::default();
    let check = |key: &str, result: Result<(), String>| result.map_err(|problem| layers.error(key, problem));
    let key = "server.blocked_addresses";
    check(key, rules.block_addresses(&list(layers, key, ',')))?;
    let key = "server.trusted_proxies";
    check(key, rules.trust_proxies(&list(layers, key, ',')))?;
    let key = "server.blocked_headers";
    check(key, rules.block_headers(&list(layers, key, ';')))?;
    rules.block_routes(list(layers, "server.blocked_routes", ','));
    Ok(rules)
}

fn tls(layers: &Layers) -> Result<Option<TlsFiles>, ConfigError> {
    match (layers.optional("server.tls.certificate"), layers.optional("server.tls.key")) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate: certificate.into(), key: key.into() })),
        (Some(_), None) => Err(layers.error("server.tls.key", "it is needed beside `server.tls.certificate`")),
        (None, Some(_)) => Err(layers.error("server.tls.certificate", "it is needed beside `server.tls.key`")),
    }
}

fn downloads(layers: &Layers) -> Result<DownloadMode, ConfigError> {
    Ok(match one_of(layers, "downloads.mode", &["serve", "presign", "cdn"])?.as_str() {
        "serve" => DownloadMode::Serve,
        "presign" => DownloadMode::Presign(layers.duration("downloads.presign_for")?),
        _ => {
            let prefix = layers.required("downloads.cdn_url")?;
            let is_web = url::Url::parse(&prefix).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if !is_web {
                return Err(layers.error("downloads.cdn_url", "it must be like `https://cdn.registry.example/files`"));
            }
            DownloadMode::Cdn(prefix.trim_end_matches('/').to_owned())
        }
    })
}

fn database(layers: &Layers, data_dir: &Path) -> Result<Database, ConfigError> {
    let Some(url) = layers.optional("database.url") else {
        return Ok(Database::Sqlite(data_dir.join("cargohold.db")));
    };
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Database::Postgres { url, max_connections: layers.parse("database.max_connections")? });
    }
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(Database::Sqlite(path.trim_start_matches("//").into())),
        _ => Err(layers.error("database.url", "it must begin with `postgres://` or `sqlite:`")),
    }
}

fn storage(layers: &Layers, data_dir: &Path) -> Result<Storage, ConfigError> {
    if one_of(layers, "storage.kind", &["disk", "s3"])? == "disk" {
        let path = layers.optional("storage.path").map_or_else(|| data_dir.join("blobs"), PathBuf::from);
        return Ok(Storage::Disk(path));
    }
    if layers.optional("storage.access_key_id").is_some() != layers.optional("storage.secret_access_key").is_some() {
        let problem = "`storage.access_key_id` and `storage.secret_access_key` are needed together";
        return Err(layers.error("storage.access_key_id", problem));
    }
    Ok(Storage::S3(S3Options {
        bucket: layers.required("storage.bucket")?,
        prefix: layers.optional("storage.prefix").map(|prefix| prefix.trim_matches('/').to_owned()),
        region: layers.text("storage.region"),
        endpoint: layers.optional("storage.endpoint"),
        access_key_id: layers.optional("storage.access_key_id"),
        secret_access_key: layers.optional("storage.secret_access_key"),
    }))
}

fn sign_up(layers: &Layers) -> Result<SignUp, ConfigError> {
    Ok(match one_of(layers, "sign_up.mode", &["closed", "invite", "open"])?.as_str() {
        "closed" => SignUp::Closed,
        "open" => SignUp::Open,
        _ => SignUp::Invite,
    })
}

fn mail(layers: &Layers) -> Result<Transport, ConfigError> {
    let key = "mail.transport";
    let Some(_) = layers.optional(key) else { return Ok(Transport::Off) };
    match (layers.parse(key)?, layers.optional("mail.password")) {
        (Transport::Smtp(server), Some(password)) => {
            Ok(Transport::Smtp(server.with_password(password).map_err(|problem| layers.error(key, problem))?))
        }
        (transport, _) => Ok(transport),
    }
}

fn policy(layers: &Layers) -> Result<Policy, ConfigError> {
    Ok(Policy {
        require_description: layers.parse("policy.require_description")?,
        require_license: layers.parse("policy.require_license")?,
        known_categories_only: layers.parse("policy.known_categories_only")?,
        known_dependencies_only: layers.parse("policy.known_dependencies_only")?,
        require_verified_email: layers.parse("policy.require_verified_email")?,
        reserve_names: layers.parse("policy.reserve_names")?,
        warn_similar_names: layers.parse("policy.warn_similar_names")?,
        legacy_tokens: layers.parse("policy.legacy_tokens")?,
    })
}

fn tokens(layers: &Layers) -> Result<TokenSettings, ConfigError> {
    let key = "tokens.scanning_secret";
    let secret = layers.optional(key);
    if secret.as_ref().is_some_and(|secret| secret.chars().count() < MIN_SECRET_CHARS) {
        return Err(layers.error(key, format!("it must have at least {MIN_SECRET_CHARS} characters, chosen at random")));
    }
    Ok(TokenSettings {
        creation_disabled: layers.optional("tokens.creation_disabled"),
        scanning_secret: secret.as_deref().map(ScanningSecret::new),
    })
}

fn limits(layers: &Layers) -> Result<Limits, ConfigError> {
    let rate = |name: &str| {
        let burst: u32 = layers.parse(&format!("limits.{name}.burst"))?;
        let interval = layers.duration(&format!("limits.{name}.interval"))?;
        Ok::<_, ConfigError>(Rate { burst: i64::from(burst), interval })
    };
    let daily = layers.optional("limits.max_new_versions_daily");
    Ok(Limits {
        max_upload_bytes: layers.bytes("limits.max_upload")?,
        max_unpacked_bytes: layers.bytes("limits.max_unpacked")?,
        max_entries: layers.parse("limits.max_entries")?,
        max_features: layers.parse("limits.max_features")?,
        max_dependencies: layers.parse("limits.max_dependencies")?,
        max_new_versions_daily: daily.map(|_| layers.parse("limits.max_new_versions_daily")).transpose()?,
        rates_enabled: layers.parse("limits.rates_enabled")?,
        publish_new: rate("publish_new")?,
        publish_update: rate("publish_update")?,
        yank: rate("yank_unyank")?,
        search: rate("search")?,
        sign_in: rate("sign_in")?,
        token_creation: rate("token_creation")?,
        mail: rate("mail")?,
        request_memory_bytes: layers.bytes("limits.request_memory")?,
        answer_memory_bytes: layers.bytes("limits.answer_memory")?,
        download_cache_bytes: layers.bytes("limits.download_cache")?,
        index_cache_bytes: layers.bytes("limits.index_cache")?,
        answer_cache_bytes: layers.bytes("limits.answer_cache")?,
    })
}

fn one_of(layers: &Layers, key: &str, choices: &[&str]) -> Result<String, ConfigError> {
    let text = layers.text(key);
    if choices.contains(&text.as_str()) {
        return Ok(text);
    }
    Err(layers.error(key, format!("`{text}` is not one of `{}`", choices.join("`, `"))))
}

impl Layers {
    fn parse<T: FromStr<Err: Display>>(&self, key: &str) -> Result<T, ConfigError> {
        self.text(key).parse().map_err(|problem| self.error(key, problem))
    }

    fn duration(&self, key: &str) -> Result<Duration, ConfigError> {
        self.parse::<humantime::Duration>(key).map(Into::into)
    }

    fn bytes(&self, key: &str) -> Result<u64, ConfigError> {
        self.parse::<ByteSize>(key).map(|size| size.as_u64())
    }

    fn required(&self, key: &str) -> Result<String, ConfigError> {
        self.optional(key).ok_or_else(|| self.error(key, "it is needed here; set it"))
    }
}

#[cfg(test)]
mod tests;

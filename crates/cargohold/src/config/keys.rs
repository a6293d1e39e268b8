//! Every setting there is.

/// One setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name in the file, with dots between tables.
    pub(crate) name: &'static str,
    /// What it is if nobody sets it; empty for nothing.
    pub(crate) default: &'static str,
    /// What it is for.
    pub(crate) about: &'static str,
    /// Whether it is masked, and can be read from the file that `<name>_file` names.
    pub(crate) is_secret: bool,
}

const fn key(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, about, is_secret: false }
}

const fn secret(name: &'static str, about: &'static str) -> Key {
    Key { name, default: "", about, is_secret: true }
}

/// Settings that have another name now, by their old one: they go on working for a release, with a warning.
pub(crate) const RENAMED: &[(&str, &str)] = &[("limits.upload_memory", "limits.request_memory")];

/// All settings, in the order of the manual.
pub(crate) const KEYS: &[Key] = &[
    key(
        "data_dir",
        "data",
        "The folder for everything kept on this machine: SQLite database, tarballs, search index, key.",
    ),
    secret(
        "secret_key",
        "64 hex digits mixed into password hashes. Without it, a key is made in `data_dir/secret.key`. All processes of one registry need the same.",
    ),
    key("server.listen", "127.0.0.1:7878", "The address to listen on; port 0 picks a free one."),
    key(
        "server.base_url",
        "",
        "The address clients use, without a path: it is part of the registry's identity, so choose it once. Without it, the address listened on.",
    ),
    key(
        "server.other_urls",
        "",
        "Further addresses of the same registry, so that dependencies on its own index are recognised. Where `server.base_url` is set, requests for the hosts of other names are refused.",
    ),
    key(
        "server.allowed_origins",
        "",
        "Web sites, besides the registry's own address, whose scripts may act for people.",
    ),
    key(
        "server.cdn_user_agent",
        "Amazon CloudFront",
        "What a cache in front of the registry calls itself where it hides its reader's name: such requests are refused, as nameless ones are. Empty for none.",
    ),
    key(
        "server.banner",
        "",
        "What everybody is told, on every page and by `/api/v1/site_metadata`, until an administrator sets another banner.",
    ),
    key("server.blocked_addresses", "", "Addresses of clients that are refused."),
    key(
        "server.trusted_proxies",
        "",
        "Networks, such as `10.0.0.0/8`, of the proxies in front of the registry: what they say in `X-Forwarded-For` is believed, and nobody else. Without it, every client behind a proxy has the proxy's address.",
    ),
    key(
        "server.blocked_headers",
        "",
        "Headers whose requests are refused, such as `User-Agent: /^greedy/`, separated by semicolons: a value, or a regular expression between slashes.",
    ),
    key("server.blocked_routes", "", "Routes, as `/api/openapi.json` writes them, that answer 503 for now."),
    key(
        "server.h2c",
        "true",
        "Whether plain http may be upgraded to HTTP/2, for clients that are known to get along with it. Not where `server.base_url` is https; switch it off behind a proxy that passes the upgrade on.",
    ),
    key(
        "server.tls.certificate",
        "",
        "PEM file with the certificate and its chain; switches on https. Read again when it changes.",
    ),
    key("server.tls.key", "", "PEM file with the private key."),
    key("server.request_timeout", "30s", "Until the head of an answer."),
    key("server.publish_timeout", "5m", "Until the answer to a publish, upload included."),
    key("server.body_idle_timeout", "30s", "The longest pause between two pieces of a request's body."),
    key(
        "server.slow_body_after",
        "10s",
        "After this long the body of a request must have arrived at 4 KiB a second on average; time spent waiting for the server is not counted.",
    ),
    key(
        "server.head_timeout",
        "20s",
        "Time allowed for the head of a request to arrive, including the TLS handshake and an upgrade to HTTP/2.",
    ),
    key("server.idle_timeout", "90s", "How long a connection may wait for its next request."),
    key(
        "server.answer_timeout",
        "30s",
        "How long a client may leave an answer unread before its connection is closed; sooner where memory is short.",
    ),
    key("server.shutdown_timeout", "30s", "How long requests in flight may take to finish at shutdown."),
    key("registry.auth_required", "false", "Whether every request needs a token: a private registry."),
    secret("database.url", "`postgres://…` or `sqlite:PATH`. Without it, `data_dir/cargohold.db`."),
    key("database.max_connections", "20", "Connections to PostgreSQL."),
    key("storage.kind", "disk", "`disk` or `s3`."),
    key("storage.path", "", "The folder for tarballs with `disk`. Without it, `data_dir/blobs`."),
    key("storage.bucket", "", "The bucket with `s3`."),
    key(
        "storage.prefix",
        "",
        "What stands before every key in the bucket, for a bucket that several registries share.",
    ),
    key("storage.region", "us-east-1", "The bucket's region; any word for stores without regions."),
    key(
        "storage.endpoint",
        "",
        "The store's address, such as `https://s3.registry.example`. Without it, the region's own.",
    ),
    key("storage.access_key_id", "", "The id of the access key. Without it, credentials come from the machine's role."),
    secret("storage.secret_access_key", "The secret of the access key."),
    key(
        "downloads.mode",
        "serve",
        "`serve` sends tarballs itself, `presign` redirects into the bucket, `cdn` redirects to `downloads.cdn_url`.",
    ),
    key("downloads.presign_for", "15m", "How long a presigned address is valid."),
    key("downloads.cdn_url", "", "What stands before the key of a tarball in the bucket."),
    key("downloads.roll_up_every", "10m", "How often daily downloads are taken into the totals."),
    key(
        "trustpub.audience",
        "",
        "Whom the JWTs of pipelines must be meant for. Without it, the host of `server.base_url`.",
    ),
    key("trustpub.github", "false", "Whether workflows of GitHub Actions may publish the crates that trust them."),
    key(
        "trustpub.github_issuer",
        "https://token.actions.githubusercontent.com",
        "Who signs for them; a company's own GitHub has an address of its own.",
    ),
    key("trustpub.gitlab", "false", "Whether pipelines of GitLab CI may publish the crates that trust them."),
    key("trustpub.gitlab_issuer", "https://gitlab.com", "Who signs for them; an own GitLab does so by its address."),
    key(
        "trustpub.oidc",
        "",
        "Any other issuers whose pipelines may publish, such as `forgejo=https://forge.registry.example/api/actions`: a name of lower-case letters, digits and hyphens, and the address as its JWTs spell it, separated by commas. Everybody who owns a crate may trust their pipelines.",
    ),
    key(
        "trustpub.github_api",
        "",
        "GitHub's API, which knows the id of whoever owns a repository when a crate is to trust it. Without it, the id is learned when the first JWT comes.",
    ),
    key("feeds.title", "cargohold", "What RSS feeds call this registry."),
    key(
        "site.external_images",
        "false",
        "Whether pages of crates show the pictures of readmes that lie elsewhere. Browsers then tell other servers who reads what; without it, a link stands in each one's place.",
    ),
    secret(
        "docs.rebuild_url",
        "Where a documentation host takes requests (POST) to build a version once more, with `{name}` and `{version}` in it.",
    ),
    key("derived.source_archives", "true", "Whether a seekable zip archive is made of every version."),
    key("policy.require_description", "true", "Refuse crates without a description."),
    key("policy.require_license", "true", "Refuse crates without a licence, and licences that are no SPDX expression."),
    key(
        "policy.known_categories_only",
        "true",
        "Refuse categories that crates.io does not have; otherwise they are dropped with a warning.",
    ),
    key("policy.known_dependencies_only", "true", "Refuse dependencies on this registry that it does not have."),
    key(
        "policy.require_verified_email",
        "true",
        "Refuse publishers, and people who accept an invitation to own a crate, without a verified email address.",
    ),
    key("policy.reserve_names", "true", "Refuse names of the standard library, the compiler and Windows devices."),
    key("policy.warn_similar_names", "true", "Tell whoever publishes a new crate which names are one letter away."),
    key(
        "policy.legacy_tokens",
        "false",
        "Let people create tokens for everything, without `endpoint_scopes`. The command line always can.",
    ),
    key(
        "tokens.creation_disabled",
        "",
        "What people are told while nobody may create tokens; with a text, nobody may.",
    ),
    secret(
        "tokens.scanning_secret",
        "What scanners present after `Bearer` to report leaked tokens to `/api/v1/secret_scanning/verify`; at least 20 characters. Without it, they cannot.",
    ),
    key("limits.max_upload", "10 MiB", "The longest tarball."),
    key("limits.max_unpacked", "512 MiB", "What a tarball may unpack to; at least `limits.max_upload`."),
    key("limits.max_entries", "50000", "How many files and folders a tarball may have."),
    key("limits.max_features", "300", "How many features a crate, and values a feature, may have."),
    key("limits.max_dependencies", "500", "How many dependencies a version may have."),
    key(
        "limits.max_new_versions_daily",
        "",
        "How many versions of one crate may appear in 24 hours. Without it, any number.",
    ),
    key(
        "limits.request_memory",
        "128 MiB",
        "How many bytes of requests' bodies may be in memory at once. An eighth of it is for requests without working credentials; when it is spent, uploads wait, and those without credentials are refused.",
    ),
    key(
        "limits.answer_memory",
        "192 MiB",
        "How many bytes of answers that clients have not read yet may be in memory at once, besides the caches. When it is spent, connections that do not read are closed, anonymous ones first; new answers wait a moment and are then refused.",
    ),
    key(
        "limits.download_cache",
        "64 MiB",
        "How many bytes of tarballs, readmes and source archives are kept in memory after their checksums were verified; only files of up to 1 MiB. 0 for none.",
    ),
    key("limits.index_cache", "256 MiB", "How many bytes of index files are kept in memory."),
    key("limits.answer_cache", "256 MiB", "How many bytes of finished answers of the API are kept in memory."),
    key(
        "limits.connections",
        "10000",
        "How many connections may be open at once; fewer if the process may not open that many files. When full, idle connections are closed to make room; if none is idle, new ones get a 503.",
    ),
    key(
        "limits.connections_per_address",
        "512",
        "The same for one address (of IPv6, a network of 64 bits), unless it is one of `server.trusted_proxies`; at most half of all.",
    ),
    key(
        "sign_up.mode",
        "invite",
        "How strangers get an account with a password: `closed`, `invite` or `open`. See docs/authentication.md for this and all of `sign_in`.",
    ),
    key(
        "sign_up.explicit",
        "false",
        "Whether somebody whom a provider vouches for is asked before they get an account.",
    ),
    key("sign_in.github.client_id", "", "Lets people sign in with GitHub: the id of the OAuth app."),
    secret("sign_in.github.client_secret", "Its secret."),
    key(
        "sign_in.github.web_url",
        "https://github.com",
        "Where people are, of GitHub or of a forge that speaks its API.",
    ),
    key("sign_in.github.api_url", "https://api.github.com", "Where programs are."),
    key(
        "sign_in.github.opens_accounts",
        "false",
        "Whether everybody it vouches for may have an account here, whatever `sign_up.mode` says.",
    ),
    key(
        "sign_in.oidc.*.issuer",
        "",
        "Lets people sign in with an OpenID Connect provider, whose name in the settings and in teams takes the place of `*`: its issuer, exactly as its discovery document spells it.",
    ),
    key("sign_in.oidc.*.title", "", "What people call it. Without it, its name."),
    key("sign_in.oidc.*.client_id", "", "What the provider calls this registry."),
    secret(
        "sign_in.oidc.*.client_secret",
        "What this registry proves with that it is the one. None for a public client.",
    ),
    key("sign_in.oidc.*.scopes", "profile,email", "What to ask for besides `openid`."),
    key(
        "sign_in.oidc.*.login_claim",
        "preferred_username",
        "The claim with the login to suggest; dots lead into objects.",
    ),
    key(
        "sign_in.oidc.*.groups_claim",
        "",
        "The claim with somebody's groups, which become teams; dots lead into objects.",
    ),
    key(
        "sign_in.oidc.*.opens_accounts",
        "true",
        "Whether everybody it vouches for may have an account here, whatever `sign_up.mode` says.",
    ),
    key(
        "sign_in.ldap.*.url",
        "",
        "Lets people sign in with their password in a directory, whose name in the settings and in teams takes the place of `*`: `ldaps://HOST`, or `ldap://HOST` with `start_tls`.",
    ),
    key("sign_in.ldap.*.start_tls", "false", "Whether to switch to TLS after connecting."),
    key("sign_in.ldap.*.allow_plain", "false", "Whether passwords may cross the network in clear. Better not."),
    key("sign_in.ldap.*.ca_file", "", "The certificates to trust, as PEM, instead of the system's."),
    key("sign_in.ldap.*.bind_dn", "", "The account that searches for people. Without it, the search is anonymous."),
    secret("sign_in.ldap.*.bind_password", "Its password."),
    key("sign_in.ldap.*.user_base", "", "Below which entry people are."),
    key(
        "sign_in.ldap.*.user_filter",
        "(&(objectClass=inetOrgPerson)(uid={login}))",
        "How to find somebody by the login they typed.",
    ),
    key(
        "sign_in.ldap.*.subject_attribute",
        "entryUUID",
        "What never changes about somebody; `objectGUID` in Active Directory.",
    ),
    key("sign_in.ldap.*.login_attribute", "uid", "Their login; `sAMAccountName` in Active Directory."),
    key("sign_in.ldap.*.name_attribute", "cn", "Their name."),
    key("sign_in.ldap.*.email_attribute", "mail", "Their email address, which counts as verified."),
    key(
        "sign_in.ldap.*.group_base",
        "",
        "Below which entry groups are. Without it, people's `memberOf` tells their groups.",
    ),
    key("sign_in.ldap.*.group_filter", "(member={dn})", "How to find somebody's groups; also `{login}`."),
    key("sign_in.ldap.*.group_attribute", "cn", "What a group is called; it becomes a team."),
    key(
        "sign_in.ldap.*.opens_accounts",
        "true",
        "Whether everybody it knows may have an account here, whatever `sign_up.mode` says.",
    ),
    secret(
        "mail.transport",
        "Where mails go: `off` (as without it), `folder:PATH`, `smtps://USER@HOST:PORT`, or `smtp://USER@HOST:PORT`, which goes on with STARTTLS. Only to this very machine `?tls=none` may follow.",
    ),
    secret("mail.password", "The password for the mail server."),
    key(
        "mail.operators",
        "",
        "Whom to write to: the page `/support` shows these addresses, and they are told when a new crate is called almost like \
         another one that has other owners.",
    ),
    key("mail.from", "", "The address mails come from. Without it, `noreply@` and the host of `server.base_url`."),
    key("limits.rates_enabled", "true", "Whether the rates of publishing, yanking and searching are enforced."),
    key("limits.publish_new.burst", "5", "How many new crates a user may publish at once."),
    key("limits.publish_new.interval", "10m", "How long until one more is allowed."),
    key("limits.publish_update.burst", "30", "How many versions of existing crates a user may publish at once."),
    key("limits.publish_update.interval", "1m", "How long until one more is allowed."),
    key("limits.yank_unyank.burst", "100", "How many versions a user may yank or unyank at once."),
    key("limits.yank_unyank.interval", "1m", "How long until one more is allowed."),
    key(
        "limits.search.burst",
        "100",
        "How many searches an address may make at once; every process counts for itself.",
    ),
    key("limits.search.interval", "100ms", "How long until one more is allowed."),
    key(
        "limits.sign_in.burst",
        "20",
        "How many attempts to sign in a login, an address or a second factor may see at once. This and the two below are always enforced.",
    ),
    key("limits.sign_in.interval", "30s", "How long until one more is allowed."),
    key("limits.token_creation.burst", "30", "How many tokens a user may create at once."),
    key("limits.token_creation.interval", "1m", "How long until one more is allowed."),
    key(
        "limits.mail.burst",
        "20",
        "How many mails a user may have sent to addresses at once: confirmations and invitations.",
    ),
    key("limits.mail.interval", "5m", "How long until one more is allowed."),
    key("log.filter", "info", "What to log: a level, or `target=level` parts joined by commas."),
    key("log.format", "text", "`text` or `json`."),
];

/// The manual's page of settings, made from [`KEYS`].
#[cfg(test)]
pub(crate) fn manual() -> String {
    use std::fmt::Write;

    let mut page = String::from(include_str!("manual_head.md"));
    for key in KEYS {
        let default = match key.default {
            "" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let file = if key.is_secret { format!(" Also as `{}_file`.", key.name) } else { String::new() };
        writeln!(page, "| `{}` | {default} | {}{file} |", key.name, key.about).expect("a string takes everything");
    }
    page
}

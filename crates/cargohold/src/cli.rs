//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A registry for cargo: publish to it, resolve from it, build against it.
#[derive(Debug, Parser)]
#[command(name = "cargohold", version)]
pub(crate) struct Cli {
    /// The folder for everything cargohold keeps [default: data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The configuration file (TOML); see docs/configuration.md
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the registry
    Serve(ServeArgs),
    /// Show the configuration as the server would use it, secrets masked
    CheckConfig,
    /// Manage people, tokens and data; works while the server runs
    #[command(subcommand)]
    Admin(AdminCommand),
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The address to listen on [default: 127.0.0.1:7878]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Manage people
    #[command(subcommand)]
    User(UserCommand),
    /// Manage tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Manage teams that no provider knows
    #[command(subcommand)]
    Team(TeamCommand),
    /// Make somebody an owner of a crate whose owners cannot do it
    HandOver(HandOver),
    /// See and change what somebody may do more or less often than others
    #[command(subcommand)]
    Rate(RateCommand),
    /// Show the audit log: who did what
    Audit(AuditArgs),
    /// Write what is public in the database as CSV files for PostgreSQL; see docs/operations.md
    Dump(DumpArgs),
    /// Count the downloads in access logs of whatever serves tarballs in front of this; see docs/operations.md
    ImportLogs(ImportLogsArgs),
    /// Have every server build its search index anew
    Reindex,
}

#[derive(Debug, Args)]
pub(crate) struct DumpArgs {
    /// The archive, which appears when it is complete
    #[arg(long, value_name = "FILE.tar.gz", default_value = "db-dump.tar.gz")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ImportLogsArgs {
    /// Complete logs, plain or gzip: nginx's or Apache's combined, W3C extended with `#Fields:`, or JSON lines
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print one line of JSON a file
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Create an account and print its one-time password
    Create(UserCreate),
    /// List all accounts: id, login, email address, what is special about them
    List(UserList),
    /// Print an invitation to open an account; it is good for seven days
    Invite,
    /// Print a new one-time password for somebody, and end all their sessions
    ResetPassword(UserReset),
    /// Keep somebody from doing anything
    Lock(UserLock),
    /// Let somebody in again
    Unlock(UserName),
    /// Make somebody an administrator
    Promote(UserName),
    /// Make an administrator a user like others
    Demote(UserName),
    /// Vouch for somebody's email address
    VerifyEmail(UserName),
}

#[derive(Debug, Args)]
pub(crate) struct UserName {
    /// The login
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct UserList {
    /// Print one line of JSON a person
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UserReset {
    /// The login
    pub(crate) name: String,
    /// Remove their second factor, too: for when the device and the recovery codes are lost
    #[arg(long)]
    pub(crate) drop_second_factor: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UserLock {
    /// The login
    pub(crate) name: String,
    /// Why; they are told
    #[arg(long)]
    pub(crate) reason: String,
    /// Until when: a time from now such as `7d`, or an instant [default: for good]
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HandOver {
    /// The crate, in any spelling
    pub(crate) krate: String,
    /// The login of who is to own it
    pub(crate) login: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RateCommand {
    /// List what somebody may do more or less often than others
    List(UserName),
    /// Let somebody do something so often at once
    Set(RateSet),
    /// Let somebody do something as often as others again
    Unset(RateUnset),
}

#[derive(Debug, Args)]
pub(crate) struct RateSet {
    /// The login
    pub(crate) name: String,
    /// What: publish-new, publish-update, yank-unyank, token-creation, mail or second-factor
    pub(crate) action: String,
    /// How often at once
    pub(crate) burst: u32,
    /// Until when: a time from now such as `7d`, or an instant [default: for good]
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RateUnset {
    /// The login
    pub(crate) name: String,
    /// What
    pub(crate) action: String,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Compute the chain anew and say whether anything was changed or removed
    #[arg(long)]
    pub(crate) verify: bool,
    /// Show only what comes after this entry
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub(crate) after: i64,
    /// Print one line of JSON an entry
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UserCreate {
    /// The login
    pub(crate) name: String,
    /// The email address; it counts as verified
    #[arg(long)]
    pub(crate) email: String,
    /// Make them an administrator
    #[arg(long)]
    pub(crate) admin: bool,
    /// Print one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a token and print it; it cannot be shown again
    Create(TokenCreate),
    /// List somebody's tokens: id, name, creation, expiry, last use
    List(TokenList),
    /// Make a token unusable for ever, within two seconds everywhere
    Revoke(TokenRevoke),
    /// Print whose token this is, read from the standard input
    Whose,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// Make a team, `local:ORG:TEAM`, and print its login
    Create(TeamCreate),
    /// List all teams: login, display name
    List(TeamList),
    /// Delete a team that owns no crate
    Delete(TeamDelete),
    /// Put people into a team, or change whether they are maintainers
    Add(TeamAdd),
    /// Take people out of a team
    Remove(TeamRemove),
}

#[derive(Debug, Args)]
pub(crate) struct TeamCreate {
    /// Its organisation, the second part of its login
    pub(crate) org: String,
    /// The third part of its login
    pub(crate) team: String,
    /// The display name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Print one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TeamList {
    /// Print one line of JSON a team
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TeamDelete {
    /// The team, such as `local:org:team`
    pub(crate) login: String,
}

#[derive(Debug, Args)]
pub(crate) struct TeamAdd {
    /// The team, such as `local:org:team`
    pub(crate) login: String,
    /// The people's logins
    #[arg(required = true, value_name = "LOGIN")]
    pub(crate) people: Vec<String>,
    /// Let them decide who else is in the team; without this they do not, even if they did
    #[arg(long)]
    pub(crate) maintainer: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TeamRemove {
    /// The team, such as `local:org:team`
    pub(crate) login: String,
    /// The people's logins
    #[arg(required = true, value_name = "LOGIN")]
    pub(crate) people: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TokenList {
    /// The login of whoever the tokens are for
    #[arg(long)]
    pub(crate) user: String,
    /// Print one line of JSON a token
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TokenRevoke {
    /// The token's id, from `token list`
    pub(crate) id: i64,
}

#[derive(Debug, Args)]
pub(crate) struct TokenCreate {
    /// The login of whoever the token is for
    #[arg(long)]
    pub(crate) user: String,
    /// What to call the token
    #[arg(long)]
    pub(crate) name: String,
    /// What it may be used for: publish-new, publish-update, yank, change-owners, trusted-publishing, read [default: all]
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    pub(crate) scope: Vec<String>,
    /// A crate it may be used for: a name, `prefix*` or `*` [default: all]
    #[arg(long = "crate", value_name = "PATTERN")]
    pub(crate) krate: Vec<String>,
    /// When it expires: a time from now such as `90d`, or an instant such as `2027-01-31T00:00:00Z` [default: never]
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<String>,
    /// Print one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

//! `cargohold admin …`: people, tokens, teams and data. Needs the database alone, so it works while the server runs.

mod teams;

mod audit;
mod users;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use cargohold_protocol::Timestamp;
use cargohold_registry::{Accounts, CountedLog, ImportedLog, NewToken, Registry};
use cargohold_store::Store;
use serde_json::json;

use crate::cli::{AdminCommand, DumpArgs, ImportLogsArgs, TokenCommand, TokenCreate, TokenList};
use crate::config::{Config, Database};
use crate::{Failure, clock, parts, say};

pub(crate) async fn run(config: Config, command: AdminCommand) -> Result<(), Failure> {
    warn_if_new(&config)?;
    let store = parts::open_store(&config).await?;
    let now = Timestamp::from(clock());
    let accounts = || parts::open_accounts(&config, store.clone());
    let done = match command {
        AdminCommand::User(command) => users::run(&accounts()?, &config, command, now).await,
        AdminCommand::HandOver(args) => users::hand_over(&accounts()?, &args, now).await,
        AdminCommand::Rate(command) => users::run_rate(&accounts()?, command, now).await,
        AdminCommand::Audit(args) => audit::run(&store, &args).await,
        AdminCommand::Token(TokenCommand::Create(args)) => create_token(&accounts()?, args, now).await,
        AdminCommand::Token(TokenCommand::List(args)) => list_tokens(&accounts()?, args, now).await,
        AdminCommand::Token(TokenCommand::Revoke(args)) => revoke_token(&accounts()?, args.id, now).await,
        AdminCommand::Team(command) => teams::run(&store, command, now).await,
        AdminCommand::Token(TokenCommand::Whose) => whose_token(&accounts()?, now).await,
        AdminCommand::Dump(args) => dump(&store, &config, args, now).await,
        AdminCommand::ImportLogs(args) => import_logs(&store, args, now).await,
        AdminCommand::Reindex => reindex(&store).await,
    };
    store.close().await;
    done
}

/// Says so where a mistyped folder is about to become a second registry.
fn warn_if_new(config: &Config) -> Result<(), Failure> {
    if let Database::Sqlite(path) = &config.database
        && !path.exists()
    {
        talk(&format!("note: there was no registry at {}, so this makes a new one", path.display()))?;
    }
    parts::make_data_dir(config)
}

async fn create_token(accounts: &Accounts, args: TokenCreate, now: Timestamp) -> Result<(), Failure> {
    let scopes: Result<Vec<_>, String> = args.scope.iter().map(|scope| scope.parse()).collect();
    let token = NewToken {
        login: args.user,
        name: args.name,
        scopes: scopes.map_err(Failure::Failed)?,
        crates: args.krate,
        expires_at: args.expires.map(|text| expiry(&text, now)).transpose()?,
    };
    let secret = accounts.create_token(&token, now).await.map_err(|error| Failure::new(&error))?;
    if args.json {
        return say(&json!({ "token": secret.reveal() }).to_string());
    }
    say(secret.reveal())
}

async fn list_tokens(accounts: &Accounts, args: TokenList, now: Timestamp) -> Result<(), Failure> {
    let instant = Timestamp::to_seconds_text;
    for token in accounts.list_tokens(&args.user, now).await.map_err(|error| Failure::new(&error))? {
        let created_at = instant(token.created_at);
        let (expires_at, last_used_at) = (token.expires_at.map(instant), token.last_used_at.map(instant));
        if args.json {
            let line = json!({ "id": token.id, "name": token.name, "created_at": created_at, "expires_at": expires_at,
                "last_used_at": last_used_at });
            say(&line.to_string())?;
        } else {
            let or_never = |instant: Option<String>| instant.unwrap_or_else(|| "never".to_owned());
            let (expires, used) = (or_never(expires_at), or_never(last_used_at));
            say(&format!("{} {:?} created {created_at} expires {expires} used {used}", token.id, token.name))?;
        }
    }
    Ok(())
}

async fn revoke_token(accounts: &Accounts, id: i64, now: Timestamp) -> Result<(), Failure> {
    accounts.revoke_token(id, now).await.map_err(|error| Failure::new(&error))?;
    say(&format!("token {id} is revoked"))
}

/// Reads the token from the standard input, so that it shows in no list of processes.
async fn whose_token(accounts: &Accounts, now: Timestamp) -> Result<(), Failure> {
    let mut token = String::new();
    std::io::stdin().read_line(&mut token).map_err(|error| Failure::new(&error))?;
    say(&accounts.whose_token(token.trim(), now).await.map_err(|error| Failure::new(&error))?)
}

/// An instant, or a time from now.
fn expiry(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let span: Duration = humantime::parse_duration(text).map_err(|_| {
        Failure::Failed(format!("`{text}` is no expiry; write `90d`, or an instant like `2027-01-31T00:00:00Z`"))
    })?;
    Ok(now.after(span))
}

async fn dump(store: &Store, config: &Config, args: DumpArgs, now: Timestamp) -> Result<(), Failure> {
    let dumped =
        Registry::dump(store, &config.policy, &args.output, now).await.map_err(|error| Failure::new(&error))?;
    let size = ByteSize(dumped.size_bytes);
    say(&format!("{}: {} rows, {size}", args.output.display(), dumped.rows))
}

/// Counts one log after another; one that cannot be counted does not keep the others from it.
async fn import_logs(store: &Store, args: ImportLogsArgs, now: Timestamp) -> Result<(), Failure> {
    let mut failed = 0;
    for path in &args.files {
        match Registry::import_log(store, path, now).await {
            Ok(log) if args.json => say(&describe_log(path, &log).to_string())?,
            Ok(log) => tell_of_log(path, &log)?,
            Err(error) => {
                talk(&format!("error: {}", Failure::new(&error)))?;
                failed += 1;
            }
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Failed(format!("{failed} of {} logs could not be counted", args.files.len()))),
    }
}

fn tell_of_log(path: &Path, log: &ImportedLog) -> Result<(), Failure> {
    let path = path.display();
    let found = match log {
        ImportedLog::Counted(log) => {
            let CountedLog { downloads, versions, days, .. } = log;
            say(&format!("{path}: counted {downloads} downloads of {versions} versions on {days} days"))?;
            log
        }
        ImportedLog::CountedBefore => return say(&format!("{path}: was counted before; skipped")),
        ImportedLog::Unreadable(log) => {
            say(&format!("{path}: no line could be read; see `cargohold admin import-logs --help` for the formats"))?;
            log
        }
    };
    if let Some((name, num)) = &found.unknown_example {
        let unknown = found.unknown;
        talk(&format!(
            "warning: {path}: left out {unknown} downloads of versions that are not here, such as `{name}` {num}"
        ))?;
    }
    if let Some(first) = found.first_unreadable {
        talk(&format!("warning: {path}: {} lines could not be read, the first is line {first}", found.unreadable))?;
    }
    Ok(())
}

fn describe_log(path: &Path, log: &ImportedLog) -> serde_json::Value {
    let (outcome, found) = match log {
        ImportedLog::Counted(log) => ("counted", log.clone()),
        ImportedLog::CountedBefore => ("counted before", CountedLog::default()),
        ImportedLog::Unreadable(log) => ("unreadable", log.clone()),
    };
    json!({ "file": path.to_string_lossy(), "outcome": outcome, "downloads": found.downloads,
        "versions": found.versions, "days": found.days, "unknown_downloads": found.unknown,
        "unreadable_lines": found.unreadable })
}

async fn reindex(store: &Store) -> Result<(), Failure> {
    Registry::reindex(store).await.map_err(|error| Failure::new(&error))?;
    say("every running server begins within moments to build its search index anew; until then lists show the old one")
}

/// Says something that is no answer.
fn talk(text: &str) -> Result<(), Failure> {
    writeln!(std::io::stderr(), "{text}").map_err(|error| Failure::new(&error))
}

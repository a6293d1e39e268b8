//! `cargohold admin …`: people and tokens. Needs the database alone, so it works while the server runs.

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_registry::{Accounts, NewToken, NewUser};
use serde_json::json;

use crate::cli::{AdminCommand, TokenCommand, TokenCreate, UserCommand, UserCreate};
use crate::config::Config;
use crate::{Failure, clock, parts, say};

pub(crate) async fn run(config: Config, command: AdminCommand) -> Result<(), Failure> {
    parts::make_data_dir(&config)?;
    let store = parts::open_store(&config).await?;
    let accounts = parts::open_accounts(&config, store.clone())?;
    let now = Timestamp::from(clock());
    let done = match command {
        AdminCommand::User(UserCommand::Create(args)) => create_user(&accounts, args, now).await,
        AdminCommand::Token(TokenCommand::Create(args)) => create_token(&accounts, args, now).await,
    };
    store.close().await;
    done
}

async fn create_user(accounts: &Accounts, args: UserCreate, now: Timestamp) -> Result<(), Failure> {
    let user = NewUser { login: args.name, email: args.email, is_admin: args.admin };
    let password = accounts.create_user(&user, now).await.map_err(|error| Failure::new(&error))?;
    if args.json {
        return say(&json!({ "login": user.login, "password": password }).to_string());
    }
    say(&format!("{} {password}", user.login))
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

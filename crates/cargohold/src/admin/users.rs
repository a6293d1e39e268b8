//! `cargohold admin user …` and `cargohold admin rate …`.

use cargohold_mail::Letter;
use cargohold_protocol::Timestamp;
use cargohold_registry::{Accounts, Lock, NewUser, RateOverride, RequestId, User};
use serde_json::json;

use super::{expiry, talk};
use crate::cli::{HandOver, RateCommand, RateSet, UserCommand, UserCreate, UserLock};
use crate::config::Config;
use crate::{Failure, parts, say};

pub(super) async fn run(
    accounts: &Accounts,
    config: &Config,
    command: UserCommand,
    now: Timestamp,
) -> Result<(), Failure> {
    let failed = |error: cargohold_registry::Error| Failure::new(&error);
    match command {
        UserCommand::Create(args) => create(accounts, args, now).await,
        UserCommand::List(args) => list(accounts, args.json, now).await,
        UserCommand::Invite => {
            let secret = accounts.invite(now).await.map_err(failed)?;
            say(&format!("invitation {secret}\nopen `/sign-up/{secret}` on the registry's site within seven days"))
        }
        UserCommand::ResetPassword(args) => {
            let reset = accounts.reset_password(&args.name, args.drop_second_factor, now).await;
            say(&format!("{} {}", args.name, reset.map_err(failed)?))
        }
        UserCommand::Lock(args) => lock(accounts, args, now).await,
        UserCommand::Unlock(args) => {
            accounts.set_lock(&args.name, None, now).await.map_err(failed)?;
            say(&format!("{} is unlocked", args.name))
        }
        UserCommand::Promote(args) => {
            let before = accounts.set_admin(&args.name, true, now).await.map_err(failed)?;
            tell_admins(
                config,
                &before,
                Letter::AdminsChanged { granted: vec![args.name.clone()], revoked: vec![] },
                now,
            )
            .await?;
            say(&format!("{} is an administrator as soon as they have signed in again", args.name))
        }
        UserCommand::Demote(args) => {
            let before = accounts.set_admin(&args.name, false, now).await.map_err(failed)?;
            tell_admins(
                config,
                &before,
                Letter::AdminsChanged { granted: vec![], revoked: vec![args.name.clone()] },
                now,
            )
            .await?;
            say(&format!("{} is no administrator any more", args.name))
        }
        UserCommand::VerifyEmail(args) => {
            accounts.verify_email(&args.name, now).await.map_err(failed)?;
            say(&format!("the email address of {} counts as verified", args.name))
        }
    }
}

/// Writes to those who were administrators before. Whether the mails get there changes nothing.
async fn tell_admins(config: &Config, before: &[User], letter: Letter, now: Timestamp) -> Result<(), Failure> {
    let base_url = config.base_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    let mailer = parts::open_mailer(config, &base_url)?;
    for email in before.iter().filter_map(|admin| admin.email.as_ref()) {
        let id = RequestId::unique();
        if let Err(error) = mailer.send(email, &letter, id.as_str(), now.to_system_time()).await {
            talk(&format!("warning: an administrator could not be told: {error}"))?;
        }
    }
    Ok(())
}

async fn create(accounts: &Accounts, args: UserCreate, now: Timestamp) -> Result<(), Failure> {
    let user = NewUser { login: args.name, email: args.email, is_admin: args.admin };
    let password = accounts.create_user(&user, now).await.map_err(|error| Failure::new(&error))?;
    if args.json {
        return say(&json!({ "login": user.login, "password": password }).to_string());
    }
    say(&format!("{} {password}", user.login))
}

async fn list(accounts: &Accounts, is_json: bool, now: Timestamp) -> Result<(), Failure> {
    let mut after = 0;
    loop {
        let users = accounts.list_users(after).await.map_err(|error| Failure::new(&error))?;
        let Some(last) = users.last() else { return Ok(()) };
        after = last.id;
        for user in &users {
            say(&if is_json { as_json(user).to_string() } else { as_line(user, now) })?;
        }
    }
}

fn as_json(user: &User) -> serde_json::Value {
    json!({ "id": user.id, "login": user.login, "name": user.name, "email": user.email,
        "email_verified": user.is_email_verified, "is_admin": user.is_admin, "lock_reason": user.lock_reason,
        "locked_until": user.locked_until.map(Timestamp::from_micros),
        "created_at": Timestamp::from_micros(user.created_at) })
}

fn as_line(user: &User, now: Timestamp) -> String {
    let email = user.email.as_deref().unwrap_or("(no address)");
    let verified = if user.is_email_verified { "" } else { " unverified" };
    let admin = if user.is_admin { " administrator" } else { "" };
    let until = user.locked_until.map(Timestamp::from_micros);
    let is_locked = user.lock_reason.is_some() && until.is_none_or(|until| until > now);
    let locked = if is_locked { " locked" } else { "" };
    format!("{} {} {email}{verified}{admin}{locked}", user.id, user.login)
}

async fn lock(accounts: &Accounts, args: UserLock, now: Timestamp) -> Result<(), Failure> {
    let until = args.until.map(|text| expiry(&text, now)).transpose()?;
    let lock = Lock { reason: args.reason, until };
    accounts.set_lock(&args.name, Some(&lock), now).await.map_err(|error| Failure::new(&error))?;
    say(&format!("{} is locked", args.name))
}

pub(super) async fn hand_over(accounts: &Accounts, args: &HandOver, now: Timestamp) -> Result<(), Failure> {
    let HandOver { krate, login } = args;
    accounts.hand_over(krate, login, now).await.map_err(|error| Failure::new(&error))?;
    say(&format!("{login} is an owner of {krate} now"))
}

pub(super) async fn run_rate(accounts: &Accounts, command: RateCommand, now: Timestamp) -> Result<(), Failure> {
    match command {
        RateCommand::List(args) => list_rates(accounts, &args.name).await,
        RateCommand::Set(args) => set_rate(accounts, args, now).await,
        RateCommand::Unset(args) => {
            let removed = accounts.remove_rate_override(&args.name, &args.action, now).await;
            removed.map_err(|error| Failure::new(&error))?;
            say(&format!("`{}` is limited for {} as for others", args.action, args.name))
        }
    }
}

async fn list_rates(accounts: &Accounts, login: &str) -> Result<(), Failure> {
    for rate in accounts.list_rate_overrides(login).await.map_err(|error| Failure::new(&error))? {
        let until = rate.expires_at.map(|at| Timestamp::from_micros(at).to_seconds_text());
        let until = until.map_or_else(|| "for good".to_owned(), |until| format!("until {until}"));
        say(&format!("{} {} {until}", rate.action, rate.burst))?;
    }
    Ok(())
}

async fn set_rate(accounts: &Accounts, args: RateSet, now: Timestamp) -> Result<(), Failure> {
    let until = args.until.map(|text| expiry(&text, now)).transpose()?;
    let wanted =
        RateOverride { action: args.action, burst: i64::from(args.burst), expires_at: until.map(Timestamp::micros) };
    accounts.set_rate_override(&args.name, &wanted, now).await.map_err(|error| Failure::new(&error))?;
    say(&format!("{} may do `{}` {} times at once", args.name, wanted.action, wanted.burst))
}

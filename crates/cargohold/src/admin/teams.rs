//! `cargohold admin team …`: teams that are managed here.

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::Team;
use cargohold_registry::{NewMember, NewTeam, Teams};
use cargohold_store::Store;
use serde_json::json;

use crate::cli::{TeamAdd, TeamCommand, TeamCreate, TeamDelete, TeamList, TeamRemove};
use crate::{Failure, say};

pub(super) async fn run(store: &Store, command: TeamCommand, now: Timestamp) -> Result<(), Failure> {
    let teams = Teams::new(store.clone());
    match command {
        TeamCommand::Create(args) => create(&teams, args, now).await,
        TeamCommand::List(args) => list(&teams, args).await,
        TeamCommand::Delete(args) => delete(&teams, args, now).await,
        TeamCommand::Add(args) => add(&teams, args, now).await,
        TeamCommand::Remove(args) => remove(&teams, args, now).await,
    }
}

async fn create(teams: &Teams, args: TeamCreate, now: Timestamp) -> Result<(), Failure> {
    let new = NewTeam { org: args.org, team: args.team, name: args.name };
    let team = teams.create(&new, now).await.map_err(|error| Failure::new(&error))?;
    tell_of(&team, args.json)
}

async fn list(teams: &Teams, args: TeamList) -> Result<(), Failure> {
    let listed = teams.list().await.map_err(|error| Failure::new(&error))?;
    listed.iter().try_for_each(|team| tell_of(team, args.json))
}

fn tell_of(team: &Team, is_json: bool) -> Result<(), Failure> {
    let Team { id, login, name, .. } = team;
    match name {
        _ if is_json => say(&json!({ "id": id, "login": login, "name": name }).to_string()),
        Some(name) => say(&format!("{login} {name:?}")),
        None => say(login),
    }
}

async fn delete(teams: &Teams, args: TeamDelete, now: Timestamp) -> Result<(), Failure> {
    teams.delete(&args.login, now).await.map_err(|error| Failure::new(&error))?;
    say(&format!("the team {} is deleted", args.login))
}

async fn add(teams: &Teams, args: TeamAdd, now: Timestamp) -> Result<(), Failure> {
    let member = |login: &String| NewMember { login: login.clone(), is_maintainer: args.maintainer };
    let members: Vec<NewMember> = args.people.iter().map(member).collect();
    teams.add(&args.login, &members, now).await.map_err(|error| Failure::new(&error))?;
    let role = if args.maintainer { "maintainers of" } else { "in" };
    say(&format!("now {role} the team {}: {}", args.login, args.people.join(", ")))
}

async fn remove(teams: &Teams, args: TeamRemove, now: Timestamp) -> Result<(), Failure> {
    teams.remove(&args.login, &args.people, now).await.map_err(|error| Failure::new(&error))?;
    say(&format!("no longer in the team {}: {}", args.login, args.people.join(", ")))
}

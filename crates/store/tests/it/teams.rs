//! Teams, their members and their crates.

use cargohold_store::teams::{self, NewTeam, Team};
use cargohold_store::{Tx, crate_teams, identities, team_members, users};

use crate::engines::Database;
use crate::fixtures::{at, krate, local_team, user};

on_both_engines!(
    a_login_is_one_team,
    a_team_at_a_provider_keeps_its_number_when_it_is_renamed,
    a_team_that_was_made_anew_does_not_inherit,
    members_come_and_go_and_change_their_role,
    a_team_owns_crates_once_each,
    people_are_found_by_their_login_at_github,
);

fn external(login: &str) -> NewTeam<'_> {
    NewTeam { login, provider: "github", name: Some("Core"), avatar: None }
}

async fn login_of(tx: &mut Tx, id: i64) -> String {
    tx.query("SELECT login FROM teams WHERE id = $1").bind(id).fetch_one::<(String,)>().await.unwrap().0
}

async fn a_login_is_one_team(db: &Database) {
    let mut tx = db.write().await;
    let new = NewTeam { login: "local:tide:pool", provider: "local", name: Some("Pool"), avatar: None };
    let id = teams::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    assert_eq!(teams::insert(&mut tx, &new, at(1)).await.unwrap(), None);
    let team = Team {
        id,
        login: "local:tide:pool".to_owned(),
        provider: "local".to_owned(),
        external_id: None,
        external_org_id: None,
        name: Some("Pool".to_owned()),
        avatar: None,
    };
    assert_eq!(teams::find_by_login(&mut tx, "local:tide:pool").await.unwrap(), Some(team.clone()));
    assert_eq!(teams::find_by_login(&mut tx, "local:Tide:pool").await.unwrap(), None);
    local_team(&mut tx, "local:ebb:pool").await;
    teams::put_external(&mut tx, &external("github:tide:core"), 1, 2, at(0)).await.unwrap();
    let logins: Vec<String> =
        teams::list_of_provider(&mut tx, "local").await.unwrap().into_iter().map(|team| team.login).collect();
    assert_eq!(logins, ["local:ebb:pool", "local:tide:pool"]);

    teams::set_name(&mut tx, id, None).await.unwrap();
    assert_eq!(teams::find_by_login(&mut tx, &team.login).await.unwrap(), Some(Team { name: None, ..team.clone() }));
    assert!(teams::lock(&mut tx, id).await.unwrap());
    teams::delete(&mut tx, id).await.unwrap();
    assert!(!teams::lock(&mut tx, id).await.unwrap());
    assert_eq!(teams::find_by_login(&mut tx, &team.login).await.unwrap(), None);
}

async fn a_team_at_a_provider_keeps_its_number_when_it_is_renamed(db: &Database) {
    let mut tx = db.write().await;
    let id = teams::put_external(&mut tx, &external("github:tide:core"), 7, 70, at(0)).await.unwrap();
    let again = teams::put_external(&mut tx, &external("github:tide:shore"), 7, 71, at(1)).await.unwrap();
    assert_eq!(id, again);
    assert_eq!(teams::find_by_login(&mut tx, "github:tide:core").await.unwrap(), None);
    let team = teams::find_by_login(&mut tx, "github:tide:shore").await.unwrap().unwrap();
    assert_eq!((team.id, team.external_id, team.external_org_id), (id, Some(7), Some(71)));
}

async fn a_team_that_was_made_anew_does_not_inherit(db: &Database) {
    let mut tx = db.write().await;
    let old = teams::put_external(&mut tx, &external("github:tide:core"), 7, 70, at(0)).await.unwrap();
    let new = teams::put_external(&mut tx, &external("github:tide:core"), 8, 70, at(1)).await.unwrap();
    assert_ne!(old, new);
    assert_eq!(login_of(&mut tx, old).await, "github:tide:core#7");
    assert_eq!(login_of(&mut tx, new).await, "github:tide:core");
}

async fn members_come_and_go_and_change_their_role(db: &Database) {
    let mut tx = db.write().await;
    let (alice, bob) = (user(&mut tx, "alice").await, user(&mut tx, "bob").await);
    let (pool, other) = (local_team(&mut tx, "local:tide:pool").await, local_team(&mut tx, "local:tide:other").await);
    team_members::put(&mut tx, pool, bob, false, at(0)).await.unwrap();
    team_members::put(&mut tx, pool, alice, true, at(1)).await.unwrap();
    team_members::put(&mut tx, pool, bob, true, at(2)).await.unwrap();
    team_members::put(&mut tx, pool, alice, false, at(3)).await.unwrap();
    let listed = team_members::list(&mut tx, pool).await.unwrap();
    let listed: Vec<(i64, bool)> = listed.iter().map(|member| (member.user.id, member.is_maintainer)).collect();
    assert_eq!(listed, [(alice, false), (bob, true)]);
    assert_eq!(team_members::find_role(&mut tx, pool, bob).await.unwrap(), Some(true));
    assert_eq!(team_members::find_role(&mut tx, pool, alice).await.unwrap(), Some(false));
    assert_eq!(team_members::find_role(&mut tx, other, bob).await.unwrap(), None);
    team_members::put(&mut tx, other, bob, false, at(4)).await.unwrap();
    let teams_of = team_members::list_teams_of(&mut tx, bob).await.unwrap();
    let teams_of: Vec<(&str, bool)> = teams_of.iter().map(|team| (team.login.as_str(), team.is_maintainer)).collect();
    assert_eq!(teams_of, [("local:tide:other", false), ("local:tide:pool", true)]);
    assert!(team_members::remove(&mut tx, other, bob).await.unwrap());
    assert!(!team_members::remove(&mut tx, other, bob).await.unwrap());
    assert!(team_members::remove(&mut tx, pool, bob).await.unwrap());
    assert!(!team_members::remove(&mut tx, pool, bob).await.unwrap());
    assert_eq!(team_members::find_role(&mut tx, pool, bob).await.unwrap(), None);
    teams::delete(&mut tx, pool).await.unwrap();
    assert!(team_members::list(&mut tx, pool).await.unwrap().is_empty());
}

async fn a_team_owns_crates_once_each(db: &Database) {
    let mut tx = db.write().await;
    let alice = user(&mut tx, "alice").await;
    let (tide, ebb) = (krate(&mut tx, "tide").await, krate(&mut tx, "ebb").await);
    let (pool, other) = (local_team(&mut tx, "local:tide:pool").await, local_team(&mut tx, "local:tide:other").await);
    assert_eq!(crate_teams::find_crate(&mut tx, pool).await.unwrap(), None);
    assert!(crate_teams::add(&mut tx, tide, other, alice, at(0)).await.unwrap());
    assert!(crate_teams::add(&mut tx, tide, pool, alice, at(0)).await.unwrap());
    assert!(!crate_teams::add(&mut tx, tide, pool, alice, at(1)).await.unwrap());
    assert!(crate_teams::add(&mut tx, ebb, pool, alice, at(1)).await.unwrap());
    let ids: Vec<i64> = crate_teams::list(&mut tx, tide).await.unwrap().into_iter().map(|team| team.id).collect();
    assert_eq!(ids, [pool, other]);
    assert_eq!(crate_teams::find_crate(&mut tx, pool).await.unwrap().as_deref(), Some("tide"));
    let mut of_both = crate_teams::list_of_crates(&mut tx, &[tide, ebb]).await.unwrap();
    of_both.sort_unstable();
    assert_eq!(of_both, [(tide, pool), (tide, other), (ebb, pool)]);
    assert!(crate_teams::is_owner(&mut tx, ebb, pool).await.unwrap());
    assert!(!crate_teams::is_owner(&mut tx, ebb, other).await.unwrap());
    assert!(!crate_teams::remove(&mut tx, ebb, other).await.unwrap());
    assert!(crate_teams::remove(&mut tx, ebb, pool).await.unwrap());
    assert!(!crate_teams::is_owner(&mut tx, ebb, pool).await.unwrap());
    assert!(teams::delete(&mut tx, pool).await.is_err(), "a team that owns a crate is not deleted");
}

async fn people_are_found_by_their_login_at_github(db: &Database) {
    let mut tx = db.write().await;
    let mut ids = Vec::new();
    for (login, subject) in [("old", Some("99")), ("new", Some("100")), ("unlinked", None)] {
        let id = user(&mut tx, login).await;
        users::set_github_login(&mut tx, id, Some("Octo-Cat")).await.unwrap();
        if let Some(subject) = subject {
            let seen = identities::SeenIdentity {
                provider: "github",
                issuer: "https://forge.example",
                subject,
                login: Some("Octo-Cat"),
                groups: &[],
                sealed_access_token: None,
            };
            assert!(identities::insert(&mut tx, id, &seen, at(0)).await.unwrap());
        }
        ids.push(id);
    }
    let found = users::find_by_linked_login(&mut tx, "octo-CAT").await.unwrap().unwrap();
    assert_eq!(found.id, ids[1], "the newest account has the login now");
    assert!(users::find_by_linked_login(&mut tx, "octocat").await.unwrap().is_none());
}

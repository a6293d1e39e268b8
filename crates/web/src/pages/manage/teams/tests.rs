use cargohold_protocol::api::{Team, TeamMember};

use super::new::NewTeamPage;
use super::*;
use crate::pages::samples::{Sample, frame, sample};

fn team(login: &str, members: Option<Vec<TeamMember>>) -> EditTeam {
    let name = Some("<b>The pool</b>".to_owned());
    let team = Team { id: 1, login: login.to_owned(), name, avatar: None, url: None };
    let form = Form::with(&[("login", "\"><script>")]).refused("login", "there is no user `<i>`");
    let form = form.completed("name", team.name.as_deref().unwrap_or_default());
    EditTeam { frame: frame(), form, managed: ManagedTeam { team, members, may_delete: true } }
}

fn member(login: &str, is_maintainer: bool) -> TeamMember {
    let url = format!("https://registry.example/users/{login}");
    TeamMember { id: 2, login: login.to_owned(), name: None, avatar: None, url, is_maintainer }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let here = team("local:tide:pool", Some(vec![member("alice", true), member("bob", false)]));
    let form = Form::with(&[("org", "\"><script>")]).refused("org", "`<i>` cannot be part of a team's name");
    vec![
        sample("edit_team.html", &here),
        sample("edit_team.html", &team("sso:groups:a/b", None)),
        sample("new_team.html", &NewTeamPage { frame: frame(), form }),
    ]
}

#[test]
fn a_team_of_another_provider_can_only_be_deleted() {
    let samples = samples();
    let [(_, here), (_, elsewhere), (_, new)] = samples.as_slice() else { panic!("three samples") };
    assert!(here.contains("action=\"/teams/local:tide:pool/members\""), "{here}");
    assert!(here.contains("value=\"&#60;b&#62;The pool&#60;/b&#62;\""), "a refused member keeps the name: {here}");
    assert!(elsewhere.contains("action=\"/teams/sso:groups:a%2Fb/delete\""), "{elsewhere}");
    assert!(!elsewhere.contains("/members\"") && !elsewhere.contains("name=\"name\""), "{elsewhere}");
    assert!(new.contains("id=\"org-problem\"") && !new.contains("<i>"), "{new}");
}

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{Team, TeamMember, User};

use super::{TeamPage, UserPage, initial};
use crate::pages::frame::Viewer;
use crate::pages::lists::shelf;
use crate::pages::samples::{Sample, frame, sample};

fn user(login: &str, url: &str) -> UserPage {
    let user = User {
        id: 7,
        login: login.to_owned(),
        name: Some("\"><b>Bob</b> <script>alert(1)".to_owned()),
        avatar: Some("https://elsewhere.example/picture.png".to_owned()),
        url: url.to_owned(),
        github_username_matches: false,
        created_at: Some(Timestamp::from_micros(1_700_000_000_000_000)),
    };
    UserPage { frame: frame(), user, downloads: 4711, shelf: shelf::sample("/users/bob", "", true) }
}

fn team(login: &str, members: Option<Vec<TeamMember>>) -> TeamPage {
    let team = Team {
        id: 3,
        login: login.to_owned(),
        name: None,
        avatar: Some("https://elsewhere.example/picture.png".to_owned()),
        url: Some("https://github.com/tide".to_owned()),
    };
    TeamPage { frame: frame(), team, members, shelf: shelf::sample("/teams/local:tide:pool", "", false) }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let member = TeamMember {
        id: 7,
        login: "bob".to_owned(),
        name: Some("<img src=x>".to_owned()),
        avatar: None,
        url: "https://registry.example/users/bob".to_owned(),
        is_maintainer: true,
    };
    vec![
        sample("user.html", &user("bob", "https://github.com/bob")),
        sample("user.html", &user("alice", "https://registry.example/users/alice")),
        sample("user.html", &user("eve", "javascript:alert(1)")),
        sample("team.html", &team("local:tide:pool", Some(vec![member]))),
        sample("team.html", &team("local:tide:pool", Some(Vec::new()))),
        sample("team.html", &team("github:tide:pool", None)),
    ]
}

#[test]
fn people_have_a_letter_for_a_picture_and_a_link_to_their_page_elsewhere() {
    let samples = samples();
    let [bob, alice, eve, ..] = samples.as_slice() else { panic!("three people") };
    assert!(bob.1.contains("aria-hidden=\"true\">B</span>") && bob.1.contains("href=\"https://github.com/bob\""));
    assert!(alice.1.contains("your own profile") && !bob.1.contains("your own profile"));
    assert!(!alice.1.contains("href=\"https://registry.example/users/alice\""), "{}", alice.1);
    assert!(!eve.1.contains("javascript:"), "{}", eve.1);
    assert!(samples.iter().all(|(_, html)| !html.contains("picture.png")), "nothing is loaded from elsewhere");
}

#[test]
fn only_maintainers_and_administrators_are_led_to_change_a_team() {
    let alice = |is_maintainer| TeamMember {
        id: 1,
        login: "alice".to_owned(),
        name: None,
        avatar: None,
        url: String::new(),
        is_maintainer,
    };
    let mut page = team("local:tide:pool", Some(vec![alice(true)]));
    page.frame.viewer = page.frame.viewer.map(|viewer| Viewer { is_admin: false, ..viewer });
    assert!(page.may_change());
    page.members = Some(vec![alice(false)]);
    assert!(!page.may_change());
    page.frame.viewer = None;
    assert!(!page.may_change());
}

#[test]
fn whoever_has_no_letter_has_a_dot() {
    for (name, shown) in [("bob", "B"), ("  élan", "É"), ("-_9", "9"), ("", "·"), ("ß", "SS")] {
        assert_eq!(initial(name), shown);
    }
}

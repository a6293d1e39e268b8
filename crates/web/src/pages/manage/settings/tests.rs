use super::*;
use crate::pages::samples::{Sample, frame, krate, sample};

fn owner(login: &str, kind: &'static str) -> Owner {
    let name = Some("<script>alert(1)</script>".to_owned());
    Owner { id: 1, login: login.to_owned(), kind, url: None, name, avatar: None, github_username_matches: None }
}

fn page(owners: Vec<Owner>, form: Form) -> CrateSettings {
    let open = OpenInvitation {
        login: "carol".to_owned(),
        inviter: "alice".to_owned(),
        expires_at: Timestamp::from_micros(1_800_000_000_000_000),
    };
    let pipeline = Pipeline {
        id: 7,
        krate: "tide".to_owned(),
        is_pending: false,
        provider: "github".to_owned(),
        facts: vec![("Environment".to_owned(), "\"><img src=x>".to_owned())],
        created_at: Timestamp::from_micros(1_700_000_000_000_000),
    };
    let (invitations, pipelines) = (vec![open], vec![pipeline]);
    CrateSettings { frame: frame(), form, krate: krate("tide"), owners, invitations, pipelines, has_docs_host: true }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let team = "sso:groups:/dev/<b>";
    let several = vec![owner("alice", "user"), owner("bob", "user"), owner(team, "team")];
    let typed = Form::with(&[("login", "\"><script>")]).refused("login", "there is no user `\"><script>`");
    let mut alone = page(vec![owner("alice", "user"), owner(team, "team")], typed);
    (alone.pipelines, alone.invitations, alone.has_docs_host) = (Vec::new(), Vec::new(), false);
    let several = page(several, Form::default());
    vec![sample("crate_settings.html", &several), sample("crate_settings.html", &alone)]
}

#[test]
fn what_strangers_wrote_is_text_and_the_last_person_has_no_button() {
    let samples = samples();
    let [(_, several), (_, alone)] = samples.as_slice() else { panic!("two samples") };
    let buttons = |html: &str| html.matches("/settings/owners/remove").count();
    assert_eq!((buttons(several), buttons(alone)), (3, 1), "{alone}");
    assert!(several.contains("&#60;script&#62;") && !several.contains("<img"), "{several}");
    assert!(several.contains("/teams/sso:groups:%2Fdev%2F%3Cb%3E"), "{several}");
    assert!(alone.contains("aria-describedby=\"login-problem login-hint\""), "{alone}");
    assert!(alone.contains("Add one first, or nobody can publish this crate."), "{alone}");
    assert!(!several.contains("nobody can publish"), "{several}");
    let docs = "href=\"/crates/tide/1.2.3/rebuild-docs\"";
    assert!(several.contains(docs) && !alone.contains("documentation"), "{alone}");
}

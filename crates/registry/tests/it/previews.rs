//! What pages say of a crate, and before somebody acts.

use std::sync::Arc;

use cargohold_registry::{Call, Credentials, Error, MyRights, SessionSecret};
use cargohold_store::teams::{self, NewTeam};
use cargohold_store::{crate_teams, downloads, team_members, users, versions};

use crate::fixtures::at;
use crate::site::{Site, stranger};

const DAY: i64 = 24 * 60 * 60;

/// A session of Alice's, so many seconds after the tests begin.
async fn alice_in_browser(site: &Site, seconds: i64) -> Call {
    let given = site.accounts.reset_password("alice", false, at(0)).await.unwrap();
    let signed_in = site.registry.sign_in(&stranger(at(0)), "alice", &given).await.unwrap();
    let in_session = |secret: SessionSecret, now| Call { session: Some(secret), ..stranger(now) };
    let call = in_session(signed_in.secret, at(0));
    let signed_in = site.registry.change_password(&call, &given, "correct horse battery").await.unwrap();
    in_session(signed_in.secret, at(seconds))
}

#[tokio::test]
async fn a_yank_shows_whose_builds_would_break() {
    let site = Site::new().await;
    site.publish("tide", &["1.0.0", "1.2.0", "2.0.0"], &[]).await;
    site.publish("loose", &["1.0.0"], &[("tide", "^1")]).await;
    site.publish("tight", &["0.1.0"], &[("tide", "=1.2.0"), ("tide", "^1")]).await;
    site.publish("newer", &["1.0.0"], &[("tide", "^2")]).await;
    let mut tx = site.store.write().await.unwrap();
    let krate = site_crate_id(&mut tx, "tide").await;
    let id = versions::find_id(&mut tx, krate, &"1.2.0".parse().unwrap()).await.unwrap().unwrap();
    let day = cargohold_protocol::Day::of(at(0));
    downloads::add(&mut tx, day, &[(id, 5)]).await.unwrap();
    downloads::add(&mut tx, day.before(90), &[(id, 100)]).await.unwrap();
    tx.commit().await.unwrap();

    let preview = site.registry.preview_yank("tide", &"1.2.0".parse().unwrap(), at(0)).await.unwrap();
    assert_eq!((preview.is_yanked, preview.total, preview.downloads_90_days), (false, 2, 5));
    let shown: Vec<_> =
        preview.dependents.iter().map(|it| (it.krate.as_str(), it.req.as_str(), it.would_break)).collect();
    assert_eq!(shown, [("tight", "=1.2.0", true), ("loose", "^1", false)]);

    site.yank("tide", "1.0.0").await;
    let preview = site.registry.preview_yank("tide", &"1.2.0".parse().unwrap(), at(0)).await.unwrap();
    assert!(preview.dependents.iter().all(|it| it.would_break), "{preview:?}");
    let missing = site.registry.preview_yank("tide", &"9.0.0".parse().unwrap(), at(0)).await;
    assert!(matches!(missing, Err(Error::NoSuchVersion { .. })), "{missing:?}");
}

async fn site_crate_id(tx: &mut cargohold_store::Tx, name: &str) -> i64 {
    let name: cargohold_protocol::CrateName = name.parse().unwrap();
    cargohold_store::crates::find(tx, &name.canonical()).await.unwrap().unwrap().id
}

#[tokio::test]
async fn what_a_deletion_needs_is_what_it_is_refused_for() {
    let site = Site::new().await;
    site.publish("tide", &["1.0.0"], &[]).await;
    let young = alice_in_browser(&site, 10).await;
    let preview = site.registry.preview_deletion(&young, "tide").await.unwrap();
    assert!(preview.may_delete && preview.conditions.iter().all(|it| it.is_met), "{preview:?}");

    site.publish("ebb", &["1.0.0"], &[("tide", "^1")]).await;
    site.registry.hand_over(&site.admin(), "tide", "admin").await.unwrap();
    let old = Call { now: at(4 * DAY), ..young.clone() };
    let preview = site.registry.preview_deletion(&old, "tide").await.unwrap();
    let met: Vec<bool> = preview.conditions.iter().map(|it| it.is_met).collect();
    assert_eq!((preview.may_delete, met.as_slice()), (false, &[false, true, false][..]), "{preview:?}");
    assert!(preview.conditions[2].text.contains("`ebb@1.0.0`"), "{preview:?}");
    let refused = site.registry.delete_crate(&old, "tide", None).await;
    assert!(matches!(&refused, Err(Error::NotDeletable(why)) if why.contains("several owners")), "{refused:?}");
    let refused = site.registry.delete_crate(&young, "tide", None).await;
    assert!(matches!(&refused, Err(Error::NotDeletable(why)) if why.contains("`ebb@1.0.0`")), "{refused:?}");
    let by_token = site.registry.preview_deletion(&site.alice(), "tide").await;
    assert!(matches!(by_token, Err(Error::WebSiteOnly)), "{by_token:?}");
}

#[tokio::test]
async fn people_learn_what_they_may_do_with_a_crate() {
    let site = Site::new().await;
    let krate = site.publish("tide", &["1.0.0"], &[]).await;
    let registry = &site.registry;
    let owner = MyRights { is_owner: true, may_publish: true, is_admin: false, follows: false };
    assert_eq!(registry.find_my_rights(&site.alice(), "tide").await.unwrap(), owner);
    registry.set_following(&site.alice(), "tide", true).await.unwrap();
    let follower = MyRights { follows: true, ..owner };
    assert_eq!(registry.find_my_rights(&alice_in_browser(&site, 10).await, "TIDE").await.unwrap(), follower);

    let mut tx = site.store.write().await.unwrap();
    let admin = users::find_by_login(&mut tx, "admin").await.unwrap().unwrap().id;
    let new = NewTeam { login: "local:moon:crew", provider: "local", name: None, avatar: None };
    let team = teams::insert(&mut tx, &new, at(0)).await.unwrap().unwrap();
    team_members::put(&mut tx, team, admin, false, at(0)).await.unwrap();
    crate_teams::add(&mut tx, krate, team, admin, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let member = MyRights { is_owner: false, may_publish: true, is_admin: true, follows: false };
    assert_eq!(registry.find_my_rights(&site.admin(), "tide").await.unwrap(), member);
    let nobody = Call { credentials: Credentials::None, ..site.admin() };
    assert!(matches!(registry.find_my_rights(&nobody, "tide").await, Err(Error::LoginNeeded)));
}

#[tokio::test]
async fn a_range_leads_to_its_highest_version_and_to_a_yanked_one_last() {
    let site = Site::new().await;
    site.publish("tide", &["1.0.0", "1.2.0", "1.3.0-rc.1", "2.0.0", "3.0.0"], &[]).await;
    site.yank("tide", "1.2.0").await;
    site.yank("tide", "3.0.0").await;
    for (req, num) in
        [("^1", "1.0.0"), ("*", "2.0.0"), ("=1.2.0", "1.2.0"), (" 3 ", "3.0.0"), (">=1.3.0-rc, <2", "1.3.0-rc.1")]
    {
        assert_eq!(site.registry.resolve_range("tide", req).await.unwrap().to_string(), num, "{req}");
    }
    let none = site.registry.resolve_range("tide", "^7").await;
    assert!(matches!(none, Err(Error::NoVersionInRange(..))), "{none:?}");
    assert!(matches!(site.registry.resolve_range("tide", "newest").await, Err(Error::Refused(_))));
    assert!(matches!(site.registry.resolve_range("ebb", "*").await, Err(Error::NoSuchCrate(_))));
}

#[tokio::test]
async fn every_crate_is_named_once() {
    let site = Site::new().await;
    assert_eq!(site.registry.last_crate_id().await.unwrap(), 0);
    let mut last_id = 0;
    for name in ["tide", "ebb", "flow"] {
        last_id = site.publish(name, &["1.0.0"], &[]).await;
    }
    assert_eq!(site.registry.last_crate_id().await.unwrap(), last_id);
    let (mut after, mut names) = (0, Vec::new());
    loop {
        let page = site.registry.list_crate_names(after, 2).await.unwrap();
        let Some((last, ..)) = page.last() else { break };
        after = *last;
        names.extend(page.into_iter().map(|(_, name, _)| name.to_string()));
    }
    assert_eq!(names, ["tide", "ebb", "flow"]);
}

#[tokio::test]
async fn a_page_is_kept_for_a_minute() {
    let site = Site::new().await;
    site.publish("tide", &["1.0.0"], &[]).await;
    let registry = Arc::new(site.open_again().await);
    let dependents =
        async |seconds| registry.crate_page(&stranger(at(seconds)), "tide", None).await.unwrap().num_dependents;
    assert_eq!(dependents(0).await, 0);
    // Nothing of the crate itself changes.
    site.publish("ebb", &["1.0.0"], &[("tide", "^1")]).await;
    assert_eq!((dependents(59).await, dependents(60).await), (0, 1));
}

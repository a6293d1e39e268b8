//! Who may change a team, and what they see of it.

use cargohold_registry::{Error, NewMember, NewTeam};
use cargohold_store::teams;

use crate::fixtures::at;
use crate::site::{Site, stranger};

const POOL: &str = "local:tide:pool";

#[tokio::test]
async fn maintainers_and_administrators_may_change_a_team() {
    let site = Site::new().await;
    let registry = &site.registry;
    let new = NewTeam { org: "tide".to_owned(), team: "pool".to_owned(), name: None };
    registry.create_team(&site.admin(), &new).await.unwrap();
    let may = async |call| registry.may_manage_team(&call, POOL).await.unwrap();
    for (is_maintainer, expected) in [(false, false), (true, true), (false, false)] {
        let member = NewMember { login: "alice".to_owned(), is_maintainer };
        registry.put_team_members(&site.admin(), POOL, &[member]).await.unwrap();
        assert_eq!(may(site.alice()).await, expected);
        let found = registry.find_managed_team(&site.alice(), POOL).await;
        assert_eq!(found.is_ok(), expected, "{found:?}");
    }
    assert!(may(site.admin()).await && !may(stranger(at(10))).await);
    let found = registry.find_managed_team(&site.admin(), POOL).await.unwrap();
    let logins: Vec<String> = found.members.unwrap().into_iter().map(|member| member.login).collect();
    assert_eq!((logins, found.may_delete), (vec!["alice".to_owned()], true));
    let missing = registry.may_manage_team(&site.admin(), "local:no:team").await;
    assert!(matches!(missing, Err(Error::NoSuchTeam(_))), "{missing:?}");
}

#[tokio::test]
async fn who_is_in_a_team_of_another_provider_is_not_told() {
    let site = Site::new().await;
    let mut tx = site.store.write().await.unwrap();
    let new = teams::NewTeam { login: "sso:groups:devs", provider: "sso", name: None, avatar: None };
    teams::insert(&mut tx, &new, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let found = site.registry.find_managed_team(&site.admin(), "sso:groups:devs").await.unwrap();
    assert!(found.members.is_none() && found.may_delete, "{found:?}");
    let refused = site.registry.find_managed_team(&site.alice(), "sso:groups:devs").await;
    assert!(matches!(refused, Err(Error::NotMaintainer(_))), "{refused:?}");
}

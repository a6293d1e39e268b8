//! Groups that a provider says somebody is in, as teams. They are known as of the last sign-in.

use cargohold_store::identities::Identity;

/// The organisation of groups that belong to none.
const NO_ORG: &str = "groups";

/// What the team of a group is called; `None` if no team can be called so. A group `org/team` or `org:team` is split there, any
/// other belongs to the organisation `groups`.
pub(super) fn team_of(provider: &str, group: &str) -> Option<String> {
    let login = match split(group) {
        Some((org, team)) => format!("{provider}:{org}:{team}"),
        None if group.is_empty() || group.contains([':', '\0']) => return None,
        None => format!("{provider}:{NO_ORG}:{group}"),
    };
    Some(login.to_lowercase())
}

/// The two parts of a group's name, if it has exactly two. Nobody gets into the groups without organisation by being in a group
/// of an organisation of that name.
fn split(group: &str) -> Option<(&str, &str)> {
    let (org, team) = group.split_once(['/', ':'])?;
    let is_plain = !org.is_empty() && !team.is_empty() && !team.contains(['/', ':']) && !group.contains('\0');
    (is_plain && !org.eq_ignore_ascii_case(NO_ORG)).then_some((org, team))
}

/// Whether somebody with these accounts is in the group whose team this is.
pub(super) fn is_member(accounts: &[Identity], provider: &str, team_login: &str) -> bool {
    let own = accounts.iter().filter(|account| account.provider == provider);
    let mut groups = own.flat_map(|account| &account.groups);
    groups.any(|group| team_of(provider, group).is_some_and(|login| login == team_login))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_one_team_and_no_other_group_is_that_team() {
        for (group, login) in [
            ("Devs", Some("sso:groups:devs")),
            ("platform/Build", Some("sso:platform:build")),
            ("platform:build", Some("sso:platform:build")),
            ("/devs", Some("sso:groups:/devs")),
            ("a/b/c", Some("sso:groups:a/b/c")),
            ("Groups/devs", Some("sso:groups:groups/devs")),
            ("cn=devs,ou=groups,dc=example", Some("sso:groups:cn=devs,ou=groups,dc=example")),
            ("a:b:c", None),
            ("groups:devs", None),
            (":devs", None),
            ("", None),
            ("de\0vs", None),
        ] {
            assert_eq!(team_of("sso", group).as_deref(), login, "{group}");
        }
    }
}

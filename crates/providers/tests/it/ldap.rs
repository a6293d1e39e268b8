//! Signing in at a real directory.

mod fixture;
mod trouble;

use cargohold_providers::{LdapConfig, LdapProblem};

use self::fixture::{ALICE, GROUPS, PEOPLE, config, directory, ldap, person, sign_in};
use crate::slapd::READER_LIMIT;

#[tokio::test]
async fn the_right_password_tells_who_it_is() {
    let slapd = directory().await;
    let alice = sign_in(&slapd, "alice", "alice's password").await.unwrap();
    assert_eq!(alice.login.as_deref(), Some("alice"));
    assert_eq!(alice.name.as_deref(), Some("Alice Example"));
    assert_eq!(alice.email.as_deref(), Some("alice@login.example"));
    assert!(alice.is_email_verified);
    assert_eq!(alice.avatar, None);
    assert_eq!(alice.issuer, format!("{}/{PEOPLE}", slapd.url()));
    assert_eq!(alice.subject.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
}

#[tokio::test]
async fn somebody_stays_the_same_when_login_name_and_address_change() {
    let slapd = directory().await;
    let before = sign_in(&slapd, "alice", "alice's password").await.unwrap();
    slapd.replace(ALICE, "cn", b"Alice Other").await;
    slapd.replace(ALICE, "mail", b"other@login.example").await;
    let after = sign_in(&slapd, "ALICE", "alice's password").await.unwrap();
    assert_eq!((after.issuer, after.subject), (before.issuer, before.subject));
    assert_eq!(after.login.as_deref(), Some("alice"), "the login is spelt as the directory spells it");
    assert_eq!(after.email.as_deref(), Some("other@login.example"));
}

#[tokio::test]
async fn somebody_without_an_address_has_no_verified_one() {
    let slapd = directory().await;
    let bob = sign_in(&slapd, "bob", "bob's password").await.unwrap();
    assert_eq!(bob.email, None);
    assert!(!bob.is_email_verified);
}

#[tokio::test]
async fn wrong_passwords_and_unknown_logins_are_nobody() {
    let slapd = directory().await;
    for (login, password) in [
        ("alice", "bob's password"),
        ("alice", "Alice's password"),
        ("alice", "alice's password "),
        ("alice", ""),
        ("alice", "alice's password\0"),
        ("", "alice's password"),
        ("nobody", "alice's password"),
        ("no-password", "anything"),
    ] {
        assert_eq!(sign_in(&slapd, login, password).await, None, "{login:?} {password:?}");
    }
}

#[tokio::test]
async fn a_login_never_becomes_a_part_of_the_filter() {
    let slapd = directory().await;
    for login in [
        "*",
        "a*",
        "ali*e",
        ")(uid=*",
        "*)(uid=*))(|(uid=*",
        "nobody)(|(uid=alice)",
        "alice)(&",
        "alice\0",
        r"\61lice",
        "{login}",
        "{dn}",
        ALICE,
    ] {
        assert_eq!(sign_in(&slapd, login, "alice's password").await, None, "{login:?}");
    }
}

#[tokio::test]
async fn a_login_that_fits_several_people_is_nobody() {
    let slapd = directory().await;
    slapd.add("ou=more,ou=people,dc=example,dc=org", &[("objectClass", "organizationalUnit"), ("ou", "more")]).await;
    for (unit, password) in [("ou=people", "first"), ("ou=more,ou=people", "second")] {
        let dn = format!("uid=twin,{unit},dc=example,dc=org");
        slapd.add(&dn, &person("twin", "Twin", password)).await;
    }
    assert_eq!(sign_in(&slapd, "twin", "first").await, None);
    assert_eq!(sign_in(&slapd, "twin", "second").await, None);
    let wide = LdapConfig { user_filter: "(|(uid={login})(uid=alice)(uid=bob))".to_owned(), ..config(&slapd) };
    assert_eq!(ldap(wide).authenticate("twin", "first").await.unwrap(), None, "more matches than are asked for");
}

#[tokio::test]
async fn names_and_logins_may_have_any_letters() {
    let slapd = directory().await;
    let zoe = sign_in(&slapd, "zoë*", "Zoës Paßwort").await.unwrap();
    assert_eq!(zoe.login.as_deref(), Some("zoë*"));
    assert_eq!(zoe.name.as_deref(), Some("Zoë (Größe, *) Müller"));
    assert_eq!(zoe.groups, ["Küche"]);
    let own = LdapConfig { group_base: None, ..config(&slapd) };
    let zoe = ldap(own).authenticate("zoë*", "Zoës Paßwort").await.unwrap().unwrap();
    assert_eq!(zoe.groups, [format!("cn=Küche,{GROUPS}")]);
}

#[tokio::test]
async fn groups_are_found_by_name_and_by_login() {
    let slapd = directory().await;
    let groups_by = async |filter: &str| {
        let config = LdapConfig { group_filter: filter.to_owned(), ..config(&slapd) };
        ldap(config).authenticate("Alice", "alice's password").await.unwrap().unwrap().groups
    };
    assert_eq!(groups_by("(member={dn})").await, ["admins", "developers"]);
    assert_eq!(groups_by("(&(objectClass=posixGroup)(memberUid={login}))").await, ["posix"]);
    assert_eq!(groups_by("(|(member={dn})(memberUid={login}))").await, ["admins", "developers", "posix"]);
}

#[tokio::test]
async fn groups_are_those_the_entry_lists_when_there_is_no_place_to_search() {
    let slapd = directory().await;
    let own = LdapConfig { group_base: None, ..config(&slapd) };
    let mut alice = ldap(own.clone()).authenticate("alice", "alice's password").await.unwrap().unwrap();
    alice.groups.sort();
    assert_eq!(alice.groups, [format!("cn=admins,{GROUPS}"), format!("cn=developers,{GROUPS}")]);
    let bob = ldap(own).authenticate("bob", "bob's password").await.unwrap().unwrap();
    assert_eq!(bob.groups, [""; 0]);
}

#[tokio::test]
async fn a_list_of_groups_that_the_directory_cuts_off_is_not_taken_for_all_groups() {
    let slapd = directory().await;
    for number in 0..READER_LIMIT {
        let name = format!("group-{number}");
        let group = [("objectClass", "groupOfNames"), ("cn", &name), ("member", ALICE)];
        slapd.add(&format!("cn={name},{GROUPS}"), &group).await;
    }
    let error = ldap(config(&slapd)).authenticate("alice", "alice's password").await.unwrap_err();
    assert!(matches!(&error.problem, LdapProblem::TooManyGroups), "{error}");
    assert!(sign_in(&slapd, "bob", "bob's password").await.is_some());
}

#[tokio::test]
async fn a_subject_that_is_no_text_is_hexadecimal() {
    let slapd = directory().await;
    slapd.replace(ALICE, "jpegPhoto", b"\xff\x00\x9fA").await;
    let config = LdapConfig { subject_attribute: "jpegphoto".to_owned(), ..config(&slapd) };
    let alice = ldap(config.clone()).authenticate("alice", "alice's password").await.unwrap().unwrap();
    assert_eq!(alice.subject, "ff009f41");
    slapd.replace(ALICE, "jpegPhoto", b"text\n").await;
    let alice = ldap(config).authenticate("alice", "alice's password").await.unwrap().unwrap();
    assert_eq!(alice.subject, "746578740a");
}

#[tokio::test]
async fn who_has_not_exactly_one_subject_cannot_sign_in() {
    let slapd = directory().await;
    for attribute in ["employeeNumber", "description"] {
        let config = LdapConfig { subject_attribute: attribute.to_owned(), ..config(&slapd) };
        let error = ldap(config.clone()).authenticate("alice", "alice's password").await.unwrap_err();
        assert!(matches!(&error.problem, LdapProblem::Subject(of) if of == attribute), "{error}");
        assert_eq!(ldap(config).authenticate("alice", "wrong").await.unwrap(), None);
    }
}

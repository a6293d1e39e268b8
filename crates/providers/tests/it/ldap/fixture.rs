//! A directory with people and groups, how to reach it, and somebody who vouches for it.

use std::path::PathBuf;

use cargohold_providers::{Ldap, LdapConfig, Person};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::slapd::{BASE, READER, READER_PASSWORD, Slapd};

pub(super) const PEOPLE: &str = "ou=people,dc=example,dc=org";
pub(super) const GROUPS: &str = "ou=groups,dc=example,dc=org";
pub(super) const ALICE: &str = "uid=alice,ou=people,dc=example,dc=org";
/// A name with everything that has to be escaped in names and in filters.
pub(super) const ZOE: &str = r"cn=Zoë (Größe\, *) Müller,ou=people,dc=example,dc=org";

pub(super) async fn sign_in(slapd: &Slapd, login: &str, password: &str) -> Option<Person> {
    ldap(config(slapd)).authenticate(login, password).await.unwrap()
}

pub(super) fn ldap(config: LdapConfig) -> Ldap {
    Ldap::new(config).unwrap()
}

pub(super) fn config(slapd: &Slapd) -> LdapConfig {
    config_at(&slapd.url())
}

pub(super) fn config_at(url: &str) -> LdapConfig {
    LdapConfig {
        name: "example".to_owned(),
        url: url.to_owned(),
        start_tls: false,
        allow_plain: false,
        ca_file: None,
        bind_dn: Some(READER.to_owned()),
        bind_password: Some(READER_PASSWORD.to_owned()),
        user_base: PEOPLE.to_owned(),
        user_filter: "(&(objectClass=inetOrgPerson)(uid={login}))".to_owned(),
        subject_attribute: "entryUUID".to_owned(),
        login_attribute: "uid".to_owned(),
        name_attribute: "cn".to_owned(),
        email_attribute: "mail".to_owned(),
        group_base: Some(GROUPS.to_owned()),
        group_filter: "(|(member={dn})(memberUid={login}))".to_owned(),
        group_attribute: "cn".to_owned(),
    }
}

pub(super) async fn directory() -> Slapd {
    fill(Slapd::start(None).await).await
}

pub(super) async fn fill(slapd: Slapd) -> Slapd {
    for (dn, name) in [(PEOPLE, "people"), (GROUPS, "groups")] {
        slapd.add(dn, &[("objectClass", "organizationalUnit"), ("ou", name)]).await;
    }
    let alice =
        [&person("alice", "Alice Example", "alice's password")[..], &[("mail", "alice@login.example")]].concat();
    slapd.add(ALICE, &alice).await;
    slapd.add(&format!("uid=bob,{PEOPLE}"), &person("bob", "Bob Example", "bob's password")).await;
    slapd.add(ZOE, &person("zoë*", "Zoë (Größe, *) Müller", "Zoës Paßwort")).await;
    let without = &person("no-password", "No Password", "")[..5];
    slapd.add(&format!("uid=no-password,{PEOPLE}"), without).await;
    for (name, members) in [("admins", &[ALICE][..]), ("developers", &[ALICE, BASE]), ("Küche", &[ZOE])] {
        let mut group = vec![("objectClass", "groupOfNames"), ("cn", name)];
        group.extend(members.iter().map(|member| ("member", *member)));
        slapd.add(&format!("cn={name},{GROUPS}"), &group).await;
    }
    let posix = [("objectClass", "posixGroup"), ("cn", "posix"), ("gidNumber", "1000")];
    let members = [("memberUid", "alice"), ("memberUid", "bob")];
    slapd.add(&format!("cn=posix,{GROUPS}"), &[&posix[..], &members].concat()).await;
    slapd
}

pub(super) fn person<'a>(login: &'a str, name: &'a str, password: &'a str) -> [(&'a str, &'a str); 5] {
    [("objectClass", "inetOrgPerson"), ("uid", login), ("cn", name), ("sn", name), ("userPassword", password)]
}

/// Somebody who signs certificates.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for a host, and its key.
    pub(super) fn certify(&self, host: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

//! A registry with an administrator, somebody else and a few crates, as the tests of the management pages need it.

use cargohold_blobs::Blobs;
use cargohold_protocol::{Cksum, DependencyKind, IndexLine, Timestamp};
use cargohold_registry::{
    Accounts, AuditQuery, Call, Credentials, Identity, NewToken, NewUser, Parts, Pepper, Registry, RequestId, Settings,
};
use cargohold_search::SearchIndex;
use cargohold_store::crates::DerivedValues;
use cargohold_store::dependencies::{self, NewDependency};
use cargohold_store::versions::{self, NewVersion, VersionFacts};
use cargohold_store::{Store, crates, owners, reverse_dependencies, users};
use tempfile::TempDir;

use crate::fixtures::{at, new_store, parts, settings};

pub(crate) struct Site {
    pub(crate) registry: Registry,
    pub(crate) store: Store,
    /// What works beside the registry, with the same key.
    pub(crate) accounts: Accounts,
    tokens: [(&'static str, String); 2],
    folder: TempDir,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(settings()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let (store, folder) = new_store().await;
        let pepper = Pepper::random();
        let accounts = Accounts::new(store.clone(), pepper.clone());
        let tokens = [("admin", member(&accounts, "admin").await), ("alice", member(&accounts, "alice").await)];
        let registry = open(&store, &folder, "search", pepper, settings).await;
        Self { registry, store, accounts, tokens, folder }
    }

    /// The same registry in another process.
    pub(crate) async fn open_again(&self) -> Registry {
        open(&self.store, &self.folder, "search-2", Pepper::random(), settings()).await
    }

    /// A request of somebody's, so many seconds after the tests begin.
    pub(crate) fn call_at(&self, login: &str, seconds: i64) -> Call {
        let token = &self.tokens.iter().find(|(owner, _)| *owner == login).unwrap().1;
        Call { credentials: Credentials::Token(token.clone()), ..stranger(at(seconds)) }
    }

    pub(crate) fn admin(&self) -> Call {
        self.call_at("admin", 10)
    }

    pub(crate) fn alice(&self) -> Call {
        self.call_at("alice", 10)
    }

    /// What was done last, to what and by whom.
    pub(crate) async fn last_deed(&self) -> (String, String, String) {
        let entries = self.registry.list_audit(&self.admin(), &AuditQuery::default(), 1).await.unwrap();
        let entry = entries.into_iter().next().unwrap();
        (entry.action, entry.subject, entry.actor)
    }

    /// A crate of Alice's with these versions, the last of which it shows and which has these dependencies.
    pub(crate) async fn publish(&self, name: &str, nums: &[&str], on: &[(&str, &str)]) -> i64 {
        let mut tx = self.store.write().await.unwrap();
        let alice = users::find_by_login(&mut tx, "alice").await.unwrap().unwrap().id;
        let krate = crates::insert(&mut tx, &name.parse().unwrap(), at(0)).await.unwrap().unwrap();
        owners::add(&mut tx, krate, alice, alice, at(0)).await.unwrap();
        let mut shown = DerivedValues::default();
        for num in nums {
            let new = NewVersion {
                crate_id: krate,
                num: &num.parse().unwrap(),
                line: &IndexLine { head: String::new(), tail: String::new() },
                blob_key: &format!("crates/{name}/{num}"),
                cksum: &Cksum::from_bytes([7; 32]),
                size_bytes: 100,
                published_by: Some(alice),
                published_email: None,
                readme_file: None,
                facts: &VersionFacts {
                    features: "{}".to_owned(),
                    keywords: "[]".to_owned(),
                    categories: "[]".to_owned(),
                    bin_names: "[]".to_owned(),
                    ..VersionFacts::default()
                },
            };
            shown.default_version_id = versions::insert(&mut tx, &new, at(0)).await.unwrap();
            shown.num_versions += 1;
        }
        let on: Vec<NewDependency> = on.iter().map(|(name, req)| dependency(name, req)).collect();
        dependencies::insert_all(&mut tx, shown.default_version_id.unwrap(), &on).await.unwrap();
        crates::set_derived(&mut tx, krate, &shown, at(0)).await.unwrap();
        reverse_dependencies::refresh(&mut tx, krate).await.unwrap();
        tx.commit().await.unwrap();
        krate
    }

    pub(crate) async fn yank(&self, krate: &str, num: &str) {
        self.registry.yank(&self.alice(), krate, &num.parse().unwrap()).await.unwrap();
    }
}

/// A request of nobody's.
pub(crate) fn stranger(now: Timestamp) -> Call {
    Call {
        id: RequestId::unique(),
        now,
        credentials: Credentials::None,
        session: None,
        address: None,
        user_agent: None,
        origins: vec![],
    }
}

async fn member(accounts: &Accounts, login: &str) -> String {
    let email = format!("{login}@registry.example");
    let user = NewUser { login: login.to_owned(), email, is_admin: login == "admin" };
    accounts.create_user(&user, at(0)).await.unwrap();
    let token =
        NewToken { login: login.to_owned(), name: "all".to_owned(), scopes: vec![], crates: vec![], expires_at: None };
    accounts.create_token(&token, at(0)).await.unwrap().reveal().to_owned()
}

async fn open(store: &Store, folder: &TempDir, search: &str, pepper: Pepper, settings: Settings) -> Registry {
    let blobs = Blobs::on_disk(&folder.path().join("blobs")).unwrap();
    let search = SearchIndex::open(&folder.path().join(search)).unwrap();
    let identity = Identity::claim(store, &blobs).await.unwrap();
    Registry::new(Parts { pepper, settings, ..parts(store.clone(), blobs, search, identity) })
}

fn dependency(name: &str, req: &str) -> NewDependency {
    NewDependency {
        name: name.to_owned(),
        explicit_name: None,
        req: req.to_owned(),
        kind: DependencyKind::Normal,
        is_optional: false,
        default_features: true,
        features: vec![],
        target: None,
        registry: None,
    }
}

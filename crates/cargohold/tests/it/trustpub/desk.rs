//! A server that believes three issuers on this machine, and what tests ask of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::issuer_server::{IssuerServer, github_claims, gitlab_claims};
use crate::support::{Shape, TestServer, User, krate};

/// The audience, if nobody chooses another: the host of the server.
pub(crate) const AUDIENCE: &str = "127.0.0.1";

/// A server and who it believes.
pub(crate) struct Desk {
    pub(crate) server: TestServer,
    pub(crate) github: IssuerServer,
    pub(crate) gitlab: IssuerServer,
    pub(crate) forge: IssuerServer,
    /// Where mails land.
    mails: TempDir,
    jwts: AtomicUsize,
}

pub(crate) fn now() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a JWT is issued now, by the server's clock")]
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl Desk {
    pub(crate) fn open(shape: Shape) -> Self {
        Self::open_with(shape, &[])
    }

    pub(crate) fn open_with(shape: Shape, settings: &[(&str, &str)]) -> Self {
        let (github, gitlab, forge) = (IssuerServer::start(), IssuerServer::start(), IssuerServer::start());
        let mails = tempfile::tempdir().unwrap();
        let transport = format!("folder:{}", mails.path().display());
        let other = format!("forge={}", forge.url);
        let own = [
            ("CARGOHOLD_TRUSTPUB__GITHUB", "true"),
            ("CARGOHOLD_TRUSTPUB__GITHUB_ISSUER", &*github.url),
            ("CARGOHOLD_TRUSTPUB__GITLAB", "true"),
            ("CARGOHOLD_TRUSTPUB__GITLAB_ISSUER", &*gitlab.url),
            ("CARGOHOLD_TRUSTPUB__OIDC", &*other),
            ("CARGOHOLD_MAIL__TRANSPORT", &*transport),
            ("CARGOHOLD_MAIL__FROM", "noreply@registry.example"),
        ];
        let server = TestServer::start_with(shape, &[&own, settings].concat());
        Self { server, github, gitlab, forge, mails, jwts: AtomicUsize::new(0) }
    }

    /// A desk with a crate of alice's, and her token.
    pub(crate) async fn with_crate(shape: Shape, name: &str) -> (Self, User) {
        let desk = Self::open(shape);
        let alice = desk.server.user("alice");
        assert_eq!(desk.server.publish(&alice, &krate(name)).await.status(), 200);
        (desk, alice)
    }

    fn next_jti(&self) -> String {
        format!("jti-{}", self.jwts.fetch_add(1, Ordering::Relaxed))
    }

    /// What GitHub says of a run of `octo-org/tide`'s `release.yml`, with some of it replaced; null removes.
    pub(crate) fn run(&self, changes: Value) -> Value {
        changed(github_claims(&self.github.url, AUDIENCE, now(), &self.next_jti()), changes)
    }

    /// What GitLab says of a job of `sea/shore/tide`'s `.gitlab-ci.yml`, with some of it replaced.
    pub(crate) fn job(&self, changes: Value) -> Value {
        changed(gitlab_claims(&self.gitlab.url, AUDIENCE, now(), &self.next_jti()), changes)
    }

    /// What the forge says of a pipeline, with some of it replaced.
    pub(crate) fn build(&self, changes: Value) -> Value {
        let claims = json!({
            "iss": self.forge.url, "aud": AUDIENCE, "iat": now(), "exp": now() + 600, "jti": self.next_jti(),
            "sub": "repo:sea/tide:branch:main", "branch": "main", "actor": { "login": "octopus" },
        });
        changed(claims, changes)
    }

    /// A request by somebody.
    pub(crate) fn request(&self, user: &User, method: Method, path: &str) -> RequestBuilder {
        self.server.request(method, path).header("authorization", &user.token)
    }

    pub(crate) async fn create(&self, user: &User, kind: &str, config: Value) -> Response {
        let path = format!("/api/v1/trusted_publishing/{kind}_configs");
        let body = json!({ format!("{kind}_config"): config });
        self.request(user, Method::POST, &path).json(&body).send().await.unwrap()
    }

    /// Makes a configuration, which must work, and answers it.
    pub(crate) async fn trust(&self, user: &User, kind: &str, config: Value) -> Value {
        let answer = self.create(user, kind, config).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()[format!("{kind}_config")].clone()
    }

    pub(crate) async fn remove(&self, user: &User, kind: &str, id: &Value) -> Response {
        let path = format!("/api/v1/trusted_publishing/{kind}_configs/{id}");
        self.request(user, Method::DELETE, &path).send().await.unwrap()
    }

    pub(crate) async fn exchange(&self, jwt: &str) -> Response {
        let request = self.server.request(Method::POST, "/api/v1/trusted_publishing/tokens");
        request.json(&json!({ "jwt": jwt })).send().await.unwrap()
    }

    /// Exchanges the JWT of an issuer, which must work.
    pub(crate) async fn token(&self, issuer: &IssuerServer, claims: &Value) -> User {
        let answer = self.exchange(&issuer.sign(claims)).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{text}");
        let json: Value = serde_json::from_str(&text).unwrap();
        User { token: json["token"].as_str().unwrap().to_owned() }
    }

    /// The token of a run of the usual workflow.
    pub(crate) async fn run_token(&self) -> User {
        self.token(&self.github, &self.run(json!({}))).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> Response {
        let request = self.server.request(Method::DELETE, "/api/v1/trusted_publishing/tokens");
        request.header("authorization", token).send().await.unwrap()
    }

    /// Who got a mail with these words in its subject, and takes all mails away.
    pub(crate) fn take_mails(&self, words: &str) -> Vec<String> {
        let mut readers = Vec::new();
        for entry in std::fs::read_dir(self.mails.path()).unwrap() {
            let path = entry.unwrap().path();
            let mail = std::fs::read_to_string(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            let header = |name: &str| mail.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
            if header("Subject:").contains(words) {
                readers.push(header("To:").trim_matches(['<', '>']).to_owned());
            }
        }
        readers.sort();
        readers
    }

    /// How often something was written into the audit log, by whoever it was.
    pub(crate) fn audited(&self, action: &str, actor: &str) -> String {
        let sql = format!("SELECT COUNT(*) FROM audit WHERE action = '{action}' AND actor = '{actor}'");
        self.server.execute_sql(&sql)
    }
}

/// The usual workflow, for a crate.
pub(crate) fn workflow(krate: &str, changes: Value) -> Value {
    let config = json!({
        "crate": krate, "repository_owner": "Octo-Org", "repository_name": "Tide", "workflow_filename": "release.yml",
    });
    changed(config, changes)
}

/// The usual pipeline of GitLab, for a crate.
pub(crate) fn pipeline(krate: &str, changes: Value) -> Value {
    let config = json!({
        "crate": krate, "namespace": "Sea/Shore", "project": "Tide", "workflow_filepath": ".gitlab-ci.yml",
    });
    changed(config, changes)
}

fn changed(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (key, value) in changes {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(&key);
        } else {
            object[key] = value;
        }
    }
    object
}

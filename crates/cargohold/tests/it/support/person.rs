//! Somebody who is signed in at the web site.

use cargohold_protocol::Timestamp;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use super::TestServer;

/// The instant so many seconds from now.
#[expect(clippy::disallowed_methods, reason = "the server reads the same clock")]
pub(crate) fn in_seconds(seconds: i64) -> Timestamp {
    Timestamp::from_micros(Timestamp::from(std::time::SystemTime::now()).micros() + seconds * 1_000_000)
}

/// Makes an account with a verified address, and further flags, and answers its one-time password.
pub(crate) fn create_account(server: &TestServer, login: &str, flags: &[&str]) -> String {
    let email = format!("{login}@registry.example");
    let arguments = [&["admin", "user", "create", login, "--email", &email, "--json"], flags].concat();
    let made: Value = serde_json::from_str(&server.cli(&arguments)).unwrap();
    made["password"].as_str().unwrap().to_owned()
}

/// Somebody with an account and a session.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) login: String,
    pub(crate) email: String,
    pub(crate) cookie: String,
    pub(crate) id: i64,
}

impl Person {
    /// Makes an account with a verified address and signs in.
    pub(crate) async fn new(server: &TestServer, login: &str) -> Self {
        Self::with(server, login, &[]).await
    }

    /// As [`Person::new`], made with further flags.
    pub(crate) async fn with(server: &TestServer, login: &str, flags: &[&str]) -> Self {
        let cookie = server.sign_in(login, &create_account(server, login, flags)).await;
        let me = server.request(Method::GET, "/api/v1/me").header("cookie", &cookie).send().await.unwrap();
        let me: Value = me.json().await.unwrap();
        let email = format!("{login}@registry.example");
        Self { login: login.to_owned(), email, cookie, id: me["user"]["id"].as_i64().unwrap() }
    }

    /// A request with their cookie.
    pub(crate) fn request(&self, server: &TestServer, method: Method, path: &str) -> RequestBuilder {
        server.request(method, path).header("cookie", &self.cookie)
    }

    /// Asks with their cookie, and with a JSON body if there is one.
    pub(crate) async fn ask(&self, server: &TestServer, method: Method, path: &str, body: Option<Value>) -> Response {
        let request = self.request(server, method, path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// The JSON they get for a request that must go well.
    #[track_caller]
    pub(crate) fn json<'a>(
        &'a self,
        server: &'a TestServer,
        method: Method,
        path: &'a str,
        body: Option<Value>,
    ) -> impl Future<Output = Value> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.ask(server, method, path, body).await;
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert_eq!(status, 200, "{path} ({caller}): {text}");
            serde_json::from_str(&text).unwrap()
        }
    }

    /// What `/api/v1/me` says of them.
    pub(crate) async fn me(&self, server: &TestServer) -> Value {
        self.json(server, Method::GET, "/api/v1/me", None).await["user"].take()
    }
}

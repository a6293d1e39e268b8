//! Owners of crates, by way of invitations.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{TestServer, User};

impl TestServer {
    /// Adds (`PUT`) or removes (`DELETE`) owners of a crate.
    pub(crate) async fn change_owners(&self, method: Method, by: &User, name: &str, logins: &[&str]) -> Response {
        let request = self.request(method, &format!("/api/v1/crates/{name}/owners"));
        request.header("authorization", &by.token).json(&json!({ "owners": logins })).send().await.unwrap()
    }

    /// Accepts or declines somebody's invitation to own a crate.
    pub(crate) async fn answer_invitation(&self, invitee: &User, name: &str, is_accepted: bool) -> Response {
        let crate_id = self.crate_id(name);
        let request = self.request(Method::PUT, &format!("/api/v1/me/crate_owner_invitations/{crate_id}"));
        let body = json!({ "crate_owner_invite": { "crate_id": crate_id, "accepted": is_accepted } });
        request.header("authorization", &invitee.token).json(&body).send().await.unwrap()
    }

    /// Makes somebody an owner of a crate: `by` invites them, and they accept. Their address counts as verified.
    pub(crate) async fn make_owner(&self, by: &User, name: &str, login: &str) {
        let invited = self.change_owners(Method::PUT, by, name, &[login]).await;
        assert_eq!(invited.status(), 200, "{}", invited.text().await.unwrap());
        self.execute_sql(&format!("UPDATE users SET is_email_verified = TRUE WHERE login = '{login}'"));
        let accepted = self.answer_invitation(&self.token(login, &[]), name, true).await;
        assert_eq!(accepted.status(), 200, "{}", accepted.text().await.unwrap());
    }

    /// The number of a crate, which the API tells in invitations only.
    pub(crate) fn crate_id(&self, name: &str) -> i64 {
        self.execute_sql(&format!("SELECT id FROM crates WHERE name = '{name}'")).parse().unwrap()
    }

    /// Bytes in hexadecimal digits as the server's database takes them.
    pub(crate) fn sql_bytes(&self, hex: &str) -> String {
        if self.is_fleet() { format!("'\\x{hex}'") } else { format!("x'{hex}'") }
    }

    /// The logins of a crate's owners, people first.
    pub(crate) async fn owner_logins(&self, name: &str) -> Vec<String> {
        let owners: Value = self.json(&format!("/api/v1/crates/{name}/owners")).await;
        let login = |owner: &Value| owner["login"].as_str().unwrap().to_owned();
        owners["users"].as_array().unwrap().iter().map(login).collect()
    }

    /// Makes an account that signs in by cookie, and answers the cookie.
    pub(crate) async fn sign_up(&self, login: &str) -> String {
        let email = format!("{login}@registry.example");
        let made = self.cli(&["admin", "user", "create", login, "--email", &email, "--json"]);
        let made: Value = serde_json::from_str(&made).unwrap();
        self.sign_in(login, made["password"].as_str().unwrap()).await
    }
}

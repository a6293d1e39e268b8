//! What a browser adds to requests: a jar for the site's cookies.

use std::cell::RefCell;
use std::collections::BTreeMap;

use reqwest::header::LOCATION;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use super::{Person, TestServer, refusal};

/// A browser that knows one site.
pub(crate) struct Browser<'s> {
    server: &'s TestServer,
    cookies: RefCell<BTreeMap<String, String>>,
    headers: Vec<(String, String)>,
}

impl<'s> Browser<'s> {
    pub(crate) fn new(server: &'s TestServer) -> Self {
        Self { server, cookies: RefCell::default(), headers: Vec::new() }
    }

    /// A browser in which somebody is signed in.
    pub(crate) fn of(server: &'s TestServer, person: &Person) -> Self {
        let browser = Self::new(server);
        let (name, value) = person.cookie.split_once('=').unwrap();
        browser.set_cookie(name, value);
        browser
    }

    /// A browser that sends a further header with everything.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The value of a cookie it keeps.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Puts a cookie into the jar, as if it came from elsewhere.
    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self.server.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.send(request).await
    }

    /// Loads a page, as a browser asks for one, which must be answered with this status.
    pub(crate) async fn page(&self, path: &str, status: u16) -> String {
        let request = self.server.request(Method::GET, path).header("accept", "text/html,*/*;q=0.8");
        let answer = self.send(request).await;
        let found = answer.status().as_u16();
        let html = answer.text().await.unwrap();
        assert_eq!(found, status, "{path}: {html}");
        html
    }

    /// Loads the page `at`, takes the token out of its forms, and sends a form with it to `action`.
    pub(crate) async fn submit(&self, at: &str, action: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.form_token_on(at).await;
        self.submit_with(action, &token, fields).await
    }

    /// The token of the forms of whoever is signed in.
    pub(crate) async fn form_token(&self) -> String {
        self.form_token_on("/").await
    }

    async fn form_token_on(&self, path: &str) -> String {
        let html = self.page(path, 200).await;
        let token = html.split_once("name=\"form_token\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        token.unwrap_or_else(|| panic!("no form on {path}: {html}")).0.to_owned()
    }

    /// Sends a form with this token.
    pub(crate) async fn submit_with(&self, action: &str, token: &str, fields: &[(&str, &str)]) -> Response {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("form_token", token);
        let request = self.server.request(Method::POST, action).header("accept", "text/html,*/*;q=0.8");
        self.send(request.header("content-type", "application/x-www-form-urlencoded").body(form.finish())).await
    }

    async fn send(&self, mut request: RequestBuilder) -> Response {
        let cookies: Vec<_> = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        answer
    }

    /// The JSON of an answer that must be a success.
    #[track_caller]
    pub(crate) fn json(&self, method: Method, path: &str, body: Option<Value>) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        let path = path.to_owned();
        async move {
            let answer = self.ask(method, &path, body).await;
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert_eq!(status, 200, "{path} ({caller}): {text}");
            serde_json::from_str(&text).unwrap()
        }
    }

    /// The sentence of an answer that must be a refusal.
    pub(crate) async fn refused(&self, method: Method, path: &str, body: Option<Value>, status: u16) -> String {
        refusal(self.ask(method, path, body).await, status).await
    }

    /// Whether somebody is signed in.
    pub(crate) async fn is_signed_in(&self) -> bool {
        self.ask(Method::GET, "/api/private/sessions", None).await.status() == 200
    }
}

/// Insists that an answer leads to another page.
#[track_caller]
pub(crate) fn leads_to(answer: &Response, path: &str) {
    let to = answer.headers().get(LOCATION).map_or("", |to| to.to_str().unwrap());
    assert_eq!((answer.status().as_u16(), to), (303, path));
}

/// Insists on the status of a page and answers it.
#[track_caller]
pub(crate) fn html(answer: Response, status: u16) -> impl Future<Output = String> {
    let caller = std::panic::Location::caller();
    async move {
        let found = answer.status().as_u16();
        let html = answer.text().await.unwrap();
        assert_eq!(found, status, "{caller}: {html}");
        html
    }
}

/// Insists that a form is shown again with this sentence on it, and answers the page.
pub(crate) async fn shown_again(answer: Response, status: u16, words: &str) -> String {
    let html = html(answer, status).await;
    assert!(html.contains(words), "no `{words}`: {html}");
    html
}

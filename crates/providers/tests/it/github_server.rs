//! A stand-in for GitHub: its web application flow and the part of its API that is used here, under the paths of a GitHub
//! of one's own (`/api/v3`). Needs only `loopback.rs` beside it, for the tests of the whole server include both files, too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use reqwest::Url;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::loopback::{self, Loopback, Reply};

pub(crate) const CLIENT_ID: &str = "canary-client-id";
pub(crate) const CLIENT_SECRET: &str = "canary-client-secret";

pub(crate) struct GitHubServer {
    /// For people; programs find the API at `{url}/api/v3`.
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    _loopback: Loopback,
}

/// What GitHub knows; tests change it.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) users: Vec<User>,
    pub(crate) orgs: Vec<Org>,
    /// The answer about scanning keys, element by element.
    pub(crate) scanning_keys: Vec<Value>,
    /// Whose browser comes to sign in.
    pub(crate) visitor: String,
    /// Whether the API says that it was asked too often.
    pub(crate) is_tired: bool,
    /// Whether everything is answered with a 502.
    pub(crate) is_down: bool,
    /// Token by token whose it is; a token that is gone was withdrawn.
    pub(crate) tokens: BTreeMap<String, String>,
    pub(crate) hits: BTreeMap<String, usize>,
    /// Code by code what it was given for.
    codes: BTreeMap<String, BTreeMap<String, String>>,
    counter: usize,
}

#[derive(Clone, Default)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) login: String,
    pub(crate) name: Option<String>,
    /// What the profile shows to everybody.
    pub(crate) email: Option<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Org {
    pub(crate) id: i64,
    pub(crate) login: String,
    /// Login, `active` or `pending`, `admin` or `member`.
    pub(crate) members: Vec<(String, &'static str, &'static str)>,
    pub(crate) teams: Vec<Team>,
    /// Whether it hides itself from applications it did not approve.
    pub(crate) is_restricted: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Team {
    pub(crate) id: i64,
    pub(crate) slug: String,
    /// Login, `active` or `pending`.
    pub(crate) members: Vec<(String, &'static str)>,
}

impl GitHubServer {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let loopback = loopback::start(move |request| shared.lock().unwrap().answer(&request)).await;
        Self { url: loopback.url.clone(), state, _loopback: loopback }
    }

    pub(crate) fn api_url(&self) -> String {
        format!("{}/api/v3", self.url)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn put_user(&self, id: i64, login: &str) {
        self.state().users.push(User { id, login: login.to_owned(), ..User::default() });
    }

    /// Opens an authorize address in the browser of `login`, who agrees, and says where the browser is led.
    pub(crate) async fn sign_in(&self, authorize_url: &str, login: &str) -> Url {
        login.clone_into(&mut self.state().visitor);
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        let answer = browser.unwrap().get(authorize_url).send().await.unwrap();
        let location = answer.headers().get("location").expect("the browser is led back").to_str().unwrap();
        Url::parse(location).unwrap()
    }
}

impl State {
    fn answer(&mut self, request: &Request<Bytes>) -> Reply {
        let url = Url::parse(&format!("http://localhost{}", request.uri())).unwrap();
        *self.hits.entry(url.path().to_owned()).or_default() += 1;
        if self.is_down {
            return loopback::reply(StatusCode::BAD_GATEWAY, "text/html", "unicorn");
        }
        match (request.method(), url.path()) {
            (&Method::GET, "/login/oauth/authorize") => self.authorize(&url),
            (&Method::POST, "/login/oauth/access_token") => self.exchange(&pairs(request.body())),
            (&Method::GET, path) => match path.strip_prefix("/api/v3/") {
                Some(path) => self.api(request, &path.split('/').collect::<Vec<_>>()),
                None => not_found(),
            },
            _ => not_found(),
        }
    }

    fn authorize(&mut self, url: &Url) -> Reply {
        let mut granted: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        if granted["client_id"] != CLIENT_ID {
            return not_found();
        }
        self.counter += 1;
        let code = format!("canary-code-{}", self.counter);
        let mut back = Url::parse(&granted["redirect_uri"]).unwrap();
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &granted["state"]);
        granted.insert("login".to_owned(), self.visitor.clone());
        self.codes.insert(code, granted);
        let mut reply = loopback::reply(StatusCode::FOUND, "text/html", "");
        reply.headers_mut().insert("location", back.as_str().parse().unwrap());
        reply
    }

    /// GitHub refuses with a 200.
    fn exchange(&mut self, form: &BTreeMap<String, String>) -> Reply {
        let refuse = |error: &str| {
            let echo = format!("the code {} passed is incorrect or expired", form["code"]);
            loopback::json(StatusCode::OK, &json!({"error": error, "error_description": echo}))
        };
        if form["client_id"] != CLIENT_ID {
            return not_found();
        }
        if form["client_secret"] != CLIENT_SECRET {
            return refuse("incorrect_client_credentials");
        }
        let Some(granted) = self.codes.remove(&form["code"]) else { return refuse("bad_verification_code") };
        if granted["redirect_uri"] != form["redirect_uri"] {
            return refuse("redirect_uri_mismatch");
        }
        if granted["code_challenge"] != URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"])) {
            return refuse("bad_verification_code");
        }
        self.counter += 1;
        let token = format!("canary-token-{}", self.counter);
        self.tokens.insert(token.clone(), granted["login"].clone());
        let answer =
            json!({"access_token": token, "token_type": "bearer", "scope": granted["scope"].replace(' ', ",")});
        loopback::json(StatusCode::OK, &answer)
    }

    fn api(&self, request: &Request<Bytes>, path: &[&str]) -> Reply {
        if self.is_tired {
            let mut reply = loopback::json(StatusCode::FORBIDDEN, &json!({"message": "API rate limit exceeded"}));
            reply.headers_mut().insert("x-ratelimit-remaining", "0".parse().unwrap());
            return reply;
        }
        if !request.headers().contains_key("user-agent") {
            return loopback::reply(StatusCode::FORBIDDEN, "text/html", "make sure your request has a User-Agent");
        }
        let sent = request.headers().get("authorization").map(|value| value.to_str().unwrap());
        let app = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
        let login = sent.and_then(|sent| sent.strip_prefix("Bearer ")).and_then(|token| self.tokens.get(token));
        match (path, sent, login) {
            (_, Some(sent), None) if sent != app => {
                loopback::json(StatusCode::UNAUTHORIZED, &json!({"message": "Bad credentials"}))
            }
            (["user"], _, Some(login)) => self.user(login),
            (["users", login], _, _) => self.user(login),
            (["meta", "public_keys", "secret_scanning"], _, _) => {
                loopback::json(StatusCode::OK, &json!({"public_keys": self.scanning_keys}))
            }
            (path, _, Some(viewer)) => self.organization(path, viewer),
            _ => not_found(),
        }
    }

    fn user(&self, login: &str) -> Reply {
        let Some(user) = self.users.iter().find(|user| user.login.eq_ignore_ascii_case(login)) else {
            return not_found();
        };
        let answer = json!({
            "id": user.id, "login": user.login, "name": user.name, "email": user.email, "type": "User",
            "avatar_url": format!("https://avatars.example/u/{}", user.id),
        });
        loopback::json(StatusCode::OK, &answer)
    }

    /// Organisations are visible to their members only.
    fn organization(&self, path: &[&str], viewer: &str) -> Reply {
        let org = match path {
            ["orgs", org, ..] => self.orgs.iter().find(|known| known.login.eq_ignore_ascii_case(org)),
            ["organizations", id, ..] => self.orgs.iter().find(|known| known.id.to_string() == *id),
            _ => None,
        };
        let Some(org) = org.filter(|org| org.members.iter().any(|(login, ..)| login == viewer)) else {
            return not_found();
        };
        if org.is_restricted {
            let message = json!({"message": "the organization has enabled OAuth App access restrictions"});
            return loopback::json(StatusCode::FORBIDDEN, &message);
        }
        let answer = match path {
            ["orgs", _, "teams", slug] => org.teams.iter().find(|team| team.slug == *slug).map(|team| org.show(team)),
            ["orgs", _, "memberships", login] => {
                let member = org.members.iter().find(|(member, ..)| member.eq_ignore_ascii_case(login));
                member.map(|(_, state, role)| json!({"state": state, "role": role}))
            }
            ["organizations", _, "team", id, "memberships", login] => {
                let team = org.teams.iter().find(|team| team.id.to_string() == *id);
                let mut members = team.into_iter().flat_map(|team| &team.members);
                let member = members.find(|(member, _)| member.eq_ignore_ascii_case(login));
                member.map(|(_, state)| json!({"state": state, "role": "member"}))
            }
            _ => None,
        };
        answer.map_or_else(not_found, |answer| loopback::json(StatusCode::OK, &answer))
    }
}

impl Org {
    fn show(&self, team: &Team) -> Value {
        let avatar_url = format!("https://avatars.example/u/{}", self.id);
        let organization = json!({"id": self.id, "login": self.login, "avatar_url": avatar_url});
        json!({"id": team.id, "slug": team.slug, "name": team.slug.to_uppercase(), "organization": organization})
    }
}

fn not_found() -> Reply {
    loopback::json(StatusCode::NOT_FOUND, &json!({"message": "Not Found"}))
}

fn pairs(body: &[u8]) -> BTreeMap<String, String> {
    let mut url = Url::parse("http://localhost").unwrap();
    url.set_query(Some(std::str::from_utf8(body).unwrap()));
    url.query_pairs().into_owned().collect()
}

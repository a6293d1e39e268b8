//! The `OpenAPI` document, and whether the server keeps to it and to the document this project began with.

mod accounts;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::issuer_server::IssuerServer;
use crate::provider_server::ProviderServer;
use crate::support::{Contract, Exchange, METHODS, Mailbox, Shape, Shop, TestServer, krate, on_both_shapes, sha256};

on_both_shapes!(every_answer_is_as_both_documents_say,);

#[tokio::test]
async fn the_document_is_whole() {
    let server = TestServer::start(Shape::Small);
    let whole: Value = server.get("/api/openapi.json?internal").await.json().await.unwrap();
    let public: Value = server.get("/api/openapi.json").await.json().await.unwrap();
    for document in [&whole, &public] {
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["servers"][0]["url"], server.url.as_str());
        let mut ids = BTreeSet::new();
        let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
        for (path, item) in document["paths"].as_object().unwrap() {
            let methods = item.as_object().unwrap();
            assert!(!methods.is_empty() && methods.keys().all(|key| METHODS.contains(&key.as_str())), "{path}");
            for (method, operation) in methods {
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id), "{id} is there twice");
                assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id}");
                let own: &Vec<Value> = operation["tags"].as_array().unwrap();
                assert!(own.len() == 1 && tags.contains(&&own[0]), "{method} {path}: {own:?}");
                check_parameters(path, operation);
                check_responses(id, operation);
            }
        }
        check_references(document, document);
        for name in document["components"]["securitySchemes"].as_object().unwrap().keys() {
            assert!(["api_token", "session", "trustpub_token"].contains(&name.as_str()));
        }
    }
    let ids = |document: &Value| {
        let paths = document["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|item| item.as_object().unwrap().values());
        operations.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let (whole, public) = (ids(&whole), ids(&public));
    let hidden: Vec<&str> = whole.difference(&public).map(String::as_str).collect();
    let expected = [
        "authorize_session",
        "begin_session",
        "change_password",
        "complete_sign_in",
        "confirm_second_factor",
        "delete_crate",
        "end_all_sessions",
        "end_session",
        "find_second_factor",
        "find_signup",
        "forget_signup",
        "get_following_crate",
        "invite",
        "list_audit",
        "list_identities",
        "list_owner_invitations",
        "list_providers",
        "list_public_keys",
        "list_rate_limits",
        "list_sessions",
        "list_signup_invitations",
        "lock_user",
        "offer_second_factor",
        "open_account",
        "rebuild_version_docs",
        "register_public_key",
        "remove_rate_limit",
        "remove_second_factor",
        "review_user",
        "revoke_public_key",
        "set_rate_limit",
        "sign_in",
        "sign_out",
        "sign_up_elsewhere",
        "unlink_identity",
        "unlock_user",
        "verify_github_secrets",
        "verify_secrets",
        "withdraw_signup_invitation",
    ];
    assert_eq!(hidden, expected);
    assert!(public.is_subset(&whole) && public.len() >= 30);
    for id in ["list_crates", "find_crate", "publish", "yank_version", "unyank_version"] {
        assert!(public.contains(id), "{id}");
    }
}

/// Every `{…}` of the path is described, and nothing else claims to be there.
fn check_parameters(path: &str, operation: &Value) {
    let none = Vec::new();
    let parameters = operation["parameters"].as_array().unwrap_or(&none);
    let mut described: Vec<&str> = Vec::new();
    for parameter in parameters {
        assert!(parameter["schema"].is_object(), "{path}: {parameter}");
        assert!(parameter["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {parameter}");
        if parameter["in"] == "path" {
            assert_eq!(parameter["required"], true);
            described.push(parameter["name"].as_str().unwrap());
        } else {
            assert_eq!(parameter["in"], "query");
        }
    }
    let named: Vec<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    assert_eq!(described, named, "{path}");
}

fn check_responses(id: &str, operation: &Value) {
    let responses = operation["responses"].as_object().unwrap();
    assert!(responses.keys().any(|status| status.starts_with('2')), "{id}");
    for (status, response) in responses {
        assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{id} {status}");
        let schema = &response["content"]["application/json"]["schema"];
        if status.starts_with(['4', '5']) {
            assert_eq!(schema["$ref"], "#/components/schemas/Errors", "{id} {status}");
        } else if status == "200" {
            assert!(schema["$ref"].is_string(), "{id} {status}");
        }
    }
}

fn check_references(value: &Value, document: &Value) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            map.values().for_each(|value| check_references(value, document));
        }
        Value::Array(values) => values.iter().for_each(|value| check_references(value, document)),
        _ => {}
    }
}

#[tokio::test]
async fn the_page_lists_every_operation_and_loads_nothing_from_elsewhere() {
    let server = TestServer::start(Shape::Small);
    let answer = server.get("/api").await;
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    let page = answer.text().await.unwrap();
    let contract = Contract::ours(server.get("/api/openapi.json?internal").await.json().await.unwrap());
    let operations = contract.operations();
    for (method, path) in &operations {
        let id = contract.document()["paths"][path][method]["operationId"].as_str().unwrap();
        let heading = format!("{} {}", method.to_uppercase(), path);
        assert!(page.contains(&format!("id=\"{id}\"")) && page.contains(&format!("href=\"#{id}\"")), "{id}");
        assert_eq!(page.matches(&format!("<code>{heading}</code>")).count(), 2, "{heading}");
    }
    assert_eq!(page.matches("<section").count(), operations.len());
    for attribute in ["src=", "href="] {
        for (at, _) in page.match_indices(attribute) {
            let target = page[at + attribute.len()..].trim_start_matches('"');
            assert!(target.starts_with('#') || target.starts_with('/') && !target.starts_with("//"), "{target:.60}");
        }
    }
    assert!(!page.contains("<script>") && !page.contains("url("));
}

#[tokio::test]
async fn an_answer_that_breaks_the_document_is_noticed() {
    let server = TestServer::start(Shape::Small);
    let ours = Contract::ours(server.get("/api/openapi.json?internal").await.json().await.unwrap());
    let path = "/api/v1/categories/web-programming";
    let good = Exchange::of("GET", path, server.get(path).await).await;
    assert_eq!((ours.judge(&good), Contract::seed().judge(&good)), (Some(Ok(())), None));
    let with = |change: fn(&mut Value)| {
        let mut json = good.json();
        change(&mut json["category"]);
        Exchange { body: json.to_string().into_bytes(), ..good.clone() }
    };
    for wrong in [
        with(|category| category["more"] = 1.into()),
        with(|category| category["subcategories"][0]["more"] = 1.into()),
        with(|category| category["slug"] = Value::Null),
        with(|category| category["created_at"] = "yesterday".into()),
        with(|category| _ = category.as_object_mut().unwrap().remove("parent_categories")),
        Exchange { status: 418, ..good.clone() },
        Exchange { status: 404, ..good.clone() },
        Exchange { content_type: Some("text/plain".to_owned()), ..good.clone() },
        Exchange { body: Vec::new(), ..good.clone() },
        Exchange { method: "put".to_owned(), ..good.clone() },
    ] {
        assert!(ours.judge(&wrong).unwrap().is_err(), "{}", String::from_utf8_lossy(&wrong.body));
    }
    let path = "/api/v1/crates";
    let list = Exchange::of("GET", path, server.get(path).await).await;
    assert_eq!(Contract::seed().judge(&list), Some(Ok(())));
    let list = Exchange { body: br#"{"crates":[{"name":"a"}],"meta":{}}"#.to_vec(), ..list };
    assert!(Contract::seed().judge(&list).unwrap().is_err(), "`max_version` is missing");
}

/// What scanners present.
const SCANNING_SECRET: &str = "a-long-and-random-secret";

/// What answers well only if another server helps: tested beside the rule.
const NEEDS_ANOTHER_SERVER: [&str; 1] = ["/api/github/secret-scanning/verify"];

/// Who asks.
#[derive(Clone, Copy)]
enum Who {
    Nobody,
    Admin,
    Alice,
    Keeper,
}
use Who::{Admin, Alice, Keeper, Nobody};

/// A client that holds every answer against both documents.
struct Inspector<'s> {
    server: &'s TestServer,
    mailbox: &'s Mailbox,
    shop: Shop,
    ours: Contract,
    seed: Contract,
    /// What has answered well: method, path of our document.
    answered: BTreeSet<(String, String, u16)>,
}

impl Inspector<'_> {
    async fn get(&mut self, path: &str, status: u16) -> Value {
        self.ask(Nobody, Method::GET, path, None, status).await
    }

    async fn ask(&mut self, who: Who, method: Method, path: &str, body: Option<Value>, status: u16) -> Value {
        let mut request = self.server.request(method.clone(), path);
        request = match who {
            Nobody => request,
            Admin => request.header("authorization", &self.shop.admin.token),
            Alice => request.header("authorization", &self.shop.alice.token),
            Keeper => request.header("cookie", &self.shop.cookie),
        };
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.inspect(request, &method, path, status).await
    }

    async fn inspect(&mut self, request: reqwest::RequestBuilder, method: &Method, path: &str, status: u16) -> Value {
        let answer = request.send().await.unwrap();
        self.judge(answer, method, path, status).await
    }

    /// Holds an answer against both documents.
    async fn judge(&mut self, answer: reqwest::Response, method: &Method, path: &str, status: u16) -> Value {
        let exchange = Exchange::of(method.as_str(), path, answer).await;
        let shown = format!("{method} {path}: {} {}", exchange.status, String::from_utf8_lossy(&exchange.body));
        assert_eq!(exchange.status, status, "{shown}");
        match self.ours.judge(&exchange) {
            Some(Ok(())) => {}
            Some(Err(problem)) => panic!("{shown}\nis not as our document says:\n{problem}"),
            None => panic!("{shown}\nis not in our document"),
        }
        let template = self.ours.template(&exchange.path).unwrap().to_owned();
        self.answered.insert((exchange.method.clone(), template.clone(), status));
        // What the seed's document has another name for, or another path, it does not speak of.
        let of_seed = self.seed.template(&exchange.path).filter(|path| path.replace("{crate}", "{name}") == template);
        if let Some(path) = of_seed.map(str::to_owned)
            && let Some(verdict) = self.seed.judge(&exchange)
        {
            verdict.unwrap_or_else(|problem| panic!("{shown}\nis not as the seed's document says:\n{problem}"));
            self.answered.insert((exchange.method.clone(), path, status));
        }
        exchange.json()
    }
}

async fn every_answer_is_as_both_documents_say(shape: Shape) {
    let mailbox = Mailbox::new();
    let issuer = IssuerServer::start();
    let provider = ProviderServer::start().await;
    let trusted = format!("forge={}", issuer.url);
    let settings = [
        ("CARGOHOLD_DOCS__REBUILD_URL", "http://127.0.0.1:9/{name}/{version}"),
        ("CARGOHOLD_POLICY__KNOWN_CATEGORIES_ONLY", "false"),
        ("CARGOHOLD_TOKENS__SCANNING_SECRET", SCANNING_SECRET),
        ("CARGOHOLD_MAIL__TRANSPORT", &mailbox.transport()),
        ("CARGOHOLD_TRUSTPUB__OIDC", &*trusted),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__ISSUER", &provider.issuer),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_ID", "cargohold"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_SECRET", "secret"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__OPENS_ACCOUNTS", "false"),
    ];
    let server = TestServer::start_with(shape, &settings);
    let shop = Shop::open(&server).await;
    server.publish_ok(&krate("new")).await;
    let ours = Contract::ours(server.get("/api/openapi.json?internal").await.json().await.unwrap());
    let mut inspector =
        Inspector { server: &server, mailbox: &mailbox, shop, ours, seed: Contract::seed(), answered: BTreeSet::new() };
    look_at_lists(&mut inspector).await;
    look_at_crates(&mut inspector).await;
    look_at_versions(&mut inspector).await;
    change_things(&mut inspector).await;
    share_things(&mut inspector).await;
    work_in_teams(&mut inspector).await;
    trust_pipelines(&mut inspector, &issuer).await;
    ask_for_nonsense(&mut inspector).await;
    try_to_change_things(&mut inspector).await;
    try_to_publish(&mut inspector).await;
    look_at_people(&mut inspector).await;
    accounts::sign_in_elsewhere(&mut inspector, &provider).await;
    accounts::look_after_an_account(&mut inspector).await;
    accounts::administrate(&mut inspector).await;
    sign_out_and_delete(&mut inspector).await;

    let answered = |method: &str, path: &str| {
        inspector.answered.iter().any(|(m, p, status)| m == method && p == path && *status < 400)
    };
    for contract in [&inspector.ours, &inspector.seed] {
        let operations = contract.operations().into_iter();
        let missing: Vec<_> = operations
            .filter(|(method, path)| !answered(method, path) && !NEEDS_ANOTHER_SERVER.contains(&path.as_str()))
            .collect();
        assert!(missing.is_empty(), "these have not answered well in this test: {missing:#?}");
    }
}

async fn look_at_lists(inspector: &mut Inspector<'_>) {
    for sort in ["", "relevance", "downloads", "recent-downloads", "recent-updates", "new", "alphabetical", "odd"] {
        for query in ["", "q=tide&", "q=TIDE_core&"] {
            let mut link = format!("?{query}sort={sort}&per_page=2");
            // From page to page, to the end.
            loop {
                let list = inspector.get(&format!("/api/v1/crates{link}"), 200).await;
                match list["meta"]["next_page"].as_str() {
                    Some(next) => next.clone_into(&mut link),
                    None => break,
                }
            }
        }
    }
    for filter in [
        "category=web-programming",
        "keyword=tide",
        "all_keywords=tide%20waves",
        "letter=t",
        "user_id=1",
        "team_id=1",
        "ids%5B%5D=tide-core&ids%5B%5D=silent",
        "include_yanked=no",
        "page=2&per_page=1",
        "q=nothing-like-this",
    ] {
        inspector.get(&format!("/api/v1/crates?{filter}"), 200).await;
    }
    let followed = inspector.ask(Admin, Method::GET, "/api/v1/crates?following=1", None, 200).await;
    assert_eq!(followed["meta"]["total"], 1);
    for (path, list) in [("keywords", "keywords"), ("categories", "categories")] {
        for query in ["", "?sort=crates", "?page=2&per_page=1", "?page=4294967295"] {
            inspector.get(&format!("/api/v1/{path}{query}"), 200).await;
        }
        assert!(!inspector.get(&format!("/api/v1/{path}"), 200).await[list].as_array().unwrap().is_empty());
    }
    inspector.get("/api/v1/keywords/Tide", 200).await;
    let category = inspector.get("/api/v1/categories/web-programming", 200).await;
    assert!(!category["category"]["subcategories"].as_array().unwrap().is_empty());
    inspector.get("/api/v1/categories/web-programming::http-server", 200).await;
    inspector.get("/api/v1/category_slugs", 200).await;
    let summary = inspector.get("/api/v1/summary", 200).await;
    assert!(!summary["new_crates"].as_array().unwrap().is_empty());
    inspector.get("/api/v1/site_metadata", 200).await;
    assert_eq!(inspector.get("/api/v1/suggest?q=tide-cod", 200).await["suggestions"][0]["name"], "tide-codec");
}

async fn look_at_crates(inspector: &mut Inspector<'_>) {
    for name in ["tide-core", "TIDE_CORE", "tide-codec", "manifold", "silent", "new"] {
        inspector.get(&format!("/api/v1/crates/{name}"), 200).await;
        for include in ["", "versions", "keywords,categories", "downloads", "default_version", "badges", "full"] {
            inspector.get(&format!("/api/v1/crates/{name}?include={include}"), 200).await;
        }
        for tail in ["versions", "downloads", "reverse_dependencies", "owners", "owner_user", "owner_team"] {
            inspector.get(&format!("/api/v1/crates/{name}/{tail}"), 200).await;
        }
    }
    let downloads = inspector.get("/api/v1/crates/manifold/downloads?include=versions", 200).await;
    assert_eq!(downloads["versions"].as_array().unwrap().len(), 5);
    assert!(!downloads["meta"]["extra_downloads"].as_array().unwrap().is_empty(), "{downloads}");
    let dependents = inspector.get("/api/v1/crates/tide-core/reverse_dependencies?per_page=1", 200).await;
    assert_eq!(dependents["meta"]["total"], 1);
    let versions = "/api/v1/crates/manifold/versions";
    for query in ["sort=date", "nums%5B%5D=1.0.0&nums%5B%5D=9.9.9", "include=release_tracks", "per_page=3"] {
        inspector.get(&format!("{versions}?{query}"), 200).await;
    }
    let first = inspector.get(&format!("{versions}?per_page=2&sort=date&include=release_tracks"), 200).await;
    let next = first["meta"]["next_page"].as_str().unwrap();
    assert_eq!(inspector.get(&format!("{versions}{next}"), 200).await["versions"].as_array().unwrap().len(), 2);
}

async fn look_at_versions(inspector: &mut Inspector<'_>) {
    let builds = "2.0.0-rc.1+build.5";
    for (name, version) in [("tide-core", "1.1.0"), ("Tide_Core", builds), ("tide-codec", "0.2.0"), ("silent", "1.0.0")]
    {
        let path = format!("/api/v1/crates/{name}/{version}");
        inspector.get(&path, 200).await;
        for tail in ["dependencies", "downloads", "authors"] {
            inspector.get(&format!("{path}/{tail}"), 200).await;
        }
        inspector.get(&format!("{path}/downloads?before_date=2030-01-31"), 200).await;
        for tail in ["download", "readme"] {
            inspector.get(&format!("{path}/{tail}"), 302).await;
            let path = format!("{path}/{tail}");
            let request = inspector.server.request(Method::GET, &path).header("accept", "application/json");
            inspector.inspect(request, &Method::GET, &path, 200).await;
        }
    }
    let dependencies = inspector.get("/api/v1/crates/tide-codec/0.2.0/dependencies", 200).await;
    assert_eq!(dependencies["dependencies"].as_array().unwrap().len(), 4);
    let yanked = inspector.get("/api/v1/crates/manifold/1.2.0", 200).await;
    assert_eq!(yanked["version"]["yank_message"], "leaks");
}

async fn change_things(inspector: &mut Inspector<'_>) {
    let publish = "/api/v1/crates/new";
    let unknown_category = krate("late").package("categories = [\"no-such-category\"]");
    let (admin, alice) = (inspector.shop.admin.token.clone(), inspector.shop.alice.token.clone());
    for (token, krate) in [(admin, unknown_category), (alice, krate("tide-core").version("1.2.0"))] {
        let request = inspector.server.request(Method::PUT, publish).header("authorization", token);
        let request = request.body(krate.publish_body());
        inspector.inspect(request, &Method::PUT, publish, 200).await;
    }
    let version = "/api/v1/crates/tide-core/1.0.0";
    inspector.ask(Admin, Method::DELETE, &format!("{version}/yank"), None, 200).await;
    inspector.ask(Keeper, Method::PUT, &format!("{version}/unyank"), None, 200).await;
    for settings in [json!({ "yanked": true, "yank_message": "broken" }), json!({}), json!({ "yanked": false })] {
        inspector.ask(Alice, Method::PATCH, version, Some(json!({ "version": settings })), 200).await;
    }
    inspector.ask(Keeper, Method::POST, &format!("{version}/rebuild_docs"), None, 201).await;
    let krate = "/api/v1/crates/tide-core";
    for trustpub_only in [json!(true), json!(false), Value::Null] {
        let settings = json!({ "crate": { "trustpub_only": trustpub_only } });
        inspector.ask(Keeper, Method::PATCH, krate, Some(settings), 200).await;
    }
    for (method, following) in [(Method::PUT, true), (Method::DELETE, false)] {
        inspector.ask(Keeper, method, &format!("{krate}/follow"), None, 200).await;
        let answer = inspector.ask(Keeper, Method::GET, &format!("{krate}/following"), None, 200).await;
        assert_eq!(answer["following"], following);
    }
}

async fn share_things(inspector: &mut Inspector<'_>) {
    let (server, owners) = (inspector.server, "/api/v1/crates/tide-core/owners");
    let (invitations, of_alice) = ("/api/private/crate_owner_invitations", "/api/v1/me/crate_owner_invitations");
    let bob = server.user("bob");
    inspector.ask(Admin, Method::PUT, owners, Some(json!({ "users": ["bob"] })), 200).await;
    let list = inspector.ask(Keeper, Method::GET, &format!("{invitations}?crate_name=tide-core"), None, 200).await;
    assert_eq!(list["invitations"].as_array().unwrap().len(), 1);
    assert_eq!(server.answer_invitation(&bob, "tide-core", true).await.status(), 200);
    inspector.ask(Admin, Method::DELETE, owners, Some(json!({ "users": ["bob"] })), 200).await;

    inspector.ask(Admin, Method::PUT, "/api/v1/crates/new/owners", Some(json!({ "users": ["keeper"] })), 200).await;
    let mine = inspector.ask(Keeper, Method::GET, of_alice, None, 200).await;
    assert_eq!(mine["crate_owner_invitations"][0]["invited_by_username"], "admin");
    let answer = |id: i64, accepted: bool| json!({ "crate_owner_invite": { "crate_id": id, "accepted": accepted } });
    let id = server.crate_id("new");
    inspector.ask(Keeper, Method::PUT, &format!("{of_alice}/0"), Some(answer(0, true)), 404).await;
    inspector.ask(Keeper, Method::PUT, &format!("{of_alice}/{id}"), Some(answer(id, false)), 200).await;
    for status in [200, 404] {
        if status == 200 {
            inspector
                .ask(Admin, Method::PUT, "/api/v1/crates/new/owners", Some(json!({ "users": ["bob"] })), 200)
                .await;
            // The secret itself is in a mail; here it is made one that is known.
            server.execute_sql(&format!("UPDATE owner_invitations SET hash = {}", server.sql_bytes(&sha256(b"known"))));
        }
        inspector.ask(Nobody, Method::PUT, &format!("{of_alice}/accept/known"), None, status).await;
    }
}

async fn work_in_teams(inspector: &mut Inspector<'_>) {
    let (teams, pool) = ("/api/v1/teams", "/api/v1/teams/local:tide:pool");
    let members = format!("{pool}/members");
    let new = json!({ "team": { "org": "Tide", "team": "pool", "name": "The pool" } });
    inspector.ask(Admin, Method::POST, teams, Some(new.clone()), 200).await;
    inspector.ask(Admin, Method::POST, teams, Some(new.clone()), 400).await;
    inspector.ask(Alice, Method::POST, teams, Some(new), 403).await;
    inspector.ask(Admin, Method::POST, teams, None, 415).await;
    inspector.ask(Admin, Method::POST, teams, Some(json!({})), 422).await;
    assert_eq!(inspector.get(pool, 200).await["team"]["login"], "local:tide:pool");
    inspector.get("/api/v1/teams/local:tide:none", 404).await;
    inspector.get("/api/v1/teams/local:tide:none/members", 404).await;
    let alice = json!({ "members": [{ "login": "alice", "is_maintainer": true }] });
    for (who, method, body, status) in [
        (Alice, Method::PUT, Some(alice.clone()), 403),
        (Admin, Method::PUT, Some(alice.clone()), 200),
        (Alice, Method::PUT, Some(json!({ "members": [{ "login": "keeper" }] })), 200),
        (Alice, Method::PUT, Some(json!({ "members": [{ "login": "nobody" }] })), 400),
        (Keeper, Method::DELETE, Some(alice.clone()), 403),
        (Alice, Method::DELETE, None, 415),
        (Alice, Method::DELETE, Some(json!({ "members": [{}] })), 422),
        (Alice, Method::DELETE, Some(alice), 200),
    ] {
        inspector.ask(who, method, &members, body, status).await;
    }
    assert_eq!(inspector.get(&members, 200).await["members"][0]["login"], "keeper");
    let renamed = json!({ "team": { "name": "Pool" } });
    inspector.ask(Admin, Method::PATCH, pool, Some(renamed.clone()), 200).await;
    inspector.ask(Keeper, Method::PATCH, pool, Some(renamed), 403).await;
    inspector.ask(Admin, Method::PATCH, pool, Some(json!({ "team": { "name": "\n" } })), 400).await;

    let owners = "/api/v1/crates/tide-core/owners";
    inspector.ask(Admin, Method::PUT, owners, Some(json!({ "owners": ["local:tide:pool"] })), 200).await;
    let owning = inspector.get("/api/v1/crates/tide-core/owner_team", 200).await;
    assert_eq!(owning["teams"][0]["kind"], "team");
    inspector.get(owners, 200).await;
    inspector.ask(Admin, Method::DELETE, pool, None, 422).await;
    inspector.ask(Admin, Method::DELETE, owners, Some(json!({ "owners": ["local:tide:pool"] })), 200).await;
    inspector.ask(Alice, Method::DELETE, pool, None, 403).await;
    inspector.ask(Admin, Method::DELETE, pool, None, 204).await;
    inspector.ask(Admin, Method::DELETE, pool, None, 404).await;
}

async fn trust_pipelines(inspector: &mut Inspector<'_>, issuer: &IssuerServer) {
    let base = "/api/v1/trusted_publishing";
    let keeper = inspector.server.execute_sql("SELECT id FROM users WHERE login = 'keeper'");
    let rules = json!([{ "claim": "sub", "pattern": "repo:sea/*" }]);
    for (kind, fields) in [
        ("github", json!({ "repository_owner": "sea", "repository_name": "tide", "workflow_filename": "ci.yml" })),
        ("gitlab", json!({ "namespace": "sea", "project": "tide", "workflow_filepath": "ci.yml" })),
        ("oidc", json!({ "provider": "forge", "rules": rules })),
    ] {
        let (key, path) = (format!("{kind}_config"), format!("{base}/{kind}_configs"));
        let of = |name: &str, pending: bool| {
            let mut config = fields.clone();
            (config["crate"], config["pending"]) = (name.into(), pending.into());
            Some(json!({ &key: config }))
        };
        let made = inspector.ask(Keeper, Method::POST, &path, of("tide-core", false), 200).await;
        let waiting = inspector.ask(Keeper, Method::POST, &path, of("to-be", true), 200).await;
        inspector.ask(Keeper, Method::GET, &format!("{path}?crate=tide-core&per_page=1"), None, 200).await;
        inspector.ask(Keeper, Method::GET, &format!("{path}?user_id={keeper}"), None, 200).await;
        for (body, status) in [(of("nobody", false), 404), (None, 415), (Some(json!({})), 422), (of("std", true), 400)]
        {
            inspector.ask(Keeper, Method::POST, &path, body, status).await;
        }
        inspector.ask(Nobody, Method::GET, &format!("{path}?crate=tide-core"), None, 403).await;
        inspector.ask(Keeper, Method::GET, &path, None, 400).await;
        if kind == "oidc" {
            exchange(inspector, issuer).await;
        }
        for config in [made, waiting] {
            let path = format!("{path}/{}", config[&key]["id"]);
            inspector.ask(Keeper, Method::DELETE, &path, None, 204).await;
            inspector.ask(Keeper, Method::DELETE, &path, None, 404).await;
        }
    }
}

async fn exchange(inspector: &mut Inspector<'_>, issuer: &IssuerServer) {
    let path = "/api/v1/trusted_publishing/tokens";
    let claims = json!({
        "iss": issuer.url, "aud": "127.0.0.1", "iat": 1_700_000_000, "exp": 4_000_000_000_u64, "jti": "1",
        "sub": "repo:sea/tide",
    });
    let body = Some(json!({ "jwt": issuer.sign(&claims) }));
    let minted = inspector.ask(Nobody, Method::POST, path, body.clone(), 200).await;
    inspector.ask(Nobody, Method::POST, path, body, 400).await;
    inspector.ask(Nobody, Method::DELETE, path, None, 401).await;
    let request = inspector.server.request(Method::DELETE, path).bearer_auth(minted["token"].as_str().unwrap());
    inspector.inspect(request, &Method::DELETE, path, 204).await;
}

async fn ask_for_nonsense(inspector: &mut Inspector<'_>) {
    for (path, status) in [
        ("/api/v1/crates?per_page=0", 400),
        ("/api/v1/crates?per_page=101", 400),
        ("/api/v1/crates?page=201", 400),
        ("/api/v1/crates?page=1&seek=Mg", 400),
        ("/api/v1/crates?seek=%21", 400),
        ("/api/v1/crates?q=%00", 400),
        ("/api/v1/crates?user_id=x", 400),
        ("/api/v1/crates?following=1", 403),
        ("/api/v1/suggest?per_page=0", 400),
        ("/api/v1/crates/new?include=odd", 400),
        ("/api/v1/crates/nobody", 404),
        ("/api/v1/crates/nobody?include=odd", 400),
        ("/api/v1/crates/nobody/versions", 404),
        ("/api/v1/crates/manifold/versions?page=2&per_page=2", 400),
        ("/api/v1/crates/nobody/downloads", 404),
        ("/api/v1/crates/manifold/downloads?include=odd", 400),
        ("/api/v1/crates/nobody/reverse_dependencies", 404),
        ("/api/v1/crates/nobody/reverse_dependencies?page=201", 400),
        ("/api/v1/crates/nobody/owners", 404),
        ("/api/v1/crates/nobody/owner_user", 404),
        ("/api/v1/crates/nobody/owner_team", 404),
        ("/api/private/crate_owner_invitations?invitee_id=1", 403),
        ("/api/private/crate_owner_invitations?invitee_id=x", 400),
        ("/api/v1/me/crate_owner_invitations", 403),
        ("/api/v1/crates/manifold/following", 403),
        ("/api/v1/crates/manifold/9.9.9", 404),
        ("/api/v1/crates/manifold/nine", 400),
        ("/api/v1/crates/manifold/9.9.9/dependencies", 404),
        ("/api/v1/crates/manifold/9/dependencies", 400),
        ("/api/v1/crates/manifold/9.9.9/downloads", 404),
        ("/api/v1/crates/manifold/1.0.0/downloads?before_date=today", 400),
        ("/api/v1/crates/1manifold/1.0.0/download", 404),
        ("/api/v1/crates/manifold/one/download", 400),
        ("/api/v1/crates/1manifold/1.0.0/readme", 404),
        ("/api/v1/crates/manifold/one/readme", 400),
        ("/api/v1/keywords?page=0", 400),
        ("/api/v1/keywords/nothing", 404),
        ("/api/v1/categories?seek=Mg", 400),
        ("/api/v1/categories/nothing", 404),
    ] {
        inspector.get(path, status).await;
    }
}

async fn try_to_change_things(inspector: &mut Inspector<'_>) {
    let (krate, version) = ("/api/v1/crates/manifold", "/api/v1/crates/manifold/1.0.0");
    let (yank, unyank) = (format!("{version}/yank"), format!("{version}/unyank"));
    let owners = format!("{krate}/owners");
    let alice_only = json!({ "owners": ["alice"] });
    for (who, method, path, body, status) in [
        (Nobody, Method::DELETE, &*yank, None, 403),
        (Alice, Method::DELETE, &*yank, None, 403),
        (Admin, Method::DELETE, "/api/v1/crates/manifold/x/yank", None, 400),
        (Admin, Method::DELETE, "/api/v1/crates/nobody/1.0.0/yank", None, 404),
        (Alice, Method::PUT, &*unyank, None, 403),
        (Admin, Method::PUT, "/api/v1/crates/manifold/9.9.9/unyank", None, 404),
        (Admin, Method::PATCH, version, None, 415),
        (Admin, Method::PATCH, version, Some(json!({})), 422),
        (Admin, Method::PATCH, version, Some(json!({ "version": { "yank_message": "why" } })), 400),
        (Nobody, Method::PATCH, version, Some(json!({ "version": {} })), 403),
        (Admin, Method::PATCH, "/api/v1/crates/nobody/1.0.0", Some(json!({ "version": {} })), 404),
        (Alice, Method::PATCH, krate, Some(json!({ "crate": {} })), 403),
        (Alice, Method::PATCH, krate, None, 415),
        (Alice, Method::PATCH, krate, Some(json!({})), 422),
        (Alice, Method::PATCH, "/api/v1/crates/nobody", Some(json!({ "crate": {} })), 404),
        (Nobody, Method::PUT, "/api/v1/crates/manifold/follow", None, 403),
        (Admin, Method::PUT, "/api/v1/crates/nobody/follow", None, 404),
        (Admin, Method::DELETE, "/api/v1/crates/nobody/follow", None, 404),
        (Nobody, Method::POST, "/api/v1/crates/manifold/1.0.0/rebuild_docs", None, 403),
        (Keeper, Method::POST, "/api/v1/crates/manifold/9.9.9/rebuild_docs", None, 404),
        (Admin, Method::PUT, &*owners, Some(json!({ "owners": ["no-such-person"] })), 400),
        (Alice, Method::PUT, &*owners, Some(alice_only.clone()), 403),
        (Admin, Method::PUT, &*owners, Some(json!({ "owners": "alice" })), 422),
        (Admin, Method::PUT, &*owners, None, 415),
        (Admin, Method::PUT, "/api/v1/crates/nobody/owners", Some(alice_only.clone()), 404),
        (Admin, Method::DELETE, &*owners, Some(alice_only), 400),
        (Nobody, Method::DELETE, krate, None, 403),
        (Keeper, Method::DELETE, "/api/v1/crates/nobody", None, 404),
        (Keeper, Method::DELETE, krate, None, 422),
        (Nobody, Method::POST, "/api/private/session", Some(json!({ "login": "keeper", "password": "" })), 403),
        (Nobody, Method::POST, "/api/private/session", Some(json!({ "login": 1 })), 422),
        (Nobody, Method::POST, "/api/private/session", Some(json!({ "login": "\0", "password": "" })), 400),
        (Nobody, Method::POST, "/api/private/session", None, 415),
        (Keeper, Method::DELETE, "/api/v1/crates/new", None, 405),
    ] {
        inspector.ask(who, method, path, body, status).await;
    }
}

async fn try_to_publish(inspector: &mut Inspector<'_>) {
    let publish = "/api/v1/crates/new";
    let (admin, alice) = (inspector.shop.admin.token.clone(), inspector.shop.alice.token.clone());
    for (token, body, status) in [
        ("nonsense", Vec::new(), 400),
        ("nonsense", krate("late").publish_body(), 401),
        (&*alice, krate("late").version("2.0.0").publish_body(), 403),
        (&*admin, krate("late").publish_body(), 400),
        (&*admin, vec![255; 8], 413),
    ] {
        let request = inspector.server.request(Method::PUT, publish).header("authorization", token).body(body);
        inspector.inspect(request, &Method::PUT, publish, status).await;
    }
    for path in ["/api/v1/crates/manifold/1.0.0/yank", "/api/v1/crates/manifold/owners"] {
        let request = inspector.server.request(Method::DELETE, path).header("authorization", "Basic eA==");
        let request = request.json(&json!({ "owners": ["alice"] }));
        inspector.inspect(request, &Method::DELETE, path, 401).await;
    }
}

async fn look_at_people(inspector: &mut Inspector<'_>) {
    let me = inspector.ask(Keeper, Method::GET, "/api/v1/me", None, 200).await;
    let id = me["user"]["id"].clone();
    assert!(!me["owned_crates"].as_array().unwrap().is_empty());
    inspector.ask(Admin, Method::GET, "/api/v1/me", None, 403).await;
    inspector.ask(Keeper, Method::PUT, "/api/v1/crates/tide-core/follow", None, 200).await;
    let updates = inspector.ask(Keeper, Method::GET, "/api/v1/me/updates?per_page=2", None, 200).await;
    assert_eq!(updates["versions"].as_array().unwrap().len(), 2);
    inspector.ask(Keeper, Method::GET, "/api/v1/me/updates?per_page=0", None, 400).await;
    let wishes = json!([{ "id": me["owned_crates"][0]["id"], "email_notifications": false }]);
    inspector.ask(Keeper, Method::PUT, "/api/v1/me/email_notifications", Some(wishes), 200).await;
    inspector.ask(Keeper, Method::PUT, "/api/v1/me/email_notifications", Some(json!({})), 422).await;
    inspector.get("/api/v1/users/KEEPER", 200).await;
    inspector.get("/api/v1/users/no-such-person", 404).await;
    inspector.get(&format!("/api/v1/users/{id}/stats"), 200).await;
    inspector.get("/api/v1/users/x/stats", 400).await;
    let (account, resend) = (format!("/api/v1/users/{id}"), format!("/api/v1/users/{id}/resend"));
    let settings = json!({ "user": { "email": "keeper@login.example", "publish_notifications": false } });
    inspector.ask(Keeper, Method::PUT, &account, Some(settings.clone()), 200).await;
    inspector.ask(Alice, Method::PUT, &account, Some(settings), 400).await;
    inspector.ask(Keeper, Method::PUT, &account, Some(json!({})), 422).await;
    inspector.ask(Keeper, Method::PUT, &resend, None, 200).await;
    inspector.ask(Alice, Method::PUT, &resend, None, 400).await;
    let secret = inspector.mailbox.latest("keeper@login.example").link(&format!("{}/confirm/", inspector.server.url));
    inspector.ask(Nobody, Method::PUT, &format!("/api/v1/confirm/{secret}"), None, 200).await;
    inspector.ask(Nobody, Method::PUT, "/api/v1/confirm/none", None, 400).await;
    inspector.ask(Admin, Method::GET, "/api/private/admin_list/keeper", None, 200).await;
    inspector.ask(Alice, Method::GET, "/api/private/admin_list/keeper", None, 403).await;
    inspector.ask(Admin, Method::GET, "/api/private/admin_list/nobody", None, 404).await;
    look_at_tokens(inspector).await;
}

async fn look_at_tokens(inspector: &mut Inspector<'_>) {
    let tokens = "/api/v1/me/tokens";
    let limits =
        json!({ "endpoint_scopes": ["yank"], "crate_scopes": ["tide*"], "expired_at": "2001-01-01T00:00:00Z" });
    for (name, more) in [("a", limits), ("b", json!({ "endpoint_scopes": [] }))] {
        let mut token = more;
        token["name"] = name.into();
        let made = inspector.ask(Keeper, Method::PUT, tokens, Some(json!({ "api_token": token })), 200).await;
        let path = format!("{tokens}/{}", made["api_token"]["id"]);
        inspector.ask(Keeper, Method::GET, &path, None, 200).await;
        inspector.ask(Admin, Method::GET, &path, None, 404).await;
        inspector.ask(Keeper, Method::GET, &format!("{tokens}?expired_days=36500"), None, 200).await;
        inspector.ask(Keeper, Method::DELETE, &path, None, 200).await;
    }
    for (who, body, status) in [
        (Admin, Some(json!({ "api_token": { "name": "c", "endpoint_scopes": [] } })), 400),
        (Nobody, Some(json!({ "api_token": { "name": "c", "endpoint_scopes": [] } })), 403),
        (Keeper, Some(json!({ "api_token": { "name": "" } })), 400),
        (Keeper, Some(json!({ "api_token": {} })), 422),
        (Keeper, None, 415),
    ] {
        inspector.ask(who, Method::PUT, tokens, body, status).await;
    }
    inspector.ask(Keeper, Method::GET, &format!("{tokens}?expired_days=x"), None, 400).await;
    inspector.ask(Keeper, Method::DELETE, tokens, None, 200).await;
    inspector.ask(Keeper, Method::DELETE, "/api/v1/tokens/current", None, 400).await;
    let leaked = inspector.server.token("alice", &[]);
    let report = json!([{ "token": leaked.token, "type": "t", "url": "", "source": "s" }]);
    for (path, authorization, status) in [
        ("/api/v1/secret_scanning/verify", SCANNING_SECRET, 200),
        ("/api/v1/secret_scanning/verify", "another", 403),
        ("/api/github/secret-scanning/verify", "another", 404),
    ] {
        let request = inspector.server.request(Method::POST, path).header("authorization", authorization);
        inspector.inspect(request.json(&report), &Method::POST, path, status).await;
    }
    let current = inspector.server.token("alice", &["--scope", "read"]);
    for status in [204, 403] {
        let path = "/api/v1/tokens/current";
        let request = inspector.server.request(Method::DELETE, path).header("authorization", &current.token);
        inspector.inspect(request, &Method::DELETE, path, status).await;
    }
}

async fn sign_out_and_delete(inspector: &mut Inspector<'_>) {
    inspector.ask(Keeper, Method::DELETE, "/api/v1/crates/silent?message=unused", None, 204).await;
    inspector.get("/api/v1/crates/silent", 404).await;
    inspector.ask(Keeper, Method::DELETE, "/api/private/session", None, 200).await;
    let made: Value = serde_json::from_str(&inspector.server.cli(&[
        "admin",
        "user",
        "create",
        "guest",
        "--email",
        "guest@registry.example",
        "--json",
    ]))
    .unwrap();
    let body = json!({ "login": "guest", "password": made["password"] });
    inspector.ask(Nobody, Method::POST, "/api/private/session", Some(body), 200).await;
}

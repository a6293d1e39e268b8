//! Everything that the `OpenAPI` documents allow to be asked, and much that they do not: thousands of requests that schemathesis
//! makes up, each answer held against the document.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Contract, METHODS, NAMES, Shape, Shop, TestServer, service};

/// How many requests every group of operations must stand in each document.
const REQUESTS: usize = 2000;

/// The requests are the same every time.
const SEED: usize = 20_260_131;

/// What lets schemathesis find what is there: made-up names mostly lead to a 404.
const DICTIONARIES: &str = r#"
[dictionaries]
names.values = NAMES
versions.values = ["1.0.0", "1.1.0", "0.2.0", "2.0.0-rc.1+build.5", "9.9.9"]
keywords.values = ["tide", "WAVES", "codec", "none"]
categories.values = ["asynchronous", "web-programming", "web-programming::http-server", "none"]

[parameters]
"path.name" = { dictionary = "names", probability = 0.7 }
"path.crate" = { dictionary = "names", probability = 0.7 }
"path.version" = { dictionary = "versions", probability = 0.7 }
"path.keyword" = { dictionary = "keywords", probability = 0.5 }
"path.category" = { dictionary = "categories", probability = 0.5 }
"#;

/// Of all the checks there are, those that contradict the contract.
const OUR_EXCEPTIONS: &str = r#"
# `page` and `seek` exclude each other, and a `seek` must come from this list in this order: no schema can say so.
[[operations]]
include-operation-id = ["list_crates", "list_versions"]
checks.positive_data_acceptance.enabled = false

# The body is a frame around JSON and a tarball, of which a schema can only say that it is bytes.
[[operations]]
include-operation-id = "publish"
checks.positive_data_acceptance.enabled = false

# Logins must be somebody's: a 400, since cargo takes a 404 for a missing crate.
[[operations]]
include-operation-id = ["add_owners", "remove_owners"]
checks.positive_data_acceptance.enabled = false

# Members must be somebody, and a team is made once and managed here: a 400 where it is not so.
[[operations]]
include-operation-id = ["create_team", "update_team", "list_team_members", "add_team_members", "remove_team_members"]
checks.positive_data_acceptance.enabled = false

# To a schema 2.0 is an integer; to this server, as to the reference, it is of another shape.
[[operations]]
include-operation-id = "answer_owner_invitation"
checks.positive_data_acceptance.enabled = false

# Codes, passwords, keys, invitations and logins must be good ones, not only well-formed: a 400 or 422, since a person may try again.
[[operations]]
include-operation-id = ["authorize_session", "find_signup", "sign_up_elsewhere", "open_account", "change_password",
    "confirm_second_factor", "offer_second_factor", "register_public_key", "invite", "unlink_identity",
    "lock_user", "unlock_user", "list_rate_limits", "set_rate_limit", "remove_rate_limit"]
checks.positive_data_acceptance.enabled = false

# Without a token it is a 403, as everywhere.
[[operations]]
include-operation-id = "revoke_current_api_token"
checks.missing_required_header.enabled = false

# One of two filters is needed, and a `seek` must come from this list: no schema can say so.
[[operations]]
include-operation-id = ["list_owner_invitations", "list_my_owner_invitations"]
checks.positive_data_acceptance.enabled = false

# A message needs a yanked version: a 400, whatever the shape of the body.
[[operations]]
include-operation-id = "update_version"
checks.positive_data_acceptance.enabled = false

# The address must be a mailbox, and the id one's own: a 400, since a person may try again.
[[operations]]
include-operation-id = ["update_user", "resend_email_verification", "confirm_user_email"]
checks.positive_data_acceptance.enabled = false

# To a schema `1.0` is an integer, to us it is none: a 422.
[[operations]]
include-operation-id = "update_email_notifications"
checks.positive_data_acceptance.enabled = false

# Scopes and patterns have an order of checks of their own, and a token makes no other: all of that is a 400.
[[operations]]
include-operation-id = "create_api_token"
checks.positive_data_acceptance.enabled = false

# Only an issuer can make a JWT that is good, and only once.
[[operations]]
include-operation-id = "exchange_trustpub_token"
checks.positive_data_acceptance.enabled = false

# Either of two parameters, a `seek` from this list, a crate of one's own, an issuer that the operator knows: no schema can say so.
[[operations]]
include-operation-id = ["list_trustpub_github_configs", "list_trustpub_gitlab_configs", "list_trustpub_oidc_configs",
    "create_trustpub_github_config", "create_trustpub_gitlab_config", "create_trustpub_oidc_config"]
checks.positive_data_acceptance.enabled = false

# Every try to sign in hashes a password, which takes long on purpose.
[[operations]]
include-operation-id = ["sign_in", "open_account", "change_password"]
generation.max-examples = 100
"#;

/// What else contradicts the contract for somebody who is signed in: a crate on which others build is not deleted, and without a
/// documentation host none is asked, both a 422. Nor can the tool leave the cookie out that every request has.
const SIGNED_IN_EXCEPTIONS: &str = r#"
[checks]
negative_data_rejection.enabled = false

[[operations]]
include-operation-id = ["delete_crate", "rebuild_version_docs"]
checks.positive_data_acceptance.enabled = false
"#;

/// What a document that names only some statuses and no bounds cannot promise; its `Location` has a host, while ours is relative
/// where this host serves the files.
const SEED_EXCEPTIONS: &str = "
[checks]
status_code_conformance.enabled = false
response_headers_conformance.enabled = false
positive_data_acceptance.enabled = false
negative_data_rejection.enabled = false
missing_required_header.enabled = false
unsupported_method.enabled = false
allow_header_conformance.enabled = false
ignored_auth.enabled = false
";

/// A workplace of the tool, with its configuration in it; nothing it leaves behind outlives the test.
struct Tool {
    folder: TempDir,
}

/// What would end the run: nobody is let in with a token that is revoked.
const REVOKING: [&str; 2] = ["revoke_api_token", "revoke_current_api_token"];

/// What would end the run of somebody who is signed in.
const SIGNING_OUT: [&str; 4] = ["sign_out", "end_session", "end_all_sessions", "change_password"];

/// A registry that stands many attempts to get in.
fn patient(shape: Shape) -> TestServer {
    let settings = [
        ("CARGOHOLD_LIMITS__SIGN_IN__BURST", "1000000"),
        ("CARGOHOLD_LIMITS__TOKEN_CREATION__BURST", "1000000"),
        ("CARGOHOLD_LIMITS__MAIL__BURST", "1000000"),
    ];
    TestServer::start_with(shape, &settings)
}

/// What a run is about.
struct Run<'r> {
    document: &'r str,
    server: &'r TestServer,
    headers: &'r [String],
    /// How many requests every group must stand.
    requests: usize,
    /// Operations to pass over.
    without: &'r [&'r str],
}

impl Tool {
    fn new(exceptions: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = format!("{DICTIONARIES}{exceptions}").replace("NAMES", &json!(NAMES).to_string());
        std::fs::write(folder.path().join("schemathesis.toml"), configuration).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Asks the operations of a group and answers how many requests that took. Fails with what the tool says.
    fn ask(&self, run: &Run<'_>, tag: &str, examples: usize, seed: usize) -> usize {
        let report = self.path().join(format!("{tag}.json"));
        let mut command = Command::new(service("TEST_SCHEMATHESIS"));
        command.args(["--config-file", "schemathesis.toml", "--no-color", "run", run.document]);
        command.args(["--url", &run.server.url, "--include-tag", tag]);
        command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", &examples.to_string()]);
        command.args(["--seed", &seed.to_string(), "--generation-database", "none", "--suppress-health-check", "all"]);
        command.args(["--warnings", "off", "--continue-on-failure", "--output-sanitize", "false"]);
        command.args(["--report", "json", "--report-json-path"]).arg(&report);
        for header in run.headers {
            command.args(["--header", header]);
        }
        for id in run.without {
            command.args(["--exclude-operation-id", id]);
        }
        let output = command.current_dir(self.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
        assert_eq!((&report["complete"], &report["errors"]), (&json!(true), &json!([])), "{said}");
        assert_eq!(report["operations"]["tested"], report["operations"]["selected"], "{said}");
        report["test_cases"]["generated"].as_u64().unwrap().try_into().unwrap()
    }

    /// Asks all groups of a document.
    fn ask_all(&self, run: &Run<'_>, document: &Value) {
        for (tag, operations) in groups(document) {
            let with_input = operations.iter().filter(|operation| has_input(operation)).count();
            if with_input == 0 {
                // What has no input can be asked in one way only.
                assert!(self.ask(run, tag, 1, SEED) >= operations.len());
            } else {
                self.ask_group(run, tag, run.requests.div_ceil(with_input));
            }
        }
    }

    /// Asks a group until that were enough requests: some operations run out of different ones early.
    fn ask_group(&self, run: &Run<'_>, tag: &str, examples: usize) {
        let mut asked = 0;
        for seed in SEED..SEED + 4 {
            asked += self.ask(run, tag, examples, seed);
            if asked >= run.requests {
                return;
            }
        }
        panic!("only {asked} requests to {tag}");
    }
}

/// The operations of a document, by their tags.
fn groups(document: &Value) -> BTreeMap<&str, Vec<&Value>> {
    let mut groups: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in METHODS.iter().filter_map(|method| item.get(method)) {
            groups.entry(operation["tags"][0].as_str().unwrap()).or_default().push(operation);
        }
    }
    groups
}

/// Whether there is more than one way to ask. Signing in counts as none: it is asked less often than the others.
fn has_input(operation: &Value) -> bool {
    let is_slow = ["sign_in", "open_account"].contains(&operation["operationId"].as_str().unwrap_or_default());
    !is_slow && (operation.get("parameters").is_some() || operation.get("requestBody").is_some())
}

async fn our_document(server: &TestServer) -> (String, Value) {
    let path = "/api/openapi.json?internal";
    (format!("{}{path}", server.url), server.get(path).await.json().await.unwrap())
}

#[tokio::test]
async fn whoever_has_a_token_finds_our_document_true() {
    let server = patient(Shape::Fleet);
    Shop::open(&server).await;
    let (address, document) = our_document(&server).await;
    let headers = [format!("Authorization: {}", server.admin.token)];
    let run = Run { document: &address, server: &server, headers: &headers, requests: REQUESTS, without: &REVOKING };
    Tool::new(OUR_EXCEPTIONS).ask_all(&run, &document);
}

#[tokio::test]
async fn whoever_is_signed_in_or_nobody_finds_our_document_true() {
    let server = patient(Shape::Small);
    let shop = Shop::open(&server).await;
    let (address, document) = our_document(&server).await;
    let run = Run { document: &address, server: &server, headers: &[], requests: REQUESTS / 4, without: &[] };
    Tool::new(OUR_EXCEPTIONS).ask_all(&run, &document);
    // The web site's own operations once more for somebody who may use them. Signing out would end that.
    let headers = [format!("Cookie: {}", shop.cookie)];
    let run = Run { headers: &headers, requests: REQUESTS, without: &SIGNING_OUT, ..run };
    Tool::new(&format!("{OUR_EXCEPTIONS}{SIGNED_IN_EXCEPTIONS}")).ask_group(&run, "internal", REQUESTS / 3);
}

/// The seed's document promises less than the contract: it knows neither all statuses nor that members may be null, so nulls are
/// put into it here, and only failures of ours, content types and bodies are held against it.
#[tokio::test]
async fn whoever_has_a_token_finds_the_seeds_document_true() {
    let server = TestServer::start(Shape::Small);
    Shop::open(&server).await;
    let mut document = Contract::seed().document().clone();
    for schema in document["components"]["schemas"].as_object_mut().unwrap().values_mut() {
        allow_nulls(schema);
    }
    let tool = Tool::new(SEED_EXCEPTIONS);
    let file = tool.path().join("seed.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let headers = [format!("Authorization: {}", server.admin.token)];
    let run =
        Run { document: file.to_str().unwrap(), server: &server, headers: &headers, requests: REQUESTS, without: &[] };
    tool.ask_all(&run, &document);
}

/// Lets every member of the objects be null. Members that must be there stay so, as do request bodies' own members.
fn allow_nulls(schema: &mut Value) {
    if let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for member in members.values_mut() {
            allow_nulls(member);
            *member = json!({ "anyOf": [member.take(), { "type": "null" }] });
        }
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(inner) {
            allow_nulls(inner);
        }
    }
}

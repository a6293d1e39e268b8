//! A real server process on a free port with a store of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use tempfile::TempDir;

use super::{Krate, eventually};

/// What a registry is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// SQLite and a local folder.
    Small,
    /// PostgreSQL and S3.
    Fleet,
}

/// A running server. It is killed when the test ends.
pub(crate) struct TestServer {
    pub(crate) url: String,
    /// The first administrator's token.
    pub(crate) admin: User,
    /// The first administrator's password, which is good once.
    pub(crate) password: String,
    pub(crate) http: reqwest::Client,
    child: Child,
    stdout: BufReader<ChildStdout>,
    environment: Vec<(String, String)>,
    /// How many files it may open, if not as many as this test.
    files: Option<u32>,
    folder: TempDir,
}

/// Somebody with a token.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) token: String,
}

/// Limits that do not get in the way of tests about something else.
const GENEROUS: [(&str, &str); 5] = [
    ("CARGOHOLD_LIMITS__SEARCH__BURST", "100000"),
    ("CARGOHOLD_LIMITS__PUBLISH_NEW__BURST", "100000"),
    ("CARGOHOLD_LIMITS__PUBLISH_UPDATE__BURST", "100000"),
    ("CARGOHOLD_LIMITS__YANK_UNYANK__BURST", "100000"),
    ("CARGOHOLD_LIMITS__MAIL__BURST", "100000"),
];

impl TestServer {
    pub(crate) fn start(shape: Shape) -> Self {
        Self::start_with(shape, &[])
    }

    /// Starts a server with further settings, given as environment variables.
    pub(crate) fn start_with(shape: Shape, settings: &[(&str, &str)]) -> Self {
        Self::start_limited(shape, settings, None)
    }

    /// Starts a server that may open so many files, with further settings.
    pub(crate) fn start_limited(shape: Shape, settings: &[(&str, &str)], files: Option<u32>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut environment: Vec<(String, String)> = Vec::new();
        let mut set = |key: &str, value: &str| {
            environment.retain(|(other, _)| other != key);
            environment.push((key.to_owned(), value.to_owned()));
        };
        for (key, value) in GENEROUS {
            set(key, value);
        }
        if shape == Shape::Fleet {
            let database = new_database();
            set("CARGOHOLD_STORAGE__PREFIX", database.rsplit('/').next().unwrap());
            set("CARGOHOLD_DATABASE__URL", &database);
            set("CARGOHOLD_STORAGE__KIND", "s3");
            set("CARGOHOLD_STORAGE__BUCKET", "cargohold-test");
            set("CARGOHOLD_STORAGE__ENDPOINT", &service("TEST_S3_ENDPOINT"));
            set("CARGOHOLD_STORAGE__ACCESS_KEY_ID", "testkey");
            set("CARGOHOLD_STORAGE__SECRET_ACCESS_KEY", "testsecret");
        }
        for (key, value) in settings {
            set(key, value);
        }
        let (child, mut stdout) = spawn(folder.path(), &environment, files, "127.0.0.1:0");
        let greeting = read_until_listening(&mut stdout);
        let token = word_after(&greeting, "token ").expect("the first start shows a token");
        let url = word_after(&greeting, "listening on ").unwrap();
        let password = word_after(&greeting, "password ").expect("the first start shows a password");
        let admin = User { token };
        Self { url, admin, password, http: client(), child, stdout, environment, files, folder }
    }

    /// Whether the database is PostgreSQL.
    pub(crate) fn is_fleet(&self) -> bool {
        self.environment.iter().any(|(key, _)| key == "CARGOHOLD_DATABASE__URL")
    }

    /// The folder with the server's data.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The peak of the server's memory since the last call, in KiB.
    pub(crate) fn take_peak_kib(&self) -> u64 {
        let process = format!("/proc/{}", self.child.id());
        let status = std::fs::read_to_string(format!("{process}/status")).unwrap();
        std::fs::write(format!("{process}/clear_refs"), "5").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// The server's memory, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// How many connections the server has open.
    pub(crate) fn count_sockets(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap();
        let leads_to = |file: std::fs::DirEntry| std::fs::read_link(file.path()).ok();
        let open = files.filter_map(|file| leads_to(file.ok()?));
        open.filter(|to| to.to_string_lossy().starts_with("socket:")).count()
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Ends the server as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells the server to stop.
    pub(crate) fn terminate(&mut self) {
        let told = Command::new("sh").args(["-c", "kill $0", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Waits for the end of the server and answers whether it went well.
    pub(crate) fn wait(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// Starts another server on the same database and storage, as a second process of one registry.
    pub(crate) fn start_beside(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::copy(self.data_dir().join("secret.key"), folder.path().join("data").join("secret.key")).unwrap();
        let (child, mut stdout) = spawn(folder.path(), &self.environment, self.files, "127.0.0.1:0");
        let greeting = read_until_listening(&mut stdout);
        let url = word_after(&greeting, "listening on ").unwrap();
        let (environment, files) = (self.environment.clone(), self.files);
        let (admin, password) = (self.admin.clone(), self.password.clone());
        Self { url, admin, password, http: client(), child, stdout, environment, files, folder }
    }

    /// Starts the server again at the same address, with the same data.
    pub(crate) fn restart(&mut self) {
        let address = self.url.rsplit('/').next().unwrap().to_owned();
        let (child, stdout) = spawn(self.folder.path(), &self.environment, self.files, &address);
        (self.child, self.stdout) = (child, stdout);
        self.http = client();
        let greeting = read_until_listening(&mut self.stdout);
        assert!(!greeting.contains("token"), "only the first start creates an administrator");
    }

    /// Starts the server again at the same address, with further settings.
    pub(crate) fn restart_with(&mut self, settings: &[(&str, &str)]) {
        self.environment.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        self.restart();
    }

    /// Runs `cargohold` with the same configuration, beside the server.
    pub(crate) fn cli(&self, arguments: &[&str]) -> String {
        let output = command(self.folder.path(), &self.environment, None).args(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `cargohold`, insists on this exit code and answers what it said.
    pub(crate) fn cli_fails(&self, arguments: &[&str], code: i32) -> String {
        let output = command(self.folder.path(), &self.environment, None).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// A new person with a token for everything.
    pub(crate) fn user(&self, login: &str) -> User {
        let email = format!("{login}@registry.example");
        self.cli(&["admin", "user", "create", login, "--email", &email, "--json"]);
        self.token(login, &[])
    }

    /// A new token of somebody, made with further flags.
    pub(crate) fn token(&self, login: &str, flags: &[&str]) -> User {
        let arguments = [&["admin", "token", "create", "--user", login, "--name", "test", "--json"], flags].concat();
        let made: Value = serde_json::from_str(&self.cli(&arguments)).unwrap();
        User { token: made["token"].as_str().unwrap().to_owned() }
    }

    /// Where the server's database is, if it is no file.
    pub(crate) fn database_url(&self) -> Option<String> {
        self.environment.iter().find(|(key, _)| key == "CARGOHOLD_DATABASE__URL").map(|(_, url)| url.clone())
    }

    /// Runs a statement on the server's database, for states that no request can make or show yet; answers its one value.
    pub(crate) fn execute_sql(&self, sql: &str) -> String {
        let url = self.environment.iter().find(|(key, _)| key == "CARGOHOLD_DATABASE__URL");
        let mut client = if let Some((_, url)) = url {
            let mut psql = Command::new("psql");
            psql.args([url, "-qtA", "-v", "ON_ERROR_STOP=1", "-c", sql]);
            psql
        } else {
            // Python's standard library brings SQLite; its command-line shell would be one more package.
            let mut python = Command::new("python3");
            let script = "import sqlite3, sys\n\
                          with sqlite3.connect(sys.argv[1]) as db: print(*(db.execute(sys.argv[2]).fetchone() or []))";
            python.args(["-c", script]).arg(self.data_dir().join("cargohold.db")).arg(sql);
            python
        };
        let output = client.output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The same server, with a client that trusts this certificate.
    pub(crate) fn trusting(mut self, certificate: &str) -> Self {
        let certificate = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
        self.http = reqwest::Client::builder()
            .user_agent("cargohold-tests")
            .tls_certs_only([certificate])
            .no_proxy()
            .build()
            .unwrap();
        self
    }

    /// Whether any token was used yet.
    pub(crate) fn token_was_used(&self) -> bool {
        self.execute_sql("SELECT COUNT(*) FROM tokens WHERE last_used_at IS NOT NULL") != "0"
    }

    /// A request without credentials.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// The JSON at an address, which must be there.
    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> impl Future<Output = Value> {
        let (caller, request) = (std::panic::Location::caller(), self.request(Method::GET, path).send());
        let path = path.to_owned();
        async move {
            let answer = request.await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert_eq!(status, 200, "{path} ({caller}): {text}");
            serde_json::from_str(&text).unwrap()
        }
    }

    /// Signs somebody in and answers the cookie of their session. Whoever has yet to choose a password chooses one that follows
    /// from the first, so that they can be signed in again in the same way.
    pub(crate) async fn sign_in(&self, login: &str, password: &str) -> String {
        let chosen = format!("{password}, chosen");
        let sign_in = async |password: &str| {
            let request = self.request(Method::POST, "/api/private/session");
            request.json(&serde_json::json!({ "login": login, "password": password })).send().await.unwrap()
        };
        let mut answer = sign_in(password).await;
        if answer.status() == 403 {
            answer = sign_in(&chosen).await;
        }
        assert_eq!(answer.status(), 200);
        let cookie = cookie_of(&answer);
        let state: Value = answer.json().await.unwrap();
        if state["status"] != "password_change_required" {
            return cookie;
        }
        let request = self.request(Method::PUT, "/api/private/session/password").header("cookie", cookie);
        let change = serde_json::json!({ "old": password, "new": chosen });
        let answer = request.json(&change).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        cookie_of(&answer)
    }

    pub(crate) async fn put_publish(&self, user: &User, body: Vec<u8>) -> Response {
        let request = self.request(Method::PUT, "/api/v1/crates/new").header("authorization", &user.token);
        request.body(body).send().await.unwrap()
    }

    pub(crate) async fn publish(&self, user: &User, krate: &Krate) -> Response {
        self.put_publish(user, krate.publish_body()).await
    }

    /// Publishes as the administrator and insists on success.
    pub(crate) async fn publish_ok(&self, krate: &Krate) -> Value {
        let answer = self.publish(&self.admin, krate).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Publishes as the administrator and insists on a refusal; answers its text.
    pub(crate) async fn publish_refused(&self, krate: &Krate, status: u16) -> String {
        refusal(self.publish(&self.admin, krate).await, status).await
    }

    /// The text of a crate's index file, or nothing if there is none.
    pub(crate) async fn index(&self, name: &str) -> Option<String> {
        let answer = self.get(&format!("/index/{}", index_path(name))).await;
        match answer.status().as_u16() {
            200 => Some(answer.text().await.unwrap()),
            404 => None,
            status => panic!("{status} for the index file of {name}"),
        }
    }

    /// The lines of a crate's index file.
    pub(crate) async fn index_lines(&self, name: &str) -> Vec<Value> {
        let text = self.index(name).await.unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Searches until the crate of that name is found: the search index follows the publish within a moment.
    pub(crate) async fn search(&self, name: &str) -> Value {
        let mut list = Value::Null;
        eventually(&format!("{name} is found"), async || {
            let request = self.request(Method::GET, &format!("/api/v1/crates?q={name}"));
            let answer = request.header("authorization", &self.admin.token).send().await.unwrap();
            list = answer.json().await.unwrap();
            list["crates"][0]["name"] == name
        })
        .await;
        list
    }

    /// Whether reading needs a token.
    pub(crate) async fn is_private(&self) -> bool {
        self.get("/index/config.json").await.status() == 401
    }

    pub(crate) async fn download(&self, name: &str, version: &str) -> Response {
        self.get(&format!("/crates/{name}/{version}/download")).await
    }

    pub(crate) async fn yank(&self, user: &User, name: &str, version: &str) -> Response {
        let path = format!("/api/v1/crates/{name}/{version}/yank");
        self.request(Method::DELETE, &path).header("authorization", &user.token).send().await.unwrap()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

/// What a browser sends back of the cookie in an answer.
fn cookie_of(answer: &Response) -> String {
    answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// Insists on a refusal in cargo's form and answers its sentence.
pub(crate) async fn refusal(answer: Response, status: u16) -> String {
    let found = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert_eq!(found, status, "{text}");
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON envelope: {text}"));
    let errors = json["errors"].as_array().unwrap();
    assert_eq!((errors.len(), json.as_object().unwrap().len()), (1, 1), "{text}");
    errors[0]["detail"].as_str().unwrap().to_owned()
}

/// Where a crate's index file lies, written down a second time on purpose.
pub(crate) fn index_path(name: &str) -> String {
    let name = name.to_lowercase();
    match name.len() {
        1 | 2 => format!("{}/{name}", name.len()),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .user_agent("cargohold-tests")
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

fn command(folder: &Path, environment: &[(String, String)], files: Option<u32>) -> Command {
    let program = env!("CARGO_BIN_EXE_cargohold");
    let mut command = Command::new(if files.is_some() { "sh" } else { program });
    if let Some(files) = files {
        command.args(["-c", "ulimit -n $0; exec \"$@\"", &files.to_string(), program]);
    }
    command.env_clear().envs(environment.iter().cloned());
    command.env("CARGOHOLD_DATA_DIR", folder.join("data")).current_dir(folder);
    command
}

fn spawn(
    folder: &Path,
    environment: &[(String, String)],
    files: Option<u32>,
    address: &str,
) -> (Child, BufReader<ChildStdout>) {
    let log = std::fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut command = command(folder, environment, files);
    command.args(["serve", "--listen", address]).stdout(Stdio::piped()).stderr(log);
    let mut child = command.spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

fn read_until_listening(stdout: &mut impl BufRead) -> String {
    let mut greeting = String::new();
    loop {
        let mut line = String::new();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "the server ended before it listened:\n{greeting}");
        greeting.push_str(&line);
        if line.contains("listening on") {
            return greeting;
        }
    }
}

fn word_after(text: &str, before: &str) -> Option<String> {
    text.split_once(before)?.1.split_whitespace().next().map(str::to_owned)
}

/// Where a service of `cargo xtask` is.
pub(crate) fn service(variable: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the only way in for what `cargo xtask` started")]
    let value = std::env::var(variable);
    value.unwrap_or_else(|_| panic!("{variable} is not set; run `cargo xtask test`, which starts what the tests need"))
}

/// An empty database on PostgreSQL, as its address.
pub(crate) fn new_database() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let admin = service("TEST_POSTGRES_URL");
    let name = format!("it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let made = Command::new("psql").args([&admin, "-qc", &format!("CREATE DATABASE {name}")]).status().unwrap();
    assert!(made.success(), "cannot make a database");
    format!("{}/{name}", admin.rsplit_once('/').unwrap().0)
}

//! A registry with something of everything in it, for tests that look at all of it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Krate, TestServer, User, eventually, krate};

/// The crates of [`Shop::open`], and one that is none.
pub(crate) const NAMES: [&str; 6] = ["tide-core", "tide-codec", "Tide_Core", "manifold", "silent", "nobody"];

/// Who works in the shop.
pub(crate) struct Shop {
    /// Signed in at the web site; owns every crate.
    pub(crate) cookie: String,
    /// The token of the administrator, who owns every crate.
    pub(crate) admin: User,
    /// Somebody with a token for everything, who owns one crate.
    pub(crate) alice: User,
}

impl Shop {
    /// Fills a server: crates with all kinds of dependencies and features, many versions, yanked ones, keywords, categories,
    /// owners, followers and downloads.
    pub(crate) async fn open(server: &TestServer) -> Self {
        let admin = server.admin.clone();
        let alice = server.user("alice");
        for krate in stock() {
            server.publish_ok(&krate).await;
        }
        for version in ["1.0.0", "1.1.0"] {
            assert_eq!(server.yank(&admin, "silent", version).await.status(), 200);
        }
        let tell = async |method: Method, path: &str, body: Value| {
            let request = server.request(method, path).header("authorization", &admin.token);
            let answer = request.json(&body).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}: {}", answer.text().await.unwrap());
        };
        let why = json!({ "version": { "yanked": true, "yank_message": "leaks" } });
        tell(Method::PATCH, "/api/v1/crates/manifold/1.2.0", why).await;
        server.make_owner(&admin, "tide-core", "alice").await;
        tell(Method::PUT, "/api/v1/crates/tide-core/follow", json!({})).await;
        for (name, version, times) in [("tide-core", "1.1.0", 3), ("tide-codec", "0.2.0", 1), ("manifold", "1.0.0", 2)]
        {
            for _ in 0..times {
                // Only what cargo fetches counts.
                let path = format!("/crates/{name}/{version}/download");
                let request = server.request(Method::GET, &path).header("user-agent", "cargo 1.95.0");
                assert_eq!(request.send().await.unwrap().status(), 200);
            }
        }
        server.search("tide-codec").await;
        // Counters are written behind the answers.
        eventually("downloads are counted", async || {
            server.get("/api/v1/crates/manifold/1.0.0/downloads").await.json::<Value>().await.unwrap()
                ["version_downloads"][0]["downloads"]
                == 2
        })
        .await;
        Self { cookie: sign_up(server, "keeper").await, admin, alice }
    }
}

/// Makes an account that owns every crate, signs it in and answers its cookie.
async fn sign_up(server: &TestServer, login: &str) -> String {
    let cookie = server.sign_up(login).await;
    for name in ["tide-core", "tide-codec", "manifold", "silent"] {
        server.make_owner(&server.admin, name, login).await;
    }
    cookie
}

fn stock() -> Vec<Krate> {
    let core = |version: &str| {
        krate("tide-core")
            .version(version)
            .package("description = \"Waves that wait for each other\"")
            .package("keywords = [\"tide\", \"waves\"]")
            .package("categories = [\"asynchronous\", \"web-programming::http-server\"]")
            .package("homepage = \"https://tide.example/\"")
            .package("documentation = \"https://docs.example/tide-core\"")
            .package("repository = \"https://git.example/tide-core\"")
            .package("rust-version = \"1.85\"")
            .package("edition = \"2024\"")
            .package("links = \"tide\"")
            .package("build = \"build.rs\"")
            .file("build.rs", b"fn main() {}\n")
            .file("src/bin/tide.rs", b"fn main() {}\n")
            .metadata("readme", "# Tide\n\nEbb and flow.".into())
            .metadata("readme_file", "README.md".into())
    };
    let codec = krate("tide-codec")
        .version("0.2.0")
        .package("keywords = [\"tide\", \"codec\"]")
        .package("categories = [\"encoding\"]")
        .toml("[dependencies]\nwaves = { package = \"tide-core\", version = \"1\", optional = true }")
        .toml("[dev-dependencies]\ntide-core = { version = \"1\", default-features = false }")
        .toml("[build-dependencies]\ntide-core = \"1.0\"")
        .toml("[target.'cfg(unix)'.dependencies]\nmanifold = { version = \"1\", features = [\"fast\"] }")
        .toml("[features]\ndefault = [\"plain\"]\nplain = []\nwith-waves = [\"dep:waves\"]");
    let manifold = |version: &str| krate("manifold").version(version).toml("[features]\nfast = []");
    let mut all = vec![core("1.0.0"), core("1.1.0"), core("2.0.0-rc.1+build.5")];
    all.extend(["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "0.9.1"].map(manifold));
    all.push(codec);
    all.extend(["1.0.0", "1.1.0"].map(|version| krate("silent").version(version).dependency("manifold", "^1")));
    all
}

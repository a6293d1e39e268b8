//! How the most important pages look: pictures for people to judge, in light, dark and on a phone.

use reqwest::Method;

use crate::support::{Chrome, Shape, TestServer, eventually, in_seconds, krate};

const README: &str = "# harbor\n\nA place where waves wait for each other: **queues** that know when the water is high.\n\n\
    - bounded, fair and without allocation\n- works in `no_std`\n\n## How to use it\n\n```rust\n\
    use harbor::{Quay, Tide};\n\nfn main() {\n    let quay = Quay::new(4);\n    // Ships enter with the flood.\n    \
    for ship in quay.enter(Tide::High) {\n        println!(\"{ship} is in\");\n    }\n}\n```\n\n\
    | tide | enters | leaves |\n|---|---|---|\n| high | yes | yes |\n| low | no | small ones |\n\n\
    > Nothing leaves a harbor without a pilot.\n";

/// A library whose waiting ships become more with every version.
fn source(version: &str) -> String {
    format!(
        "//! A place where waves wait for each other.\n\nuse std::collections::VecDeque;\n\n\
         /// Where ships wait.\n#[derive(Debug, Default)]\npub struct Quay {{\n    ships: VecDeque<String>,\n}}\n\n\
         impl Quay {{\n    /// How many ships fit, since {version}.\n    pub const CAPACITY: usize = {};\n\n    \
         pub fn enter(&mut self, ship: &str) -> Result<usize, &'static str> {{\n        \
         if self.ships.len() == Self::CAPACITY {{\n            return Err(\"the harbor is full\");\n        }}\n        \
         self.ships.push_back(ship.to_owned());\n        Ok(self.ships.len())\n    }}\n}}\n",
        version.len() * 4
    )
}

/// Fills a registry with what a small company has.
async fn furnish(server: &TestServer) {
    for (name, blurb) in [
        ("pilot", "Brings ships safely in and out"),
        ("lighthouse", "Structured logs that can be seen from afar"),
        ("anchor-chain", "Keeps tasks where they are until they are wanted elsewhere"),
        ("buoy", "Small health checks for services"),
    ] {
        let krate = krate(name).package(&format!("description = \"{blurb}\"")).package("keywords = [\"harbor\"]");
        server.publish_ok(&krate.package("categories = [\"asynchronous\"]")).await;
    }
    for version in ["0.9.0", "1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0"] {
        let krate = krate("harbor")
            .version(version)
            .package("description = \"Queues that know when the water is high\"")
            .package("keywords = [\"queue\", \"harbor\", \"no-std\"]")
            .package("categories = [\"asynchronous\", \"data-structures\"]")
            .package("repository = \"https://git.example/harbor\"")
            .package("rust-version = \"1.85\"")
            .package("edition = \"2024\"")
            .package("license = \"MIT OR Apache-2.0\"")
            .dependency("pilot", "1")
            .toml("[features]\ndefault = [\"std\"]\nstd = []\nserde = []")
            .file("src/harbor.rs", source(version).as_bytes())
            .file("src/tide/mod.rs", b"pub enum Tide { High, Low }\n")
            .file("README.md", README.as_bytes())
            .metadata("readme", README.into())
            .metadata("readme_file", "README.md".into());
        server.publish_ok(&krate).await;
    }
    assert_eq!(server.yank(&server.admin, "harbor", "0.9.0").await.status(), 200);
    count_downloads(server).await;
    server.search("harbor").await;
}

/// Lets the versions look as if they had been downloaded for three months.
async fn count_downloads(server: &TestServer) {
    let days: Vec<String> = (0..90).map(|day| format!("SELECT {day} AS ago")).collect();
    let today = in_seconds(0).micros() / (24 * 60 * 60 * 1_000_000);
    // Less at the end of a week, and more from month to month.
    let count = "(130 - ago + (ago * 37) % 23) * (CASE WHEN ago % 7 < 2 THEN 1 ELSE 3 END) * (1 + versions.id % 4) / 4";
    server.execute_sql(&format!(
        "INSERT INTO version_downloads (version_id, day, downloads, counted) \
         SELECT versions.id, {today} - ago, {count}, 0 \
         FROM versions, ({}) AS days WHERE versions.num <> '0.9.0'",
        days.join(" UNION ALL ")
    ));
    // What is counted next takes all of that along.
    eventually("downloads are counted", async || {
        let request = server.request(Method::GET, "/crates/harbor/2.0.0/download").header("user-agent", "cargo 1.95.0");
        assert_eq!(request.send().await.unwrap().status(), 200);
        server.json("/api/v1/crates/harbor").await["crate"]["downloads"].as_i64() > Some(1000)
    })
    .await;
}

#[tokio::test]
async fn ten_pages_look_right_in_light_dark_and_on_a_phone() {
    // Looks do not depend on where the data lies.
    let server = TestServer::start(Shape::Small);
    furnish(&server).await;
    let chrome = Chrome::start(&server).await;
    let take = async |pages: &[(&str, &str)]| {
        for (name, path) in pages {
            chrome.open(path).await;
            assert_eq!(chrome.status().await, 200, "{path}");
            chrome.screenshots(name).await;
        }
    };
    take(&[
        ("home", "/"),
        ("search", "/search?q=harbor"),
        ("crate", "/crates/harbor"),
        ("chart", "/crates/harbor#downloads"),
        ("versions", "/crates/harbor/versions"),
        ("source", "/crates/harbor/2.0.0/code/src/harbor.rs"),
        ("diff", "/crates/harbor/diff?from=1.1.0&to=2.0.0"),
        ("sign-in", "/sign-in"),
    ])
    .await;
    chrome.carry(&server.sign_in("admin", &server.password).await).await;
    take(&[
        ("dashboard", "/dashboard"),
        ("new-token", "/settings/tokens/new"),
        ("settings", "/crates/harbor/settings"),
        ("admin", "/admin"),
    ])
    .await;
}

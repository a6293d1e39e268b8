//! What is asked for.

use reqwest::StatusCode;
use reqwest::header::{ETAG, IF_NONE_MATCH, USER_AGENT};

use crate::Failure;
use crate::server::Server;

/// The crates that are asked for.
const SMALL: &str = "edge-small";
const LARGE: &str = "edge-large";

pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    /// Whether the client has the answer already.
    pub(super) is_kept: bool,
    /// Whether the answer is a file, which nginx can send as well.
    pub(super) is_file: bool,
}

pub(super) const SCENARIOS: [Scenario; 6] = [
    file("index, 200", "/index/ed/ge/edge-small"),
    Scenario { is_kept: true, ..file("index, 304", "/index/ed/ge/edge-small") },
    file("crate of 20 KB", "/crates/edge-small/1.0.0/download"),
    file("crate of 200 KB", "/crates/edge-large/1.0.0/download"),
    Scenario { is_file: false, ..file("front page", "/") },
    Scenario { is_file: false, ..file("list, sort=downloads", "/api/v1/crates?sort=downloads") },
];

const fn file(name: &'static str, path: &'static str) -> Scenario {
    Scenario { name, path, is_kept: false, is_file: true }
}

/// Publishes what is asked for, and answers the files of the scenarios, each at its path.
pub(super) async fn prepare(server: &Server) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    for (name, bytes) in [(SMALL, 20_000), (LARGE, 200_000)] {
        server.publish(name, bytes)?.send().await?.error_for_status()?;
    }
    let mut files = Vec::new();
    for path in SCENARIOS.iter().filter(|scenario| scenario.is_file).map(|scenario| scenario.path) {
        files.push((path.to_owned(), server.get(path).await?));
    }
    Ok(files)
}

impl Scenario {
    /// The header that says what the client has, if it has anything.
    pub(super) async fn condition(&self, http: &reqwest::Client, url: &str) -> Result<Option<String>, Failure> {
        if !self.is_kept {
            return Ok(None);
        }
        let ask = || http.get(format!("{url}{}", self.path)).header(USER_AGENT, "cargohold-bench");
        let answer = ask().send().await?.error_for_status()?;
        let tag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        let tag = tag.ok_or_else(|| Failure::Refused(format!("{url}{} has no tag", self.path)))?;
        let again = ask().header(IF_NONE_MATCH, tag).send().await?.status();
        if again != StatusCode::NOT_MODIFIED {
            return Err(Failure::Refused(format!("{url}{} answered {again} to its own tag", self.path)));
        }
        Ok(Some(format!("if-none-match: {tag}")))
    }
}

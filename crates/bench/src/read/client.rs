//! One connection to the server, kept open between requests.

use std::time::Duration;

use crate::Failure;

/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// The contract turns away whoever does not say who they are.
const USER_AGENT: &str = concat!("cargohold-bench/", env!("CARGO_PKG_VERSION"));

#[derive(Debug)]
pub(super) struct Client {
    inner: reqwest::Client,
    url: String,
}

impl Client {
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        let client = reqwest::Client::builder().http1_only().no_proxy().pool_max_idle_per_host(1);
        let inner = client.user_agent(USER_AGENT).timeout(PATIENCE).build()?;
        Ok(Self { inner, url: url.trim_end_matches('/').to_owned() })
    }

    /// Asks for a path, and answers status and body once the whole body is here.
    pub(super) async fn get(&self, path: &str) -> Result<(u16, Vec<u8>), reqwest::Error> {
        let answer = self.inner.get(format!("{}{path}", self.url)).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.bytes().await?.into()))
    }
}

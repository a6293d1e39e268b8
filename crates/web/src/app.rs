//! What every handler can reach.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cargohold_registry::Registry;
use tokio::sync::Semaphore;

use crate::api;
use crate::block::BlockRules;
use crate::edge::RequestMemory;
use crate::host::Hosts;
use crate::openapi::Documents;

/// How many long answers, which are in memory already, may wait until there is memory for them.
const MAX_WAITING_ANSWERS: usize = 8;

/// The parts of a running site. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) registry: Arc<Registry>,
    pub(crate) clock: fn() -> SystemTime,
    pub(crate) times: Times,
    /// Whether plain connections may be upgraded to HTTP/2.
    pub(crate) is_h2c_offered: bool,
    /// The memory that bodies of requests may take.
    pub(crate) request_memory: Arc<RequestMemory>,
    /// One permit per long answer that may wait until there is memory for it.
    pub(crate) waiting_answers: Arc<Semaphore>,
    /// `config.json`, ready to send.
    pub(crate) index_config: Bytes,
    /// What the operator wants to be rid of.
    pub(crate) blocked: Arc<BlockRules>,
    /// Under which names it answers.
    pub(crate) hosts: Arc<Hosts>,
    /// What the API can do, as documents.
    pub(crate) documents: Arc<Documents>,
    /// The configuration as the server sees it.
    config: Arc<[ConfigSection]>,
}

/// A part of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigSection {
    /// What its settings' names begin with; empty for those that stand alone.
    pub name: String,
    /// Its settings.
    pub entries: Vec<ConfigEntry>,
}

/// A setting as administrators may see it: no secret is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub key: String,
    /// Its value; `***` for a secret that is set.
    pub value: String,
    /// Where the value comes from: a file, a variable, a flag or the default.
    pub source: String,
    /// What it is for.
    pub about: &'static str,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Until the head of an answer, for everything but publish.
    pub request: Duration,
    /// Until the head of the answer to a publish, upload included.
    pub publish: Duration,
    /// Between two pieces of a request's body.
    pub body_idle: Duration,
    /// From when on a request's body must arrive at a rate.
    pub slow_body_after: Duration,
    /// From accepting a connection until the head of its first request is complete, and from the first byte of each later head.
    pub head: Duration,
    /// How long a connection may wait for its next request.
    pub idle: Duration,
    /// How long a client may read nothing of an answer.
    pub answer: Duration,
    /// For requests in flight, once the server is told to stop.
    pub shutdown: Duration,
}

impl App {
    /// Puts a site together. `clock` is the only way by which time gets in; `is_h2c_offered` says whether plain
    /// connections may be upgraded to HTTP/2, without which cargo sends one request at a time.
    ///
    /// # Errors
    /// When `config.json` cannot be written, which no configuration can cause.
    pub fn new(
        registry: Arc<Registry>,
        clock: fn() -> SystemTime,
        times: Times,
        is_h2c_offered: bool,
        blocked: BlockRules,
    ) -> Result<Self, serde_json::Error> {
        let index_config = serde_json::to_vec(&registry.index_config())?.into();
        let documents = Documents::new(api::routes().get_openapi(), &registry.settings().base_url);
        let request_memory = RequestMemory::new(registry.settings().limits.request_memory_bytes);
        Ok(Self {
            request_memory: Arc::new(request_memory),
            waiting_answers: Arc::new(Semaphore::new(MAX_WAITING_ANSWERS)),
            registry,
            clock,
            times,
            is_h2c_offered,
            index_config,
            blocked: Arc::new(blocked),
            hosts: Arc::default(),
            documents: Arc::new(documents),
            config: Arc::new([]),
        })
    }

    /// Answers under the hosts of these addresses alone, the registry's own first, and under those that no site can have.
    #[must_use]
    pub fn with_hosts(self, urls: &[&str]) -> Self {
        Self { hosts: Arc::new(Hosts::of(urls)), ..self }
    }

    /// Lets administrators see the configuration. It must not hold any secret.
    #[must_use]
    pub fn with_config(self, config: Vec<ConfigSection>) -> Self {
        Self { config: config.into(), ..self }
    }

    /// The configuration as the server sees it, without secrets.
    #[must_use]
    pub fn config(&self) -> &[ConfigSection] {
        &self.config
    }

    /// The address under which clients reach the site, without a slash at the end.
    pub(crate) fn base_url(&self) -> &str {
        &self.registry.settings().base_url
    }

    /// Whether every request needs a token.
    pub(crate) fn is_private(&self) -> bool {
        self.registry.settings().auth_required
    }
}

//! Source files with their words marked, kept in memory: marking is what a page of the source browser costs most.

use std::sync::Arc;
use std::time::Duration;

use cargohold_render::highlight;
use moka::sync::Cache;
use tokio::sync::Semaphore;

use crate::{Error, Registry, Result, SourceFile};

/// How much memory marked files may take, in bytes.
const MAX_CACHED_BYTES: u64 = 32 * 1024 * 1024;

/// How many files are marked at once. One may keep a core busy for seconds, and downloads want the others.
const AT_ONCE: usize = 1;

/// How long a page waits for its turn. A file that is not marked by then is shown as plain text.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines of marked files.
pub(crate) struct MarkedSources {
    /// By the SHA-256 of a file and its path, from which its grammar follows.
    kept: Cache<(String, String), Arc<[String]>>,
    turns: Arc<Semaphore>,
}

impl Default for MarkedSources {
    fn default() -> Self {
        let weigh = |(_, path): &(String, String), lines: &Arc<[String]>| {
            let text: usize = lines.iter().map(|line| size_of::<String>() + line.len()).sum();
            u32::try_from(200 + path.len() + text).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder().max_capacity(MAX_CACHED_BYTES).weigher(weigh).build();
        Self { kept, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Registry {
    /// The lines of a file as HTML, each complete in itself; `text` is what is in it. Where too many are to be marked at once,
    /// they are plain text.
    ///
    /// # Errors
    /// When the marking fails on our side.
    pub async fn mark_source(&self, file: &SourceFile, text: &str) -> Result<Arc<[String]>> {
        let key = (file.sha256.clone(), file.path.clone());
        if let Some(lines) = self.marked_sources.kept.get(&key) {
            return Ok(lines);
        }
        let turn = self.marked_sources.turns.clone().acquire_owned();
        let Ok(turn) = tokio::time::timeout(PATIENCE, turn).await else {
            return Ok(highlight::plain_lines(text).into());
        };
        let (turn, text, path) = (turn.map_err(Error::internal)?, text.to_owned(), file.path.clone());
        let mark = move || {
            // Whoever asked may have left, but the work goes on.
            let _turn = turn;
            highlight::lines(&text, &path)
        };
        let lines: Arc<[String]> = tokio::task::spawn_blocking(mark).await.map_err(Error::internal)?.into();
        self.marked_sources.kept.insert(key, lines.clone());
        Ok(lines)
    }
}

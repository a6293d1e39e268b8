//! Finished answers of the API, kept in memory until the change feed says otherwise: what `cargo info`, web pages and crawlers
//! ask for most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cargohold_protocol::CrateName;
use cargohold_protocol::api::CrateFound;
use cargohold_store::changes::Change;

use crate::cache::{FeedCache, Noted};
use crate::find_crate::{Found, Include};
use crate::finished::Finished;
use crate::pieces::Pieces;
use crate::version_view::{Spelling, off_thread_if_long};
use crate::{Error, Registry, Result};

/// An answer about a crate.
pub enum CrateAnswer {
    /// As it is kept in memory.
    Kept(Arc<Finished>),
    /// Too long to be kept.
    Long(Pieces),
}

/// Finished answers about crates.
pub(crate) struct AnswerCache {
    crates: FeedCache<Arc<CrateAnswers>>,
}

/// The answers about one crate, by what was asked for.
#[derive(Default)]
struct CrateAnswers(Mutex<HashMap<Include, KeptAnswer>>);

/// An answer about a crate. Its end, keywords and categories, tells how many other crates have them, so it is looked at again
/// after any change; the rest changes with the crate alone.
#[derive(Clone)]
struct KeptAnswer {
    /// Where the end begins.
    head_len: usize,
    noted: Noted,
    finished: Arc<Finished>,
}

impl AnswerCache {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let weigh = |answers: &Arc<CrateAnswers>| {
            let answers = answers.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Half as much again for compressed forms.
            answers.values().map(|answer| answer.finished.len() * 3 / 2).sum()
        };
        Self { crates: FeedCache::new(max_bytes, weigh) }
    }

    /// The count of changes of any crate, by which to keep what follows from all of them.
    pub(crate) fn note(&self) -> Noted {
        self.crates.note()
    }

    pub(crate) fn drop_changed(&self, change: &Change) {
        self.crates.drop_changed(change);
    }
}

/// How long a version is in an answer, in bytes; most are shorter.
const BYTES_OF_A_VERSION: usize = 2048;

/// How many forms of the answer about one crate are kept.
const MAX_FORMS: usize = 4;

impl CrateAnswers {
    fn keep(&self, include: Include, answer: KeptAnswer) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MAX_FORMS && !answers.contains_key(&include) {
            answers.clear();
        }
        answers.insert(include, answer);
    }
}

impl Registry {
    /// The answer about a crate, by any spelling of its name, with what is asked for.
    ///
    /// # Errors
    /// When there is no such crate.
    pub async fn crate_answer(self: &Arc<Self>, name: &str, include: Include) -> Result<CrateAnswer> {
        let parsed: CrateName = name.parse().map_err(|_| Error::NoSuchCrate(name.to_owned()))?;
        let canonical = parsed.canonical().to_string();
        let noted = self.answers.crates.note();
        let answers = self.answers.crates.get(&canonical).unwrap_or_default();
        let known = answers.0.lock().unwrap_or_else(PoisonError::into_inner).get(&include).cloned();
        let answer = match known {
            Some(known) if known.noted == noted => return Ok(CrateAnswer::Kept(known.finished)),
            Some(known) => {
                let only_tail = Include { versions: false, downloads: false, default_version: false, ..include };
                let tail = tail(&self.find_crate(name, only_tail).await?.answer)?;
                known.with_tail(&tail, noted)
            }
            None => {
                let Found { answer, left_out } = self.find_crate(name, include).await?;
                let tail = tail(&answer)?;
                if let Some(versions) = left_out {
                    let around = (head_without_versions(&answer)?, format!("]{tail}"));
                    return Ok(CrateAnswer::Long(Pieces::new(self, &versions, around, Spelling::Stored)));
                }
                let about_bytes = answer.versions.as_ref().map_or(0, |versions| versions.len() * BYTES_OF_A_VERSION);
                KeptAnswer::new(&off_thread_if_long(about_bytes, move || head(&answer)).await?, &tail, noted)
            }
        };
        let finished = answer.finished.clone();
        answers.keep(include, answer);
        self.answers.crates.keep(canonical, answers, noted);
        Ok(CrateAnswer::Kept(finished))
    }
}

impl KeptAnswer {
    fn new(head: &str, tail: &str, noted: Noted) -> Self {
        let finished = Arc::new(Finished::new(format!("{head}{tail}")));
        Self { head_len: head.len(), noted, finished }
    }

    fn with_tail(self, tail: &str, noted: Noted) -> Self {
        let (head, old_tail) = self.finished.text().split_at(self.head_len);
        if old_tail == tail.as_bytes() {
            return Self { noted, ..self };
        }
        Self::new(&String::from_utf8_lossy(head), tail, noted)
    }
}

fn head(found: &CrateFound) -> Result<String> {
    Ok(format!(r#"{{"crate":{},"versions":{}"#, json(&found.krate)?, json(&found.versions)?))
}

/// Everything before the first version.
fn head_without_versions(found: &CrateFound) -> Result<String> {
    Ok(format!(r#"{{"crate":{},"versions":["#, json(&found.krate)?))
}

fn tail(found: &CrateFound) -> Result<String> {
    Ok(format!(r#","keywords":{},"categories":{}}}"#, json(&found.keywords)?, json(&found.categories)?))
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

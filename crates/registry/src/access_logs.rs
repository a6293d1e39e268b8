//! Counting downloads from the access logs of whatever serves tarballs in front of this registry (contract §11.1).

mod format;
mod lines;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use cargohold_protocol::{Cksum, Day, Timestamp};
use cargohold_store::{Store, downloads, versions};
use tokio::sync::mpsc;

use crate::access_logs::format::{Download, Format, Line};
use crate::access_logs::lines::{Lines, Next};
use crate::jobs::{self, Work};
use crate::{Error, Registry};

/// How many different downloads are gathered before they are looked up.
const GATHERED: usize = 4096;

/// How many versions are counted in one statement.
const BATCH: usize = 4096;

/// What became of an access log.
#[derive(Clone, Debug)]
pub enum ImportedLog {
    /// Its downloads are counted.
    Counted(CountedLog),
    /// They were counted before, so nothing was done.
    CountedBefore,
    /// No line of it could be read, so it may be tried again.
    Unreadable(CountedLog),
}

/// What was found in an access log.
#[derive(Clone, Debug, Default)]
pub struct CountedLog {
    /// How many downloads of how many versions on how many days are counted.
    pub downloads: i64,
    /// Of how many versions.
    pub versions: usize,
    /// On how many days.
    pub days: usize,
    /// How many downloads were of versions that are not here.
    pub unknown: i64,
    /// One of these versions, as its crate's name and its number.
    pub unknown_example: Option<(String, String)>,
    /// How many lines could not be read.
    pub unreadable: u64,
    /// The number of the first of these lines.
    pub first_unreadable: Option<u64>,
}

/// Why an access log could not be counted. Nothing of it is counted then.
#[derive(Debug, thiserror::Error)]
pub enum ImportLogError {
    /// The file cannot be read.
    #[error("cannot read {}; nothing of it is counted", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// The name is that of another log.
    #[error(
        "{} was counted before and has changed since; count only logs that are complete, and if this is another log, \
         give it a name of its own",
        .0.display()
    )]
    Changed(PathBuf),
    /// The database failed.
    #[error("the registry is having trouble with its database")]
    Store(#[from] cargohold_store::Error),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] Error),
}

/// What the thread that reads has to say at its end.
struct Read {
    cksum: Cksum,
    unreadable: u64,
    first_unreadable: Option<u64>,
    is_anything_readable: bool,
}

impl Registry {
    /// Counts the downloads in an access log, unless a log of the same contents or the same name was counted before. They get
    /// into the totals soon after, by a server. Works beside running servers.
    ///
    /// # Errors
    /// When the log cannot be read, or another one of its name was counted before.
    pub async fn import_log(store: &Store, path: &Path, now: Timestamp) -> Result<ImportedLog, ImportLogError> {
        let failed = |error| ImportLogError::Read(path.to_owned(), error);
        let name = path.canonicalize().map_err(failed)?;
        // Days of a clock that goes wrong would count as recent for ever; a day ahead may be a time zone.
        let last_day = Day::of(now).before(-1);
        let (sender, mut gathered) = mpsc::channel(1);
        let reading = tokio::task::spawn_blocking({
            let path = name.clone();
            move || read_log(&path, last_day, &sender)
        });
        let mut log = CountedLog::default();
        let mut counts: BTreeMap<Day, HashMap<i64, i64>> = BTreeMap::new();
        while let Some(found) = gathered.recv().await {
            look_up(store, found, &mut counts, &mut log).await?;
        }
        let read = reading.await.map_err(Error::internal)?.map_err(failed)?;
        log.unreadable = read.unreadable;
        log.first_unreadable = read.first_unreadable;
        log.days = counts.len();
        log.versions = counts.values().flat_map(HashMap::keys).collect::<HashSet<_>>().len();
        log.downloads = counts.values().flat_map(HashMap::values).sum();
        if log.unreadable > 0 && !read.is_anything_readable {
            return Ok(ImportedLog::Unreadable(log));
        }

        let mut tx = store.write().await?;
        let cksum = read.cksum.to_string();
        if !downloads::note_log(&mut tx, &name.to_string_lossy(), &cksum, now).await? {
            let is_same = downloads::is_log_noted(&mut tx, &cksum).await?;
            return if is_same {
                Ok(ImportedLog::CountedBefore)
            } else {
                Err(ImportLogError::Changed(path.to_owned()))
            };
        }
        for (day, counts) in counts {
            let counts: Vec<_> = counts.into_iter().collect();
            for counts in counts.chunks(BATCH) {
                downloads::add(&mut tx, day, counts).await?;
            }
        }
        jobs::enqueue(&mut tx, &Work::RollUp, now).await?;
        tx.commit().await?;
        Ok(ImportedLog::Counted(log))
    }
}

/// Adds what there is of these downloads to the counts.
async fn look_up(
    store: &Store,
    found: HashMap<Download, i64>,
    counts: &mut BTreeMap<Day, HashMap<i64, i64>>,
    log: &mut CountedLog,
) -> Result<(), ImportLogError> {
    let found: Vec<_> = found.into_iter().collect();
    let wanted: Vec<_> = found.iter().map(|(download, _)| (&download.name, download.num.as_str())).collect();
    let ids = versions::find_ids(&mut store.read().await?, &wanted).await?;
    for ((download, count), id) in found.into_iter().zip(ids) {
        if let Some(id) = id {
            *counts.entry(download.day).or_default().entry(id).or_default() += count;
        } else {
            log.unknown += count;
            log.unknown_example.get_or_insert_with(|| (download.name.to_string(), download.num));
        }
    }
    Ok(())
}

/// Reads a log to its end and sends the downloads in it, a limited number at a time.
fn read_log(path: &Path, last_day: Day, found: &mpsc::Sender<HashMap<Download, i64>>) -> io::Result<Read> {
    let mut lines = Lines::open(path)?;
    let mut format = Format::default();
    let mut gathered: HashMap<Download, i64> = HashMap::new();
    let (mut unreadable, mut first_unreadable, mut is_anything_readable) = (0, None, false);
    let mut line = Vec::new();
    for number in 1_u64.. {
        let read = match lines.next(&mut line)? {
            Next::Line => format.read(&String::from_utf8_lossy(&line)),
            Next::TooLong => Line::Unreadable,
            Next::End => break,
        };
        match read {
            Line::Download(download) if download.day <= last_day => {
                is_anything_readable = true;
                *gathered.entry(download).or_default() += 1;
            }
            Line::Other => is_anything_readable = true,
            Line::Blank => {}
            Line::Download(_) | Line::Unreadable => {
                unreadable += 1;
                first_unreadable.get_or_insert(number);
            }
        }
        if gathered.len() >= GATHERED && found.blocking_send(std::mem::take(&mut gathered)).is_err() {
            // Whoever asked has given up, and does not look at this any more.
            break;
        }
    }
    _ = found.blocking_send(gathered);
    Ok(Read { cksum: lines.into_cksum(), unreadable, first_unreadable, is_anything_readable })
}

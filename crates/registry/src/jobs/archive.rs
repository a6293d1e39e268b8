//! Daily downloads that are too old to be shown: one CSV a day, and lists of them (contract §9.1, §11.2).

use std::collections::BTreeMap;
use std::sync::Arc;

use cargohold_protocol::{Day, Timestamp};
use cargohold_store::derived_files;
use cargohold_store::downloads::{self, RECENT_DAYS};
use serde::Serialize;

use super::{Owner, keep_file};
use crate::stored_file::StoredFile;
use crate::{Error, Registry, Result};

const FOLDER: &str = "archive/version-downloads/";

const NOBODY: Owner = Owner { crate_id: None, version_id: None };

/// A file in the list of the archive.
#[derive(Serialize)]
struct Listed {
    name: String,
    size: i64,
}

impl Registry {
    /// Moves the counts of days that are over and too old to be shown into the archive.
    pub(crate) async fn archive_downloads(self: &Arc<Self>, now: Timestamp) -> Result<()> {
        let oldest_shown = Day::of(now).before(RECENT_DAYS);
        let mut has_changed = false;
        while let Some(day) = downloads::find_finished_day(&mut self.store.read().await?, oldest_shown).await? {
            self.archive_day(day, now).await?;
            has_changed = true;
        }
        if has_changed { self.list_archive(now).await } else { Ok(()) }
    }

    async fn archive_day(self: &Arc<Self>, day: Day, now: Timestamp) -> Result<()> {
        let path = format!("{FOLDER}{day}.csv");
        let counts = downloads::list_day(&mut self.store.read().await?, day).await?;
        let mut sums: BTreeMap<i64, i64> = counts.iter().copied().collect();
        // A log that was imported late adds to a day that is in the archive already.
        for (version_id, more) in self.read_archived(&path).await? {
            *sums.entry(version_id).or_default() += more;
        }
        let lines: String = sums.iter().map(|(version_id, count)| format!("{version_id},{count}\n")).collect();
        let bytes = self.put_derived(format!("version_id,downloads\n{lines}").into()).await?;
        let mut tx = self.store.write().await?;
        if downloads::list_day(&mut tx, day).await? != counts {
            // Somebody counted meanwhile: the next round takes the day.
            return Ok(());
        }
        downloads::delete_day(&mut tx, day).await?;
        keep_file(&mut tx, &path, NOBODY, &bytes, now).await?;
        Ok(tx.commit().await?)
    }

    async fn read_archived(self: &Arc<Self>, path: &str) -> Result<Vec<(i64, i64)>> {
        let Some(stored) = derived_files::find(&mut self.store.read().await?, path).await? else {
            return Ok(Vec::new());
        };
        let file = StoredFile::new(&stored.blob_key, stored.cksum, stored.size_bytes)?;
        let text = String::from_utf8(self.load_file(&file).await?.into()).map_err(Error::internal)?;
        let line = |line: &str| {
            let (version_id, count) = line.split_once(',')?;
            Some((version_id.parse().ok()?, count.parse().ok()?))
        };
        Ok(text.lines().filter_map(line).collect())
    }

    /// Lists the archive for programs and for people, the latest day first.
    async fn list_archive(&self, now: Timestamp) -> Result<()> {
        let files = derived_files::list_folder(&mut self.store.read().await?, FOLDER).await?;
        let listed: Vec<Listed> = files
            .into_iter()
            .filter_map(|(path, size)| Some(Listed { name: path.strip_prefix(FOLDER)?.to_owned(), size }))
            .filter(|file| file.name.strip_suffix(".csv").is_some())
            .collect();
        let json = serde_json::to_string(&listed).map_err(Error::internal)?;
        let rows: String = listed
            .iter()
            .map(|Listed { name, size }| format!("<li><a href=\"{name}\">{name}</a>, {size} bytes</li>\n"))
            .collect();
        let html = format!("<!doctype html>\n<title>Old daily downloads</title>\n<ul>\n{rows}</ul>\n");
        for (name, text) in [("index.json", json), ("index.html", html)] {
            let bytes = self.put_derived(text.into()).await?;
            let mut tx = self.store.write().await?;
            keep_file(&mut tx, &format!("{FOLDER}{name}"), NOBODY, &bytes, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

//! Mails as files in a folder: for trying things out, for tests, and for programs that pick them up.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Error;

#[derive(Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    /// How many mails this process has written, which orders those of the same instant.
    written: Arc<AtomicU64>,
}

impl Folder {
    /// Makes the folder, for this user alone, if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Ok(Self { path: path.to_owned(), written: Arc::default() })
    }

    /// Writes a mail as `INSTANT-COUNT-ID.eml`. It appears under this name only when it is complete.
    pub(crate) async fn write(&self, mail: Vec<u8>, message_id: &str, at: SystemTime) -> Result<(), Error> {
        let micros = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let count = self.written.fetch_add(1, Ordering::Relaxed);
        let name = format!("{micros:017}-{count:06}-{message_id}");
        let draft = self.path.join(format!(".{name}.draft"));
        let path = self.path.join(format!("{name}.eml"));
        tokio::task::spawn_blocking(move || write_whole(&draft, &path, &mail)).await.map_err(io::Error::other)??;
        Ok(())
    }
}

fn write_whole(draft: &Path, path: &Path, mail: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    let written = file.write_all(mail).and_then(|()| file.sync_all()).and_then(|()| fs::rename(draft, path));
    if written.is_err() {
        // What went wrong first is what gets reported.
        let _ = fs::remove_file(draft);
    }
    written
}

//! The files of a version: their tree, and one of them with its lines numbered and its words marked.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use cargohold_protocol::Version;
use cargohold_registry::{Error, SourceTree};

use super::address::{self, FilePath, VersionPath};
use super::head::{Head, Tab};
use super::source_tree::{self, FolderEntry, TreeRow};
use crate::app::App;
use crate::extract::CrateAt;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;
use crate::params::Params;

/// The longest file that is shown, in bytes and in lines.
const MAX_SHOWN_BYTES: usize = 512 * 1024;
const MAX_SHOWN_LINES: usize = 20_000;

#[derive(Template)]
#[template(path = "crate_code.html")]
pub(super) struct Code {
    frame: Frame,
    head: Head,
    /// The file or folder.
    path: String,
    /// The folders around it: their names and paths.
    crumbs: Vec<(String, String)>,
    rows: Vec<TreeRow>,
    contents: Contents,
}

/// What there is to be seen at a path.
pub(super) enum Contents {
    /// The lines of a file as HTML, with its length in bytes.
    Lines(Arc<[String]>, i64),
    /// Why a file is not shown; its bytes can be had.
    Hidden(&'static str),
    /// The file cannot be had on its own.
    TooLong,
    Folder(Vec<FolderEntry>),
}

impl Code {
    fn new(frame: Frame, head: Head, tree: &SourceTree, path: String, contents: Contents) -> Self {
        let slashes = path.match_indices('/').map(|(at, _)| at);
        let crumbs =
            slashes.map(|at| (path[..at].rsplit('/').next().unwrap_or_default().to_owned(), path[..at].to_owned()));
        Self { crumbs: crumbs.collect(), rows: source_tree::rows(&tree.files, &path), frame, head, path, contents }
    }

    /// The last part of the path.
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    at: VersionPath,
    FilePath(path): FilePath,
) -> PageResult {
    let tree = app.registry.find_source(&at.name, &at.version).await?;
    let path = match path.as_str() {
        "" => source_tree::default_file(&tree.files).unwrap_or_default().to_owned(),
        _ => path,
    };
    let entries = source_tree::entries(&tree.files, &path);
    let contents = if entries.is_empty() { read(&app, &at, &path).await? } else { Contents::Folder(entries) };
    let head = Head::load(&app, &visit, &at.name, Some(&at.version), Tab::Files).await?;
    visit.page(&Code::new(visit.frame(), head, &tree, path, contents))
}

/// What is in a file, or why it is not shown.
async fn read(app: &App, at: &VersionPath, path: &str) -> Result<Contents, PageError> {
    let file = match app.registry.read_source(&at.name, &at.version, path).await {
        Ok(file) => file,
        Err(Error::Refused(_)) => return Ok(Contents::TooLong),
        Err(error) => return Err(error.into()),
    };
    let Some(text) = text(&file.bytes) else { return Ok(Contents::Hidden("This file is not text.")) };
    if text.len() > MAX_SHOWN_BYTES || text.lines().count() > MAX_SHOWN_LINES {
        return Ok(Contents::Hidden("This file is too long to be shown; look at it raw."));
    }
    let lines = app.registry.mark_source(&file, text).await?;
    Ok(Contents::Lines(lines, i64::try_from(text.len()).unwrap_or(i64::MAX)))
}

/// What is in a file, if it is text.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// Leads to the same file of the version that was chosen, or of the default version.
pub(super) async fn show_default(
    State(app): State<App>,
    visit: Visit,
    At(at): At<CrateAt>,
    FilePath(path): FilePath,
    params: Params,
) -> PageResult {
    let version: Option<Version> = params.text("version")?.map(address::version).transpose()?;
    let head = Head::load(&app, &visit, &at.name, version.as_ref(), Tab::Files).await?;
    let path = filters::escape_path(&path);
    Ok(redirect(format!("{}/code/{path}", head.version_path()).trim_end_matches('/')))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;

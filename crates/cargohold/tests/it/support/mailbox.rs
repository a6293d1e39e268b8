//! What a server writes to people, read from a folder.

use std::path::Path;

use tempfile::TempDir;

use super::eventually;

/// A folder for the mails of a server.
pub(crate) struct Mailbox(TempDir);

/// A mail as its reader sees it.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) subject: String,
    /// The part that is plain text.
    pub(crate) text: String,
}

impl Mailbox {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The value of `mail.transport`.
    pub(crate) fn transport(&self) -> String {
        format!("folder:{}", self.0.path().display())
    }

    /// All mails so far, in the order in which they were written.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        let files = std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|it| it == "eml")).collect();
        files.sort_unstable();
        files.iter().map(|path| read(path)).collect()
    }

    /// The subjects of all mails to an address.
    pub(crate) fn subjects(&self, to: &str) -> Vec<String> {
        self.mails().into_iter().filter(|mail| mail.to == to).map(|mail| mail.subject).collect()
    }

    /// The latest mail to an address; there must be one.
    #[track_caller]
    pub(crate) fn latest(&self, to: &str) -> Mail {
        let mails = self.mails();
        let found = mails.iter().rev().find(|mail| mail.to == to);
        found.unwrap_or_else(|| panic!("nobody wrote to {to}: {mails:#?}")).clone()
    }

    /// Waits for a mail to an address whose subject has these words in it: jobs write a moment later.
    pub(crate) async fn wait_for(&self, to: &str, words: &str) -> Mail {
        let find = || self.mails().into_iter().rev().find(|mail| mail.to == to && mail.subject.contains(words));
        eventually(&format!("`{words}` is written to {to}"), async || find().is_some()).await;
        find().unwrap()
    }
}

impl Mail {
    /// What follows a path of the server's in a link, to the end of the link.
    #[track_caller]
    pub(crate) fn link(&self, prefix: &str) -> String {
        let rest = self.text.split_once(prefix).unwrap_or_else(|| panic!("no link to {prefix} in:\n{}", self.text)).1;
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

fn read(path: &Path) -> Mail {
    let whole = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let (head, body) = whole.split_once("\n\n").unwrap();
    let head = head.replace("\n ", " ");
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let boundary = head.split_once("boundary=\"").unwrap().1.split('"').next().unwrap();
    let part = body.split(&format!("--{boundary}")).find(|part| part.contains("text/plain")).unwrap();
    let (kind, text) = part.trim_start().split_once("\n\n").unwrap();
    let is_quoted = kind.to_lowercase().contains("quoted-printable");
    let text = if is_quoted { unquote(text) } else { text.to_owned() };
    Mail { to: header("To:"), subject: header("Subject:"), text }
}

/// Reads the quoted-printable coding (RFC 2045, section 6.7).
fn unquote(text: &str) -> String {
    let text = text.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| byte == b'=');
        let decoded = hex.and_then(|hex| u8::from_str_radix(str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(decoded.unwrap_or(byte));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap()
}

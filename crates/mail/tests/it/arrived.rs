//! Mails as they arrive, and the mailer most tests send them with.

use std::path::Path;
use std::time::{Duration, SystemTime};

use cargohold_mail::{Letter, Mailer, Site, SmtpServer, Transport};
use mail_parser::{HeaderValue, Message, MessageParser};

pub(crate) const FROM: &str = "crates@registry.example";
pub(crate) const TO: &str = "ferris@mail.example";

/// A mail that has been read back.
pub(crate) struct Arrived {
    pub(crate) raw: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Arrived {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mail = MessageParser::new().parse(bytes).unwrap();
        Self {
            raw: String::from_utf8(bytes.to_vec()).unwrap(),
            subject: mail.subject().unwrap().to_owned(),
            text: mail.body_text(0).unwrap().replace("\r\n", "\n"),
            html: part(&mail, "html").replace("\r\n", "\n"),
        }
    }

    /// The value of a header as it stands in the mail, which has it exactly once.
    pub(crate) fn header(&self, name: &str) -> String {
        let mail = MessageParser::new().parse(self.raw.as_bytes()).unwrap();
        let mut values = mail.headers_raw().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        let (_, value) = values.next().unwrap_or_else(|| panic!("no {name} in {}", self.raw));
        assert!(values.next().is_none(), "two {name} in {}", self.raw);
        value.trim().to_owned()
    }

    /// The names of all headers, sorted.
    pub(crate) fn header_names(&self) -> Vec<String> {
        let mail = MessageParser::new().parse(self.raw.as_bytes()).unwrap();
        let mut names: Vec<_> = mail.headers_raw().map(|(name, _)| name.to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// The links in the HTML.
    pub(crate) fn links(&self) -> Vec<&str> {
        self.html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
    }
}

fn part(mail: &Message<'_>, subtype: &str) -> String {
    let is_it = |value: &HeaderValue<'_>| {
        value.as_content_type().is_some_and(|kind| kind.ctype() == "text" && kind.subtype() == Some(subtype))
    };
    let part = mail
        .parts
        .iter()
        .find(|part| part.headers.iter().any(|header| header.name.as_str() == "Content-Type" && is_it(&header.value)));
    part.unwrap().text_contents().unwrap().to_owned()
}

/// Noon on the first of July 2026.
pub(crate) fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(495_252)
}

pub(crate) fn site() -> Site {
    Site { name: "Example Crates".to_owned(), base_url: "https://registry.example".to_owned() }
}

pub(crate) fn to_folder(folder: &Path) -> Mailer {
    Mailer::new(site(), FROM, &Transport::Folder(folder.to_owned())).unwrap()
}

pub(crate) fn to_server(address: &str) -> Mailer {
    let server: SmtpServer = address.parse().unwrap();
    Mailer::new(site(), FROM, &Transport::Smtp(server)).unwrap()
}

/// Sends one letter through a folder.
pub(crate) async fn write(letter: &Letter) -> Arrived {
    let folder = tempfile::tempdir().unwrap();
    to_folder(folder.path()).send(TO, letter, "id-1", noon()).await.unwrap();
    let mut mails = list(folder.path());
    assert_eq!(mails.len(), 1);
    mails.remove(0).1
}

/// The mails in a folder with their file names, sorted by these.
pub(crate) fn list(folder: &Path) -> Vec<(String, Arrived)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut mails: Vec<_> = entries
        .map(|entry| {
            let bytes = std::fs::read(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), Arrived::parse(&bytes))
        })
        .collect();
    mails.sort_by(|(a, _), (b, _)| a.cmp(b));
    mails
}

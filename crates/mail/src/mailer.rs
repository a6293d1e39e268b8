//! Writing letters down and sending them off.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use url::{Host, Url};

use crate::address;
use crate::body::one_line;
use crate::folder::Folder;
use crate::smtp::Client;
use crate::{Error, Letter, Site, Transport};

/// How much of the site's name stands in front of the sender's address.
const MAX_NAME: usize = 80;
const MAX_MESSAGE_ID: usize = 64;

/// Sends letters. Clones share everything and are cheap.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    site: Site,
    from: Mailbox,
    way: Way,
}

enum Way {
    Off,
    Folder(Folder),
    Smtp(Client),
}

impl Mailer {
    /// A mailer for `site` whose mails come from `from`, one bare mailbox in ASCII, at a name and not
    /// at a bare address. Nothing is sent yet; a folder is made.
    ///
    /// # Errors
    /// When the site's address or the sender cannot be used, the folder cannot be made, or the server's TLS or password
    /// is incomplete.
    pub fn new(site: Site, from: &str, transport: &Transport) -> Result<Self, Error> {
        let name = introduction(&site)?;
        let base_url = site.base_url.trim_end_matches('/').to_owned();
        let site = Site { base_url, ..site };
        // The library does not read a sender at `[192.0.2.1]` back from the header it has written.
        let is_usable = |sender: &Address| from.is_ascii() && !sender.domain().starts_with('[');
        let sender = address::parse(from).filter(is_usable).ok_or_else(|| Error::Sender(from.to_owned()))?;
        let from = Mailbox::new(Some(one_line(&site.name, MAX_NAME)), sender);
        let way = match transport {
            Transport::Off => Way::Off,
            Transport::Folder(path) => Way::Folder(Folder::open(path)?),
            Transport::Smtp(server) => Way::Smtp(Client::new(server, name)?),
        };
        let inner = Inner { site, from, way };
        // Not every sender that is a mailbox can stand in a header.
        inner.write_down(inner.from.email.clone(), &Letter::Unsubscribed, "test", UNIX_EPOCH)?;
        Ok(Self(Arc::new(inner)))
    }

    /// Whether mails go anywhere.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self.0.way, Way::Off)
    }

    /// Sends one letter to one mailbox, and returns when it is on its way: when the server has taken it, or the file is
    /// on disk. That takes 30 s at most. Without a transport, good arguments are enough.
    ///
    /// `message_id` is new and random for each mail, 1 to 64 ASCII letters, digits, `-` and `_`; the sender's domain is
    /// added to it. `at` is the instant in the mail's `Date`.
    ///
    /// # Errors
    /// [`Error::Address`] when `to` is no mailbox, [`Error::MessageId`], or what the transport runs into.
    pub async fn send(&self, to: &str, letter: &Letter, message_id: &str, at: SystemTime) -> Result<(), Error> {
        let to = address::parse(to).ok_or(Error::Address)?;
        let mail = self.0.write_down(to, letter, message_id, at)?;
        match &self.0.way {
            Way::Off => Ok(()),
            Way::Folder(folder) => folder.write(mail.formatted(), message_id, at).await,
            Way::Smtp(client) => client.send(mail).await,
        }
    }
}

impl Inner {
    fn write_down(&self, to: Address, letter: &Letter, message_id: &str, at: SystemTime) -> Result<Message, Error> {
        if !is_message_id(message_id) {
            return Err(Error::MessageId(message_id.to_owned()));
        }
        let body = letter.body(&self.site);
        // Said apart: what lettre reads back from the headers lacks addresses like `name@[192.0.2.1]`.
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to.clone()]).map_err(|_| Error::Address)?;
        let mail = Message::builder()
            .envelope(envelope)
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(body.subject())
            .date(at.max(UNIX_EPOCH))
            .message_id(Some(format!("<{message_id}@{}>", self.from.email.domain())))
            // Keeps answering machines quiet, RFC 3834.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(body.text(&self.site), body.html(&self.site)));
        mail.map_err(|_| Error::Sender(self.from.email.to_string()))
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.0.way {
            Way::Off => "off",
            Way::Folder(_) => "folder",
            Way::Smtp(_) => "smtp",
        };
        f.debug_struct("Mailer").field("site", &self.0.site).field("way", &way).finish_non_exhaustive()
    }
}

/// How this machine introduces itself to mail servers: as the host in the site's address.
fn introduction(site: &Site) -> Result<ClientId, Error> {
    let bad = || Error::BaseUrl(site.base_url.clone());
    let url = Url::parse(&site.base_url).map_err(|_| bad())?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    match url.host() {
        Some(Host::Domain(name)) if is_plain => Ok(ClientId::Domain(name.to_owned())),
        Some(Host::Ipv4(ip)) if is_plain => Ok(ClientId::Ipv4(ip)),
        Some(Host::Ipv6(ip)) if is_plain => Ok(ClientId::Ipv6(ip)),
        _ => Err(bad()),
    }
}

fn is_message_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_MESSAGE_ID).contains(&text.len()) && text.bytes().all(is_allowed)
}

//! RSS 2.0 feeds of releases and new crates (contract §9.4).

use std::io;

use cargohold_protocol::Timestamp;
use chrono::DateTime;
use quick_xml::Writer;
use quick_xml::events::{BytesCData, BytesDecl, BytesEnd, BytesStart, BytesText, Event};

const ATOM_NAMESPACE: &str = "http://www.w3.org/2005/Atom";
const CRATES_NAMESPACE: &str = "https://crates.io/";

/// The site that the feeds describe.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Where pages and feeds lie, without a slash at the end.
    pub base_url: &'a str,
    /// What the channels' titles begin with.
    pub title: &'a str,
}

/// A published version.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// The crate's name.
    pub name: &'a str,
    /// The version.
    pub num: &'a str,
    /// The crate's description; the feed of a single crate leaves it out.
    pub description: Option<&'a str>,
    /// When it was published.
    pub at: Timestamp,
}

/// A new crate.
#[derive(Clone, Copy, Debug)]
pub struct NewCrate<'a> {
    /// The crate's name.
    pub name: &'a str,
    /// The crate's description.
    pub description: Option<&'a str>,
    /// When it was created.
    pub at: Timestamp,
}

/// The feed of one crate's releases, in the order given; it lies at `/rss/crates/<name>.xml`.
#[must_use]
pub fn crate_feed(site: Site<'_>, name: &str, releases: &[Release<'_>]) -> String {
    let channel = Channel {
        title: format!("{}: {name} releases", site.title),
        link: format!("{}/crates/{name}", site.base_url),
        description: format!("Recent releases of the crate {name}"),
        own_url: format!("{}/rss/crates/{name}.xml", site.base_url),
    };
    let items = releases.iter().map(|release| Item::release(site, &Release { description: None, ..*release }));
    channel.write(items)
}

/// The feed of new crates, in the order given; it lies at `/rss/crates.xml`.
#[must_use]
pub fn crates_feed(site: Site<'_>, crates: &[NewCrate<'_>]) -> String {
    let channel = Channel {
        title: format!("{}: newest crates", site.title),
        link: format!("{}/", site.base_url),
        description: format!("Newest crates on {}", site.title),
        own_url: format!("{}/rss/crates.xml", site.base_url),
    };
    channel.write(crates.iter().map(|krate| Item::new_crate(site, krate)))
}

/// The feed of all releases, in the order given; it lies at `/rss/updates.xml`.
#[must_use]
pub fn updates_feed(site: Site<'_>, releases: &[Release<'_>]) -> String {
    let channel = Channel {
        title: format!("{}: recent updates", site.title),
        link: format!("{}/", site.base_url),
        description: format!("Recently published crate versions on {}", site.title),
        own_url: format!("{}/rss/updates.xml", site.base_url),
    };
    channel.write(releases.iter().map(|release| Item::release(site, release)))
}

struct Channel {
    title: String,
    link: String,
    description: String,
    own_url: String,
}

struct Item<'a> {
    title: String,
    link: String,
    description: Option<&'a str>,
    at: Timestamp,
    name: &'a str,
    version: Option<&'a str>,
}

impl<'a> Item<'a> {
    fn release(site: Site<'_>, release: &Release<'a>) -> Self {
        let Release { name, num, description, at } = *release;
        Self {
            title: format!("New crate version published: {name} v{num}"),
            link: format!("{}/crates/{name}/{num}", site.base_url),
            description,
            at,
            name,
            version: Some(num),
        }
    }

    fn new_crate(site: Site<'_>, krate: &NewCrate<'a>) -> Self {
        let NewCrate { name, description, at } = *krate;
        Self {
            title: format!("New crate created: {name}"),
            link: format!("{}/crates/{name}", site.base_url),
            description,
            at,
            name,
            version: None,
        }
    }

    fn write(&self, feed: &mut Feed) -> io::Result<()> {
        feed.open(BytesStart::new("item"))?;
        feed.text("title", &self.title)?;
        feed.text("link", &self.link)?;
        if let Some(description) = self.description {
            feed.cdata("description", description)?;
        }
        feed.text("guid", &self.link)?;
        feed.text("pubDate", &rfc_2822(self.at))?;
        feed.text("crates:name", self.name)?;
        if let Some(version) = self.version {
            feed.text("crates:version", version)?;
        }
        feed.close("item")
    }
}

impl Channel {
    fn write<'a>(&self, items: impl Iterator<Item = Item<'a>>) -> String {
        let mut feed = Feed(Writer::new_with_indent(Vec::new(), b' ', 4));
        self.write_to(&mut feed, items).expect("memory takes all that is written");
        String::from_utf8(feed.0.into_inner()).expect("only text was written")
    }

    fn write_to<'a>(&self, feed: &mut Feed, items: impl Iterator<Item = Item<'a>>) -> io::Result<()> {
        feed.0.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        feed.open(BytesStart::new("rss").with_attributes([
            ("version", "2.0"),
            ("xmlns:atom", ATOM_NAMESPACE),
            ("xmlns:crates", CRATES_NAMESPACE),
        ]))?;
        feed.open(BytesStart::new("channel"))?;
        feed.text("title", &self.title)?;
        feed.text("link", &self.link)?;
        feed.text("description", &self.description)?;
        feed.text("language", "en")?;
        let link = [("href", &*self.own_url), ("rel", "self"), ("type", "application/rss+xml")];
        feed.0.write_event(Event::Empty(BytesStart::new("atom:link").with_attributes(link)))?;
        for item in items {
            item.write(feed)?;
        }
        feed.close("channel")?;
        feed.close("rss")
    }
}

/// The XML written so far.
struct Feed(Writer<Vec<u8>>);

impl Feed {
    fn open(&mut self, start: BytesStart<'_>) -> io::Result<()> {
        self.0.write_event(Event::Start(start))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.0.create_element(name).write_text_content(BytesText::new(&valid_xml(text)))?;
        Ok(())
    }

    /// Writes the text unescaped; its `]]>` are spread over two sections.
    fn cdata(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.open(BytesStart::new(name))?;
        for section in BytesCData::escaped(&valid_xml(text)) {
            self.0.write_event(Event::CData(section))?;
        }
        self.close(name)
    }
}

/// The text without the characters that XML 1.0 cannot represent in any way (XML 1.0, section 2.2).
fn valid_xml(text: &str) -> String {
    let is_valid = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(is_valid).collect()
}

/// As RFC 2822 writes it, with `+0000` for the zone.
fn rfc_2822(at: Timestamp) -> String {
    DateTime::from_timestamp_micros(at.micros()).unwrap_or(DateTime::UNIX_EPOCH).to_rfc2822()
}

//! Feeds, byte by byte (contract §9.4).

use cargohold_protocol::Timestamp;
use cargohold_render::feed::{NewCrate, Release, Site, crate_feed, crates_feed, updates_feed};

const SITE: Site<'static> = Site { base_url: "https://crates.example", title: "Crates" };

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn release(description: Option<&str>) -> Release<'_> {
    Release { name: "tide", num: "1.0.0+a", description, at: at("2026-01-02T03:04:05.678Z") }
}

#[test]
fn a_feed_of_all_releases_has_this_form() {
    let expected = r#"<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:crates="https://crates.io/">
    <channel>
        <title>Crates: recent updates</title>
        <link>https://crates.example/</link>
        <description>Recently published crate versions on Crates</description>
        <language>en</language>
        <atom:link href="https://crates.example/rss/updates.xml" rel="self" type="application/rss+xml"/>
        <item>
            <title>New crate version published: tide v1.0.0+a</title>
            <link>https://crates.example/crates/tide/1.0.0+a</link>
            <description><![CDATA[Waves & tides]]></description>
            <guid>https://crates.example/crates/tide/1.0.0+a</guid>
            <pubDate>Fri, 2 Jan 2026 03:04:05 +0000</pubDate>
            <crates:name>tide</crates:name>
            <crates:version>1.0.0+a</crates:version>
        </item>
    </channel>
</rss>"#;
    assert_eq!(updates_feed(SITE, &[release(Some("Waves & tides"))]), expected);
}

#[test]
fn a_feed_of_one_crate_leaves_its_description_out() {
    let feed = crate_feed(SITE, "tide", &[release(Some("Waves")), release(None)]);
    assert!(feed.contains("<title>Crates: tide releases</title>"), "{feed}");
    assert!(feed.contains("<link>https://crates.example/crates/tide</link>"), "{feed}");
    assert!(feed.contains("href=\"https://crates.example/rss/crates/tide.xml\""), "{feed}");
    assert_eq!(feed.matches("<item>").count(), 2);
    assert!(!feed.contains("Waves"), "{feed}");
}

#[test]
fn a_feed_of_new_crates_has_no_versions() {
    let krate = NewCrate { name: "tide", description: None, at: at("2026-12-31T23:59:59Z") };
    let feed = crates_feed(SITE, &[krate, NewCrate { name: "ebb", description: Some("Low"), ..krate }]);
    assert!(feed.contains("<title>Crates: newest crates</title>"), "{feed}");
    assert!(feed.contains("href=\"https://crates.example/rss/crates.xml\""), "{feed}");
    assert!(feed.contains("<title>New crate created: tide</title>"), "{feed}");
    assert!(feed.contains("<guid>https://crates.example/crates/ebb</guid>"), "{feed}");
    assert!(feed.contains("<pubDate>Thu, 31 Dec 2026 23:59:59 +0000</pubDate>"), "{feed}");
    assert_eq!(feed.matches("<description>").count(), 2, "the channel's and one crate's: {feed}");
    assert!(!feed.contains("crates:version"), "{feed}");
    assert!(feed.find("tide") < feed.find("ebb"), "{feed}");
}

#[test]
fn hostile_texts_stay_texts() {
    let feed = updates_feed(SITE, &[release(Some("a]]></description><b>&\0\u{1b}\u{ffff}\t\u{1f600}]]>"))]);
    let cdata = "<![CDATA[a]]]]><![CDATA[></description><b>&\t\u{1f600}]]]]><![CDATA[>]]>";
    assert!(feed.contains(cdata), "{feed}");
    let site = Site { base_url: "https://e.example/?a&b\"c", title: "<T>" };
    let feed = crates_feed(site, &[]);
    assert!(feed.contains("<title>&lt;T&gt;: newest crates</title>"), "{feed}");
    assert!(feed.contains("href=\"https://e.example/?a&amp;b&quot;c/rss/crates.xml\""), "{feed}");
}

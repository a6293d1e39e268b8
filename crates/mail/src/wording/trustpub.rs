//! Letters about trusted publishing.

use crate::body::Body;
use crate::site::Site;

pub(super) fn config_created(site: &Site, who: &str, krate: &str, publisher: &[(String, String)]) -> Body {
    Body::new(&format!("{krate} on {} has a new trusted publisher", site.name))
        .paragraph(&format!(
            "{who} added a trusted publisher to the crate `{krate}`. From now on this workflow \
            can publish versions of it:"
        ))
        .facts(pairs(publisher))
        .paragraph(
            "If this was not meant to happen, remove the publisher in the settings of the crate, and \
            look through its owners.",
        )
        .link("The settings of the crate", settings(site, krate))
}

pub(super) fn config_deleted(site: &Site, who: &str, krate: &str, publisher: &[(String, String)]) -> Body {
    Body::new(&format!("{krate} on {} has lost a trusted publisher", site.name))
        .paragraph(&format!(
            "{who} removed a trusted publisher from the crate `{krate}`. This workflow can no \
            longer publish versions of it:"
        ))
        .facts(pairs(publisher))
        .paragraph(
            "If this was not meant to happen, add the publisher again in the settings of the crate, and \
            look through its owners.",
        )
        .link("The settings of the crate", settings(site, krate))
}

pub(super) fn only_changed(site: &Site, who: &str, krate: &str, is_on: bool) -> Body {
    let name = &site.name;
    let (subject, now) = if is_on {
        (
            format!("{krate} on {name} can only be published by trusted publishers"),
            "accepts new versions from its trusted publishers only; API tokens are turned away",
        )
    } else {
        (
            format!("{krate} on {name} can be published with API tokens again"),
            "accepts new versions from its trusted publishers and with API tokens",
        )
    };
    Body::new(&subject)
        .paragraph(&format!("{who} changed how the crate `{krate}` is published: it now {now}."))
        .paragraph(
            "If this was not meant to happen, change it back in the settings of the crate, and look \
            through its owners.",
        )
        .link("The settings of the crate", settings(site, krate))
}

fn settings(site: &Site, krate: &str) -> String {
    site.krate(krate) + "/settings"
}

fn pairs(publisher: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    publisher.iter().map(|(label, value)| (label.as_str(), value.as_str()))
}

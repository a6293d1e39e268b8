//! Letters about tokens.

use crate::body::Body;
use crate::site::Site;

pub(super) fn created(site: &Site, token_name: &str) -> Body {
    Body::new(&format!("New API token for your account on {}", site.name))
        .paragraph("An API token was made for your account:")
        .facts([("Token", token_name)])
        .paragraph("If it was not you, revoke it at once, and look through the other tokens of your account too.")
        .link("Your API tokens", site.page("/settings/tokens"))
}

pub(super) fn expires(site: &Site, token_name: &str, token_id: i64, expires_at: &str) -> Body {
    Body::new(&format!("One of your API tokens for {} expires soon", site.name))
        .paragraph("One of your API tokens is about to expire, and whatever uses it will be turned away then:")
        .facts([("Token", token_name), ("Expires", expires_at)])
        .paragraph(
            "If it is still in use, make another one like it, and put that in its place. If not, let it \
            expire.",
        )
        .link("Make another token like it", site.page(&format!("/settings/tokens/new?from={token_id}")))
}

pub(super) fn exposed(site: &Site, token_name: &str, reporter: &str, source: &str, url: Option<&str>) -> Body {
    Body::new(&format!("One of your API tokens for {} leaked and was revoked", site.name))
        .paragraph(
            "One of your API tokens was found where others can read it. It has been revoked, so nobody \
            can use it any more:",
        )
        .facts([("Token", token_name)].into_iter().chain(report(reporter, source, url)))
        .paragraph(
            "Look whether anything was published or changed that you know nothing about: others may have \
            had the token before it was found.",
        )
        .paragraph(
            "If something of yours used this token, make a new one for it, and keep that out of what you \
            share.",
        )
        .link("Your API tokens", site.page("/settings/tokens"))
}

pub(super) fn trustpub_exposed(
    site: &Site,
    crates: &[String],
    reporter: &str,
    source: &str,
    url: Option<&str>,
) -> Body {
    Body::new(&format!("A publishing token for your crates on {} leaked and was revoked", site.name))
        .paragraph(
            "A short-lived token, made by trusted publishing, was found where others can read it. It has \
            been revoked. It could publish these crates of yours:",
        )
        .list(crates)
        .facts(report(reporter, source, url))
        .paragraph(
            "Look whether anything was published that you know nothing about, and find out how the \
            workflow let the token out, for example into its log.",
        )
}

/// Who found a token and where. The address is a stranger's, so it is told as a fact and does not become a link.
fn report<'a>(reporter: &'a str, source: &'a str, url: Option<&'a str>) -> impl Iterator<Item = (&'a str, &'a str)> {
    [("Reported by", reporter), ("Found in", source)].into_iter().chain(url.map(|url| ("Address", url)))
}

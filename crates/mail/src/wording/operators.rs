//! Letters to those who run the site.

use crate::body::Body;
use crate::site::Site;

pub(super) fn possible_typosquat(site: &Site, krate: &str, findings: &[String]) -> Body {
    Body::new(&format!("The new crate {krate} on {} looks like another one", site.name))
        .paragraph(&format!(
            "The crate `{krate}` was published for the first time. Its name is easily mistaken \
            for that of a popular crate with other owners:"
        ))
        .list(findings)
        .paragraph("Nothing was blocked. Look at the crate, and decide whether it may stay.")
        .link("See the crate", site.krate(krate))
}

pub(super) fn admins_changed(site: &Site, granted: &[String], revoked: &[String]) -> Body {
    let body = Body::new(&format!("The administrators of {} have changed", site.name))
        .paragraph("You get this mail because you were an administrator before the change.");
    let body = section(body, "Became an administrator:", granted);
    section(body, "No longer an administrator:", revoked).paragraph(
        "If this is not what you expect, find out at once who changed the list the administrators are taken from.",
    )
}

fn section(body: Body, title: &str, logins: &[String]) -> Body {
    if logins.is_empty() { body } else { body.paragraph(title).list(logins) }
}

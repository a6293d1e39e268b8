//! Letters about a crate.

use crate::body::Body;
use crate::letter::Publisher;
use crate::site::Site;

pub(super) fn owner_invitation(site: &Site, inviter: &str, krate: &str, token: &str) -> Body {
    let name = &site.name;
    Body::new(&format!("{inviter} invites you to own the crate {krate} on {name}"))
        .paragraph(&format!(
            "`{inviter}` would like you to be an owner of the crate `{krate}` on {name}. Owners \
            publish and yank versions, and decide who else is an owner."
        ))
        .link("Accept the invitation", site.page_of("/accept-invite/", token))
        .paragraph(
            "Whoever has this link can accept for you, so do not pass it on. You can also accept, or \
            decline, among your invitations:",
        )
        .link("Your invitations", site.page("/me/pending-invites"))
}

pub(super) fn published(site: &Site, krate: &str, version: &str, at: &str, by: &Publisher) -> Body {
    let by = match by {
        Publisher::You => "you".to_owned(),
        Publisher::User(login) => login.clone(),
        Publisher::Workflow { provider, project, run } => format!("run {run} of {project} on {provider}"),
    };
    Body::new(&format!("{krate} {version} was published on {}", site.name))
        .paragraph(&format!("Version {version} of the crate `{krate}` was published:"))
        .facts([("Crate", krate), ("Version", version), ("Time", at), ("Published by", &by)])
        .link("See this version", site.version(krate, version))
        .paragraph(
            "If it should not have been, yank it, find out how it came about, and revoke the tokens you do not know.",
        )
        .link("Your API tokens", site.page("/settings/tokens"))
        .paragraph("You get this mail because you own the crate. These mails can be switched off in your settings:")
        .link("Your settings", site.page("/settings/profile"))
}

pub(super) fn deleted(site: &Site, krate: &str) -> Body {
    let name = &site.name;
    Body::new(&format!("The crate {krate} was deleted from {name}"))
        .paragraph(&format!(
            "Your account was used to delete the crate `{krate}`, with all its versions, from \
            {name}. This cannot be undone."
        ))
        .paragraph(
            "If it was not you, somebody else can get into your account: tell the people who run the \
            site, and revoke the tokens you do not know.",
        )
        .link("Your API tokens", site.page("/settings/tokens"))
}

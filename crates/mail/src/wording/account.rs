//! Letters about an account and how one gets into it.

use crate::body::Body;
use crate::site::Site;

pub(super) fn confirm_address(site: &Site, token: &str, login: &str) -> Body {
    let name = &site.name;
    Body::new(&format!("Confirm your mail address for {name}"))
        .paragraph(&format!("Somebody, hopefully you, entered this address for the account `{login}` on {name}."))
        .paragraph("If it was you, confirm that mails reach you:")
        .link("Confirm this address", site.page_of("/confirm/", token))
        .paragraph("If it was not you, do nothing, and the address stays unconfirmed.")
}

pub(super) fn unsubscribed(site: &Site) -> Body {
    Body::new(&format!("No more mails about publishes on {}", site.name))
        .paragraph("As you asked, we no longer write to you when a version of one of your crates is published.")
        .paragraph(
            "If you want these mails back, or it was not you who switched them off, switch them on again in your \
            settings:",
        )
        .link("Your settings", site.page("/settings/profile"))
}

pub(super) fn sign_up_invitation(site: &Site, inviter: &str, token: &str) -> Body {
    let name = &site.name;
    Body::new(&format!("{inviter} invites you to {name}"))
        .paragraph(&format!("`{inviter}` invites you to make an account on {name}, a registry of Rust crates."))
        .link("Make an account", site.page_of("/sign-up/", token))
        .paragraph(&format!(
            "If the link has stopped working, ask `{inviter}` for another invitation. If you \
            did not expect this mail, do nothing."
        ))
}

pub(super) fn security_notice(site: &Site, what: &str, at: &str, address: &str) -> Body {
    Body::new(&format!("The security of your account on {} has changed", site.name))
        .paragraph(&format!("{what}."))
        .facts([("Time", at), ("From address", address)])
        .paragraph("If it was you, there is nothing to do.")
        .paragraph(
            "If it was not you, somebody else can get into your account. Sign in, undo the change in \
            your settings, and revoke the API tokens you do not know. If you cannot sign in any more, turn to \
            the people who run the site.",
        )
        .link("Your settings", site.page("/settings/profile"))
        .link("Your API tokens", site.page("/settings/tokens"))
}

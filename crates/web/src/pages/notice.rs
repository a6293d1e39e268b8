//! What a page says was just done. The sentences are ours: an address can choose one, never write one.

/// One sentence at the top of the page that a form leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    key: &'static str,
    text: &'static str,
}

/// All of them, with the key by which an address names each.
const NOTICES: &[Notice] = &[
    // Of crates.
    Notice { key: "followed", text: "You follow this crate now; its new versions show up on your dashboard." },
    Notice { key: "unfollowed", text: "You no longer follow this crate." },
    // Of people's own settings.
    Notice { key: "signed-out", text: "You are signed out." },
    Notice { key: "signed-out-everywhere", text: "You are signed out in all browsers." },
    Notice { key: "signed-up", text: "Welcome! Your account is open." },
    Notice { key: "name-changed", text: "Saved. Some pages show the old name for another minute." },
    Notice { key: "password-changed", text: "Your password is changed; all other browsers are signed out." },
    Notice { key: "second-factor-off", text: "The second factor is off." },
    Notice { key: "session-ended", text: "That browser is signed out." },
    Notice { key: "confirmation-sent", text: "We wrote to your address; open the link in the mail to confirm it." },
    Notice {
        key: "address-saved",
        text: "Your address is saved. This registry sends no mail: ask an administrator to confirm it.",
    },
    Notice { key: "notifications-set", text: "Saved what we write to you about." },
    Notice { key: "account-linked", text: "The account is linked; you can sign in with it." },
    Notice { key: "account-unlinked", text: "The account is unlinked." },
    Notice { key: "key-registered", text: "The key is registered." },
    Notice { key: "key-revoked", text: "The key is revoked." },
    Notice { key: "token-revoked", text: "The token is revoked; nothing accepts it any more." },
    Notice { key: "tokens-revoked", text: "All your tokens are revoked; nothing accepts them any more." },
    Notice { key: "invitation-accepted", text: "You are an owner now; the crate is on your dashboard." },
    Notice { key: "invitation-declined", text: "The invitation is declined." },
    // Of what owners manage.
    Notice { key: "owner-invited", text: "They are invited, and own the crate once they accept." },
    Notice { key: "team-owns", text: "The team owns the crate now: its members may publish and yank." },
    Notice { key: "owner-uninvited", text: "The invitation is taken back; its link no longer works." },
    Notice { key: "owner-removed", text: "They no longer own the crate." },
    Notice { key: "owner-left", text: "You no longer own this crate." },
    Notice { key: "publisher-added", text: "The pipeline may publish the crate now." },
    Notice {
        key: "publisher-removed",
        text: "The pipeline may no longer publish. Tokens it has got already work until they expire.",
    },
    Notice {
        key: "publisher-pending",
        text: "The pipeline may publish the first version, and you will own the crate.",
    },
    Notice { key: "trusted-only", text: "Only trusted publishing may publish this crate from now on." },
    Notice { key: "not-trusted-only", text: "API tokens may publish this crate again." },
    Notice { key: "yanked", text: "The version is yanked. Lockfiles that name it keep building." },
    Notice { key: "unyanked", text: "The version is back." },
    Notice { key: "crate-deleted", text: "The crate is deleted. Its name is free again in 24 hours." },
    Notice { key: "docs-asked", text: "The documentation host was asked to build the documentation once more." },
    Notice { key: "team-created", text: "The team is there. Add the people who are in it." },
    Notice { key: "team-renamed", text: "The team has its new name." },
    Notice { key: "team-deleted", text: "The team is deleted." },
    Notice { key: "member-put", text: "The team has changed." },
    Notice { key: "member-removed", text: "They are no longer in the team." },
    // Of what administrators manage.
    Notice { key: "user-locked", text: "The account is locked." },
    Notice { key: "user-unlocked", text: "The account is no longer locked." },
    Notice { key: "email-verified", text: "The address counts as confirmed now." },
    Notice { key: "admin-made", text: "They are an administrator as soon as they have signed in again." },
    Notice { key: "admin-unmade", text: "They are no longer an administrator." },
    Notice { key: "sessions-ended", text: "They are signed out everywhere." },
    Notice { key: "rate-set", text: "The rate is set." },
    Notice { key: "rate-removed", text: "They may do this as often as others again." },
    Notice { key: "invitation-withdrawn", text: "The invitation is withdrawn; its link no longer works." },
    Notice { key: "limits-set", text: "The limits hold from the next upload on." },
    Notice { key: "handed-over", text: "The crate has another owner now." },
    Notice { key: "job-retried", text: "The job is tried again now." },
    Notice { key: "job-dropped", text: "The job is dropped." },
    Notice { key: "banner-set", text: "Everybody sees this banner now." },
    Notice { key: "banner-hidden", text: "Nobody sees a banner now." },
    Notice { key: "banner-reset", text: "What was set here is forgotten." },
];

impl Notice {
    pub(super) fn from_key(key: &str) -> Option<Self> {
        NOTICES.iter().find(|notice| notice.key == key).copied()
    }

    /// The sentence.
    pub(super) fn text(self) -> &'static str {
        self.text
    }
}

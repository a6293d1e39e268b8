//! The words of each letter.
//!
//! No mail asks for a password or a token: it says what happened, and what to do on the site.

mod account;
mod krate;
mod operators;
mod token;
mod trustpub;

use crate::body::Body;
use crate::letter::Letter;
use crate::site::Site;

impl Letter {
    pub(crate) fn body(&self, site: &Site) -> Body {
        match self {
            Self::ConfirmAddress { token, login } => account::confirm_address(site, token, login),
            Self::NewToken { token_name } => token::created(site, token_name),
            Self::TokenExpires { token_name, token_id, expires_at } => {
                token::expires(site, token_name, *token_id, expires_at)
            }
            Self::TokenExposed { token_name, reporter, source, url } => {
                token::exposed(site, token_name, reporter, source, url.as_deref())
            }
            Self::TrustpubTokenExposed { crates, reporter, source, url } => {
                token::trustpub_exposed(site, crates, reporter, source, url.as_deref())
            }
            Self::OwnerInvitation { inviter, krate, token } => krate::owner_invitation(site, inviter, krate, token),
            Self::Published { krate, version, at, by } => krate::published(site, krate, version, at, by),
            Self::Unsubscribed => account::unsubscribed(site),
            Self::CrateDeleted { krate } => krate::deleted(site, krate),
            Self::TrustpubConfigCreated { actor, is_actor, krate, publisher } => {
                trustpub::config_created(site, &who(actor, *is_actor), krate, publisher)
            }
            Self::TrustpubConfigDeleted { actor, is_actor, krate, publisher } => {
                trustpub::config_deleted(site, &who(actor, *is_actor), krate, publisher)
            }
            Self::TrustpubOnlyChanged { actor, is_actor, krate, is_on } => {
                trustpub::only_changed(site, &who(actor, *is_actor), krate, *is_on)
            }
            Self::PossibleTyposquat { krate, findings } => operators::possible_typosquat(site, krate, findings),
            Self::AdminsChanged { granted, revoked } => operators::admins_changed(site, granted, revoked),
            Self::SignUpInvitation { inviter, token } => account::sign_up_invitation(site, inviter, token),
            Self::SecurityNotice { what, at, address } => account::security_notice(site, what, at, address),
        }
    }
}

/// How a sentence about what somebody did begins.
fn who(actor: &str, is_actor: bool) -> String {
    if is_actor { "You".to_owned() } else { format!("`{actor}`") }
}

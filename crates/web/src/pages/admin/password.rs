//! A one-time password, shown this once.

use askama::Template;

use crate::pages::filters;
use crate::pages::frame::Frame;

#[derive(Template)]
#[template(path = "admin_password.html")]
pub(super) struct PasswordPage {
    pub(super) frame: Frame,
    pub(super) login: String,
    pub(super) password: String,
    /// Whether the account is new, too.
    pub(super) is_new: bool,
}

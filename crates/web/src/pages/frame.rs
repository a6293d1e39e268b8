//! What surrounds the contents of every page.

use cargohold_registry::{Registry, User};

use super::assets;
use super::notice::Notice;

/// Who looks at a page.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// The id.
    pub(super) id: i64,
    /// The login.
    pub(super) login: String,
    /// Whether they administrate the registry.
    pub(super) is_admin: bool,
}

impl Viewer {
    pub(super) fn of(user: &User) -> Self {
        Self { id: user.id, login: user.login.clone(), is_admin: user.is_admin }
    }
}

/// The site's name, who looks, and what the forms of the page need. Every page has one; `frame.html` shows it.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// What the operator calls the registry.
    pub(super) site: String,
    /// What a configuration of cargo may call it: `site` in letters, digits and `-`.
    pub(super) alias: String,
    /// The address under which clients reach it, without a slash at the end.
    pub(super) base_url: String,
    /// The address of the sparse index as cargo is told it.
    pub(super) index_url: String,
    /// Whether reading needs somebody to be signed in.
    pub(super) is_private: bool,
    /// Who is signed in.
    pub(super) viewer: Option<Viewer>,
    /// What every form sends back, as `form_token`.
    pub(super) form_token: String,
    /// What the operator wants everybody to know.
    pub(super) banner: Option<String>,
    /// What was just done.
    pub(super) notice: Option<Notice>,
    /// What was searched for.
    pub(super) searched: String,
    /// The path and query of the page.
    pub(super) here: String,
    /// Whether the page is to be `light` or `dark`, whatever the system says.
    pub(super) colors: Option<&'static str>,
    /// The address of the stylesheet.
    pub(super) style: &'static str,
    /// The address of the script.
    pub(super) script: &'static str,
}

impl Frame {
    pub(super) fn new(
        registry: &Registry,
        viewer: Option<Viewer>,
        form_token: String,
        searched: String,
        notice: Option<Notice>,
    ) -> Self {
        let settings = registry.settings();
        Self {
            site: settings.site_name.clone(),
            alias: alias(&settings.site_name),
            base_url: settings.base_url.clone(),
            index_url: settings.index_url(),
            is_private: settings.auth_required,
            viewer,
            form_token,
            banner: registry.banner().as_deref().map(str::to_owned),
            notice,
            searched,
            here: String::new(),
            colors: None,
            style: assets::STYLE.address(),
            script: assets::SCRIPT.address(),
        }
    }

    /// Whether whoever looks may see nothing but how to sign in.
    pub(super) fn is_closed(&self) -> bool {
        self.is_private && self.viewer.is_none()
    }

    /// Whether this is somebody's own login.
    pub(super) fn is_me(&self, login: &str) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.login == login)
    }

    /// The variable in which cargo looks for a token for this registry.
    pub(super) fn token_variable(&self) -> String {
        format!("CARGO_REGISTRIES_{}_TOKEN", self.alias.to_uppercase().replace('-', "_"))
    }

    /// The colours to choose from: what addresses and what people call them, and whether these are chosen.
    pub(super) fn all_colors(&self) -> [(&'static str, &'static str, bool); 3] {
        let is = |colors: &str| self.colors == Some(colors);
        [("system", "automatic", self.colors.is_none()), ("light", "light", is("light")), ("dark", "dark", is("dark"))]
    }

    /// Whether an administrator looks.
    pub(super) fn is_admin(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.is_admin)
    }
}

/// A name for `[registries.…]`, made of what people call the registry.
fn alias(site: &str) -> String {
    let lower = site.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let alias = words.collect::<Vec<_>>().join("-");
    if alias.starts_with(|c: char| c.is_ascii_alphabetic()) { alias } else { "cargohold".to_owned() }
}

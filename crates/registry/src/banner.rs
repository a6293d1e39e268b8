//! The banner: what everybody is told on every page. Administrators set it; without that, the configuration has one.

use std::sync::{Arc, PoisonError, RwLock};

use cargohold_store::site_texts;
use serde_json::json;

use crate::audit::{self, Deed};
use crate::auth::Need;
use crate::{Call, Error, Registry, Result};

/// Names the text in the store.
const BANNER: &str = "banner";

/// The longest banner, in characters.
const MAX_BANNER_CHARS: usize = 500;

/// The banner that is shown, and the configured one.
pub(crate) struct Banner {
    configured: Option<Arc<str>>,
    shown: RwLock<Option<Arc<str>>>,
}

impl Banner {
    pub(crate) fn new(configured: Option<&str>) -> Self {
        let configured = configured.filter(|text| !text.is_empty()).map(Arc::from);
        Self { shown: RwLock::new(configured.clone()), configured }
    }

    /// Shows the stored text; the configured one if none is stored, and none if the stored one is empty.
    fn show(&self, stored: Option<&str>) {
        let banner = match stored {
            None => self.configured.clone(),
            Some("") => None,
            Some(text) => Some(text.into()),
        };
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = banner;
    }
}

impl Registry {
    /// What everybody is to be told. Costs nothing; about half a second behind what other processes set.
    #[must_use]
    pub fn banner(&self) -> Option<Arc<str>> {
        self.banner.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The banner that administrators have set; an empty one hides the configured one.
    ///
    /// # Errors
    /// When the caller is no administrator.
    pub async fn find_set_banner(&self, call: &Call) -> Result<Option<String>> {
        self.authorize(call, Need::Administrator).await?;
        Ok(site_texts::find(&mut self.store.read().await?, BANNER).await?)
    }

    /// Tells everybody something from now on; an empty text tells nothing, and `None` tells what is configured.
    ///
    /// # Errors
    /// When the caller is no administrator, or the text is too long.
    pub async fn set_banner(&self, call: &Call, text: Option<&str>) -> Result<()> {
        let actor = self.authorize(call, Need::Administrator).await?;
        let text = text.map(str::trim);
        check_banner(text.unwrap_or_default())?;
        let mut tx = self.store.write().await?;
        site_texts::set(&mut tx, BANNER, text, call.now).await?;
        let deed = Deed::new(call, &actor, "site.banner", "");
        audit::record(&mut tx, &deed.with(json!({ "text": text }))).await?;
        tx.commit().await?;
        self.banner.show(text);
        Ok(())
    }

    /// Shows the banner that is set by now.
    pub(crate) async fn reread_banner(&self) -> Result<()> {
        let stored = site_texts::find(&mut self.store.read().await?, BANNER).await?;
        self.banner.show(stored.as_deref());
        Ok(())
    }
}

fn check_banner(text: &str) -> Result<()> {
    if text.contains(|c: char| c.is_control() && c != '\n' && c != '\r') {
        return Err(Error::Refused("the banner contains control characters; leave them out".to_owned()));
    }
    let chars = text.chars().count();
    if chars <= MAX_BANNER_CHARS {
        return Ok(());
    }
    let text = format!("the banner has {chars} characters, which is more than {MAX_BANNER_CHARS}; shorten it");
    Err(Error::Refused(text))
}

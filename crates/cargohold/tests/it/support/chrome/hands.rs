//! What a person does with the keyboard, and what the browser keeps for them.

use serde_json::{Value, json};
use thirtyfour::Key;
use thirtyfour::common::keys::TypingData;

use super::Chrome;
use crate::support::eventually;

/// What has the focus: its words, and whether a person can see it and sees that it has the focus.
const FOCUS: &str = "const it = document.activeElement; const box = it.getBoundingClientRect(); \
     const style = getComputedStyle(it); \
     const isSeen = box.width > 0 && box.left >= 0 && box.right <= innerWidth && box.top >= 0; \
     return { words: it.ariaLabel ?? it.labels?.[0]?.textContent ?? it.textContent.trim(), isSeen, \
              isMarked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 }";

/// What has the focus.
#[derive(Debug)]
pub(crate) struct Focus {
    /// Its label, or what is written on it.
    pub(crate) words: String,
    /// Whether it lies within the window.
    pub(crate) is_seen: bool,
    /// Whether an outline shows where the focus is.
    pub(crate) is_marked: bool,
}

impl Chrome {
    /// Presses keys where the focus is.
    pub(crate) async fn press(&self, keys: impl Into<TypingData>) {
        self.driver.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Presses the key that leads on, and answers what has the focus then.
    pub(crate) async fn tab(&self) -> Focus {
        self.press(Key::Tab + "").await;
        self.focus().await
    }

    /// What has the focus.
    pub(crate) async fn focus(&self) -> Focus {
        let focus = self.ask(FOCUS).await;
        let is = |member: &str| focus[member] == true;
        let words = focus["words"].as_str().unwrap_or_default().trim().to_owned();
        Focus { words, is_seen: is("isSeen"), is_marked: is("isMarked") }
    }

    /// Waits until the browser is at this path.
    pub(crate) async fn wait_for_path(&self, path: &str) {
        eventually(&format!("the browser is at {path}"), async || self.path().await == path).await;
    }

    /// Takes over the session of somebody who has signed in elsewhere.
    pub(crate) async fn carry(&self, cookie: &str) {
        let (name, value) = cookie.split_once('=').unwrap();
        let cookie = json!({ "url": self.url, "name": name, "value": value, "httpOnly": true });
        self.devtools("Network.setCookie", cookie).await;
    }

    /// Forgets whatever was loaded before.
    pub(crate) async fn forget_cache(&self) {
        self.devtools("Network.clearBrowserCache", json!({})).await;
    }

    /// Whether anything that a stranger wrote has run: such things call the page `owned`, or leave that as a variable.
    pub(crate) async fn was_taken_over(&self) -> bool {
        let script = "return 'owned' in window || document.title === 'owned'";
        self.ask(script).await == Value::Bool(true)
    }
}

//! What every page fulfils, whatever it shows.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;
use tempfile::NamedTempFile;

use super::{Chrome, DESK, PHONE, ZOOMED};
use crate::support::service;

/// Looks at the page itself. It is given how wide the window is.
const LOOK: &str = include_str!("look.js");
/// Adds up how far things have jumped since the page began to load.
const SHIFT: &str = include_str!("shift.js");
/// Asks axe, once it is on the page, for what is serious or worse.
const AXE: &str = include_str!("axe.js");

/// Shows the place that the address points at, as the browser did before its window got another size.
const GO_TO_PLACE: &str = "document.querySelector(':target')?.scrollIntoView()";

/// How far things may jump in all. Chromium's unit: the part of the window that moved, times the part of it that it moved by.
const MAX_SHIFT: f64 = 0.01;

impl Chrome {
    /// Insists that nothing is wrong with the page as it looks now, and with what the browser did since the last check.
    pub(crate) async fn check_page(&self, name: &str) {
        let faults = self.find_faults().await;
        let path = self.path().await;
        assert!(faults.is_empty(), "{name} at {path}, {} wide:\n- {}", self.width.get(), faults.join("\n- "));
    }

    /// What is wrong with the page on a phone and at 200 % zoom, such as that somebody has to move it sideways.
    pub(crate) async fn find_faults_when_narrow(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for size in [PHONE, ZOOMED] {
            self.set_window(size).await;
            faults.extend(self.look().await.into_iter().map(|fault| format!("{} wide, {fault}", size.0)));
        }
        self.set_window(DESK).await;
        faults
    }

    /// What is wrong with the page itself in a window of this size.
    async fn look(&self) -> Vec<String> {
        let width = vec![Value::from(self.width.get())];
        self.driver.execute(LOOK, width).await.unwrap().convert().unwrap()
    }

    /// Checks the page as it is in light and dark colors and on a phone, and keeps a picture of each.
    pub(crate) async fn screenshots(&self, name: &str) {
        for (look, colors, size) in [("light", "light", DESK), ("dark", "dark", DESK), ("phone", "light", PHONE)] {
            self.prefer_colors(colors).await;
            self.set_window(size).await;
            self.check_page(&format!("{name}-{look}")).await;
            // What the address points at has moved with the size of the window.
            self.driver.execute(GO_TO_PLACE, Vec::new()).await.unwrap();
            let png = self.driver.screenshot_as_png().await.unwrap();
            keep(&format!("{name}-{look}.png"), &png);
        }
        self.set_window(DESK).await;
    }

    /// Everything that is wrong: with the page as it looks now, and with what the browser did since the last time.
    pub(crate) async fn find_faults(&self) -> Vec<String> {
        let mut faults = self.look().await;
        faults.extend(self.find_missing_icon().await);
        faults.extend(self.list_requests().await.iter().filter_map(|event| self.judge_request(event)));
        faults.extend(self.list_complaints().await);
        // Neither can be found out where no script runs; the same page is checked with scripts elsewhere.
        if self.has_scripts {
            let shift: f64 = self.driver.execute_async(SHIFT, Vec::new()).await.unwrap().convert().unwrap();
            faults.extend((shift > MAX_SHIFT).then(|| format!("things jump while it loads, by {shift:.3}")));
            faults.extend(self.ask_axe().await);
        }
        faults
    }

    /// Asks for the icon, for the browser does that only sooner or later.
    async fn find_missing_icon(&self) -> Option<String> {
        let script = "return document.querySelector('link[rel~=icon]')?.href ?? new URL('/favicon.ico', location).href";
        let icon = self.ask(script).await;
        let client = reqwest::Client::builder().user_agent("cargohold-tests").no_proxy().build().unwrap();
        let status = client.get(icon.as_str().unwrap()).send().await.unwrap().status();
        (status != 200).then(|| format!("its icon {icon} is a {status}"))
    }

    /// What the browser asked for, and what it got.
    async fn list_requests(&self) -> Vec<Value> {
        let entries = self.driver.get_log("performance").await.unwrap();
        let events = entries.iter().map(|entry| serde_json::from_str::<Value>(&entry.message).unwrap());
        events.map(|mut event| event["message"].take()).collect()
    }

    fn judge_request(&self, event: &Value) -> Option<String> {
        let parameters = &event["params"];
        match event["method"].as_str()? {
            "Network.requestWillBeSent" => {
                let url = parameters["request"]["url"].as_str()?;
                let is_own = url.strip_prefix(&self.url).is_some_and(|rest| rest.starts_with('/'));
                (!is_own && !url.starts_with("data:")).then(|| format!("it asks another site: {url}"))
            }
            "Network.responseReceived" => {
                let (url, status) = (&parameters["response"]["url"], parameters["response"]["status"].as_u64()?);
                // Pages and scripts may be refused what they ask for; only pages may say that there is nothing.
                let is_expected = match parameters["type"].as_str()? {
                    "Document" => status < 500,
                    "Fetch" | "XHR" => status < 500 && status != 404,
                    _ => status < 400,
                };
                (!is_expected).then(|| format!("it needs {url}, which is a {status}"))
            }
            _ => None,
        }
    }

    /// What the browser has complained about: scripts that fail, what the policy of the page forbids, what cannot be loaded.
    async fn list_complaints(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.unwrap();
        let is_complaint = |level: &str| matches!(level, "SEVERE" | "WARNING");
        let is_status = |message: &str| message.contains("Failed to load resource: the server responded");
        let complaints = entries.iter().filter(|entry| is_complaint(&entry.level) && !is_status(&entry.message));
        complaints.map(|entry| format!("the browser complains: {}", entry.message)).collect()
    }

    async fn ask_axe(&self) -> Vec<String> {
        let axe = std::fs::read_to_string(service("TEST_AXE")).unwrap();
        self.driver.execute(axe, Vec::new()).await.unwrap();
        self.driver.execute_async(AXE, Vec::new()).await.unwrap().convert().unwrap()
    }
}

/// Keeps a picture, whole, even if another test takes the same.
fn keep(name: &str, png: &[u8]) {
    let folder = service("TEST_SCREENSHOTS");
    let mut file = NamedTempFile::new_in(&folder).unwrap();
    file.write_all(png).unwrap();
    file.persist(Path::new(&folder).join(name)).unwrap();
}

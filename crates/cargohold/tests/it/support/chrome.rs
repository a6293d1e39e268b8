//! A real browser without a window, for the pages: what a person does with them, in plain words.

mod check;
mod driver;
mod hands;

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::common::command::{Command, ExtensionCommand};
use thirtyfour::prelude::{ElementQueryable, ElementWaitable, WebDriverResult};
use thirtyfour::{By, Capabilities, Key, WebDriver, WebElement};
use tokio::sync::{Semaphore, SemaphorePermit};

use self::driver::ChromeDriver;
use super::{TestServer, service};

/// A browser takes a core for itself while it starts and renders.
static TURNS: Semaphore = Semaphore::const_new(2);

/// How long an element may take to appear, and how often it is looked for.
const PATIENCE: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_millis(25);

/// The size of a window on a desk, and of one in a hand.
pub(crate) const DESK: (u32, u32) = (1280, 900);
pub(crate) const PHONE: (u32, u32) = (390, 844);
/// The desk to a browser that shows everything twice as large.
pub(crate) const ZOOMED: (u32, u32) = (640, 450);

/// Nothing but loopback is ever asked, and nothing is drawn that depends on the machine.
const SWITCHES: [&str; 12] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--lang=en-US",
];

/// A Chromium with a fresh profile that visits one server. It is gone when the value is.
pub(crate) struct Chrome {
    driver: WebDriver,
    url: String,
    width: Cell<u32>,
    has_scripts: bool,
    process: ChromeDriver,
    _turn: Option<SemaphorePermit<'static>>,
}

impl Chrome {
    pub(crate) async fn start(server: &TestServer) -> Self {
        Self::at(&server.url).await
    }

    /// A browser for another site than a registry.
    pub(crate) async fn at(url: &str) -> Self {
        let turn = TURNS.acquire().await.unwrap();
        Self::launch(url, true, Some(turn)).await
    }

    /// A browser that runs no script of any page.
    pub(crate) async fn without_scripts(server: &TestServer) -> Self {
        let turn = TURNS.acquire().await.unwrap();
        Self::launch(&server.url, false, Some(turn)).await
    }

    /// The browser of another person at the same server. It does not wait for a turn: two tests that each have one browser
    /// and want a second would wait for each other.
    pub(crate) async fn another(&self) -> Self {
        Self::launch(&self.url, true, None).await
    }

    async fn launch(url: &str, has_scripts: bool, turn: Option<SemaphorePermit<'static>>) -> Self {
        let process = ChromeDriver::start();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let started = WebDriver::builder(&process.url, capabilities(has_scripts)).client(client).await;
        let driver = started.unwrap_or_else(|error| panic!("Chromium does not start: {error}\n{}", process.log()));
        let url = url.to_owned();
        let chrome = Self { driver, url, width: Cell::default(), has_scripts, process, _turn: turn };
        chrome.set_window(DESK).await;
        chrome.prefer_colors("light").await;
        chrome
    }

    /// Goes to a page and waits until it is loaded.
    pub(crate) async fn open(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.url)).await.unwrap();
    }

    /// Path and query of the page.
    pub(crate) async fn path(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        url.as_str().strip_prefix(&self.url).unwrap_or(url.as_str()).to_owned()
    }

    /// The status with which the page was answered, after all redirects.
    pub(crate) async fn status(&self) -> u64 {
        let script = "return performance.getEntriesByType('navigation')[0].responseStatus";
        self.ask(script).await.as_u64().unwrap()
    }

    /// What a person can read on the page.
    pub(crate) async fn text(&self) -> String {
        self.driver.find(By::Tag("body")).await.unwrap().text().await.unwrap()
    }

    pub(crate) async fn has_text(&self, text: &str) -> bool {
        self.text().await.contains(text)
    }

    /// Waits for an element that a person can see.
    pub(crate) async fn wait_for(&self, css: &str) -> WebElement {
        self.find(css, By::Css(css)).await
    }

    /// Waits until a person can read this in one element.
    pub(crate) async fn wait_for_text(&self, text: &str) {
        let xpath = format!("//body//*[contains(normalize-space(.), {})]", quote(text));
        self.find(text, By::XPath(xpath)).await;
    }

    /// Clicks on the link, button, summary or label of this name. A page that it leads to is loaded when this returns.
    pub(crate) async fn click(&self, name: &str) {
        let quoted = quote(name);
        let xpath = format!(
            "//*[self::a or self::button or self::summary or self::label]\
             [normalize-space(.)={quoted} or @aria-label={quoted}] | //input[@type='submit'][@value={quoted}]"
        );
        self.find(name, By::XPath(xpath)).await.click().await.unwrap();
    }

    /// The field that a person finds by its label.
    pub(crate) async fn field(&self, label: &str) -> WebElement {
        let quoted = quote(label);
        // A label around a list contains the texts of its options too.
        let is_label = format!("normalize-space(.)={quoted} or normalize-space(text())={quoted}");
        let xpath = format!(
            "//*[self::input or self::select or self::textarea]\
             [@id=//label[{is_label}]/@for or ancestor::label[{is_label}] or @aria-label={quoted}]"
        );
        self.find(label, By::XPath(xpath)).await
    }

    /// Replaces what is in a field, or chooses what is in a list.
    pub(crate) async fn fill(&self, label: &str, value: &str) {
        let field = self.field(label).await;
        if field.tag_name().await.unwrap() == "select" {
            let option = By::XPath(format!(".//option[normalize-space(.)={}]", quote(value)));
            return field.find(option).await.unwrap().click().await.unwrap();
        }
        field.clear().await.unwrap();
        field.send_keys(value).await.unwrap();
    }

    /// What is in a field.
    pub(crate) async fn value(&self, label: &str) -> String {
        self.field(label).await.value().await.unwrap().unwrap_or_default()
    }

    /// Presses Enter in a field, which sends its form, and waits for the page that answers.
    pub(crate) async fn submit(&self, label: &str) {
        let page = self.driver.find(By::Tag("html")).await.unwrap();
        self.field(label).await.send_keys(Key::Enter).await.unwrap();
        page.wait_until().wait(PATIENCE, INTERVAL).stale().await.unwrap();
    }

    /// Makes the page as large as a window or a phone would show it.
    pub(crate) async fn set_window(&self, (width, height): (u32, u32)) {
        let is_mobile = width <= PHONE.0;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_mobile });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        self.width.set(width);
    }

    /// Says to pages that the person prefers these colors, `light` or `dark`, and nothing that moves.
    pub(crate) async fn prefer_colors(&self, scheme: &str) {
        let features = [("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")];
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// How many bytes the page and everything on it took from the network, headers included.
    pub(crate) async fn transferred_bytes(&self) -> u64 {
        let script = "const kinds = ['navigation', 'resource'];\
                      const entries = kinds.flatMap(kind => performance.getEntriesByType(kind));\
                      return entries.reduce((sum, entry) => sum + entry.transferSize, 0)";
        self.ask(script).await.as_u64().unwrap()
    }

    /// What a script answers that the driver runs on the page.
    async fn ask(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    async fn devtools(&self, command: &'static str, parameters: Value) {
        let command = DevTools { command, parameters };
        self.driver.cmd(Command::ExtensionCommand(Box::new(command))).await.unwrap();
    }

    /// Waits for the first visible element of this kind.
    async fn find(&self, what: &str, by: By) -> WebElement {
        // What a script replaces while it is looked at is looked for again.
        let query = self.driver.query(by).wait(PATIENCE, INTERVAL).ignore_errors(true);
        match query.and_displayed().first().await {
            Ok(element) => element,
            Err(error) => {
                let (path, text) = (self.path().await, self.text().await);
                panic!("there is no `{what}` on {path}: {error}\nThe page says:\n{text}")
            }
        }
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        // The driver's process ends next, and the session with it; nobody needs to be told.
        _ = self.driver.clone().leak();
        if std::thread::panicking() {
            eprintln!("the driver's log:\n{}", self.process.log());
        }
    }
}

fn capabilities(has_scripts: bool) -> Capabilities {
    // 2 stands for "block".
    let scripts = if has_scripts { 1 } else { 2 };
    let preferences = json!({
        "credentials_enable_service": false,
        "profile.password_manager_enabled": false,
        "profile.password_manager_leak_detection": false,
        "profile.managed_default_content_settings.javascript": scripts,
    });
    let options = json!({
        "binary": service("TEST_CHROMIUM"),
        "args": SWITCHES,
        "prefs": preferences,
        "perfLoggingPrefs": { "enableNetwork": true, "enablePage": false },
    });
    let mut capabilities = Capabilities::new();
    let mut set = |name: &str, value: Value| -> WebDriverResult<()> { capabilities.set(name, value) };
    set("goog:chromeOptions", options).unwrap();
    set("goog:loggingPrefs", json!({ "browser": "ALL", "performance": "ALL" })).unwrap();
    capabilities
}

/// A text as `XPath` spells it; it knows no escapes.
fn quote(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    assert!(!text.contains('"'), "no page has both kinds of quotes in one text: {text}");
    format!("\"{text}\"")
}

/// A command of the protocol behind Chromium's developer tools.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl ExtensionCommand for DevTools {
    fn parameters_json(&self) -> Option<Value> {
        Some(json!({ "cmd": self.command, "params": self.parameters }))
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/goog/cdp/execute".into()
    }
}

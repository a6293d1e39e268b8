//! The pages in a real browser.

mod every_page;
mod hostile;
mod keyboard;
mod looks;
mod private;
mod scriptless;
mod story;
mod weight;

use reqwest::StatusCode;

use crate::loopback::{self, Loopback};
use crate::support::{Chrome, DESK, PHONE};

/// What everybody here chooses as a password.
const CHOSEN: &str = "four random words, chosen";

/// Signs somebody in on the page of this browser, with a password that is good once, and chooses another.
async fn enter(chrome: &Chrome, login: &str, password: &str) {
    chrome.fill("Login", login).await;
    chrome.fill("Password", password).await;
    chrome.submit("Password").await;
    chrome.wait_for_text("Choose a password").await;
    chrome.fill("The password you were given", password).await;
    chrome.fill("New password", CHOSEN).await;
    chrome.fill("New password once more", CHOSEN).await;
    chrome.click("Choose this password").await;
}

/// The start of a page with which nothing is wrong.
const HEAD: &str = "<meta name=viewport content='width=device-width'><link rel=icon href=/icon><title>Test</title>";

/// Serves pages at their numbers, each given from its language on, and an icon.
async fn serve(pages: Vec<String>) -> Loopback {
    let html = "text/html; charset=utf-8";
    loopback::start(move |request| match request.uri().path() {
        "/icon" => loopback::reply(StatusCode::OK, "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        path => match path[1..].parse().ok().and_then(|number: usize| pages.get(number)) {
            Some(page) => loopback::reply(StatusCode::OK, html, format!("<!doctype html><html {page}")),
            None => loopback::reply(StatusCode::NOT_FOUND, html, format!("<h1>No {path}</h1>")),
        },
    })
    .await
}

#[tokio::test]
async fn a_fault_of_a_page_is_found() {
    let good = format!("lang=en>{HEAD}<main><h1>Good</h1></main>");
    let with = |more: &str| format!("lang=en>{HEAD}{more}<main><h1>Bad</h1></main>");
    let on_main = |more: &str| format!("lang=en>{HEAD}<main><h1>Bad</h1>{more}</main>");
    let policy = "<meta http-equiv=content-security-policy content=\"script-src 'none'\">";
    // The heading is waited for, and shows only after the jump.
    let jump = "<style>h1:not(.done) { visibility: hidden }</style><script>setTimeout(() => { \
                const h1 = document.querySelector('h1'); const p = document.querySelector('p'); \
                p.style.height = '500px'; requestAnimationFrame(() => h1.className = 'done') }, 200)</script>";
    let bad = [
        ("axe, html-has-lang (serious)", good.replace("lang=en", ""), DESK),
        ("axe, document-title (serious)", good.replace("Test", ""), DESK),
        ("has 2 main headings", on_main("<h1>Two</h1>"), DESK),
        ("has 0 main headings", good.replace("h1>", "h2>"), DESK),
        ("is laid out for 980 pixels", good.replace("<meta name=viewport", "<meta name=other"), PHONE),
        ("<p class=\"wide\" style=\"width: 400px\">", on_main("<p class=wide style='width: 400px'>Wide</p>"), PHONE),
        ("elsewhere.example", on_main("<img alt='' src=http://elsewhere.example/a.png>"), DESK),
        ("/missing.png\", which is a 404", on_main("<img alt='' src=/missing.png>"), DESK),
        ("fail is not defined", with("<script>fail()</script>"), DESK),
        ("Content Security Policy", with(&format!("{policy}<script>1</script>")), DESK),
        ("things jump", on_main(&format!("{jump}<p></p><div style='height: 300px'>Jumps</div>")), DESK),
        ("axe, label (critical)", on_main("<input>"), DESK),
        ("axe, color-contrast (serious)", on_main("<p style='color: #aaa'>Pale</p>"), DESK),
        // The browser asks for this one when it likes: nothing may come after it.
        ("/favicon.ico", good.replace("<link rel=icon href=/icon>", ""), DESK),
    ];
    let site = serve(bad.iter().map(|(_, page, _)| page.clone()).chain([good]).collect()).await;
    let chrome = Chrome::at(&site.url).await;
    for size in [DESK, PHONE] {
        chrome.set_window(size).await;
        chrome.open(&format!("/{}", bad.len())).await;
        assert_eq!(chrome.find_faults().await, Vec::<String>::new());
    }
    for (number, (words, _, size)) in bad.iter().enumerate() {
        chrome.set_window(*size).await;
        chrome.open(&format!("/{number}")).await;
        chrome.wait_for("h1, h2").await;
        let faults = chrome.find_faults().await;
        let is_found = !faults.is_empty() && faults.iter().all(|fault| fault.contains(words));
        assert!(is_found, "{words} is to be found, alone: {faults:#?}");
    }
}

#[tokio::test]
async fn a_person_finds_everything_by_its_words() {
    let form = "<form><label for=a>Login</label><input id=a name=login value=old>\
                <label>Kind <select name=kind><option>one<option>two</select></label>\
                <label><input type=checkbox name=sure> I'm sure</label>\
                <button>Send it</button></form>\
                <a href=/missing>Away</a><p id=late hidden>It is late</p>\
                <script>setTimeout(() => late.hidden = false, 50)</script>";
    let site = serve(vec![format!("lang=en>{HEAD}<main><h1>Form</h1>{form}</main>")]).await;
    let chrome = Chrome::at(&site.url).await;
    chrome.open("/0").await;
    chrome.wait_for_text("It is late").await;
    assert_eq!(chrome.value("Login").await, "old");
    chrome.fill("Login", "anna").await;
    chrome.fill("Kind", "two").await;
    chrome.click("I'm sure").await;
    chrome.click("Send it").await;
    chrome.wait_for_path("/0?login=anna&kind=two&sure=on").await;
    chrome.wait_for_text("It is late").await;
    chrome.submit("Login").await;
    chrome.wait_for_path("/0?login=old&kind=one").await;

    let other = chrome.another().await;
    chrome.click("Away").await;
    assert_eq!((chrome.status().await, chrome.path().await.as_str()), (404, "/missing"));
    assert!(chrome.has_text("No /missing").await);
    other.open("/0").await;
    assert!(!other.has_text("No /missing").await, "each is at a place of its own");
}

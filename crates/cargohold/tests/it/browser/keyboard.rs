//! The pages without a mouse.

use reqwest::Method;
use thirtyfour::Key;

use crate::support::{Chrome, Person, Shape, TestServer, eventually, in_seconds, krate, on_both_shapes};

on_both_shapes!(the_top_of_a_page_is_at_hand_for_keyboards, a_chart_tells_its_days);

async fn the_top_of_a_page_is_at_hand_for_keyboards(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    let chrome = Chrome::start(&server).await;
    chrome.carry(&anna.cookie).await;
    chrome.open("/help").await;
    let mut words = Vec::new();
    while words.last().is_none_or(|last| last != "anna") {
        let focus = chrome.tab().await;
        assert!(focus.is_seen && focus.is_marked, "a person sees where the focus is: {focus:?}");
        words.push(focus.words);
        assert!(words.len() < 12, "{words:?}");
    }
    let expected =
        ["Skip to the content", "cargohold", "Search crates", "Search", "Crates", "Categories", "Keywords", "anna"];
    assert_eq!(words, expected);

    let is_open = async || chrome.has_text("Sign out").await;
    assert!(!is_open().await);
    chrome.press(Key::Enter + "").await;
    chrome.wait_for_text("Sign out").await;
    assert_eq!(chrome.tab().await.words, "Dashboard");
    chrome.press(Key::Escape + "").await;
    assert!(!is_open().await);
    assert_eq!(chrome.focus().await.words, "anna", "the focus is where it was");

    chrome.open("/help").await;
    chrome.tab().await;
    chrome.press(Key::Enter + "").await;
    chrome.wait_for_path("/help#content").await;
    let next = chrome.tab().await;
    assert!(!expected.contains(&next.words.as_str()), "the links at the top are passed over: {next:?}");
}

async fn a_chart_tells_its_days(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("tide")).await;
    let today = in_seconds(0).to_string()[..10].to_owned();
    eventually("a download is counted", async || {
        let request = server.request(Method::GET, "/crates/tide/1.0.0/download").header("user-agent", "cargo 1.95.0");
        assert_eq!(request.send().await.unwrap().status(), 200);
        server.json("/api/v1/crates/tide").await["crate"]["downloads"] != 0
    })
    .await;
    let chrome = Chrome::start(&server).await;
    chrome.open("/crates/tide").await;
    let mut tabs = 0;
    while chrome.tab().await.words != "Chart of downloads" {
        tabs += 1;
        assert!(tabs < 60, "the chart cannot be reached");
    }
    chrome.press(Key::Right + "").await;
    chrome.wait_for_text(&format!("{today}: ")).await;
}

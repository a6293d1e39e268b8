//! The pages without a mouse.

use thirtyfour::Key;

use crate::support::{Chrome, Person, Shape, TestServer, on_both_shapes};

on_both_shapes!(the_top_of_a_page_is_at_hand_for_keyboards);

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

//! The pages where no script runs.

use super::enter;
use crate::support::{Chrome, Shape, TestServer, krate, on_both_shapes};

on_both_shapes!(everything_works_without_scripts);

async fn everything_works_without_scripts(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("plain")).await;
    server.search("plain").await;
    let chrome = Chrome::without_scripts(&server).await;
    chrome.open("/sign-in").await;
    chrome.check_page("sign-in").await;
    enter(&chrome, "admin", &server.password).await;
    chrome.wait_for_path("/dashboard").await;

    chrome.fill("Search crates", "plain").await;
    chrome.click("Search").await;
    chrome.wait_for_path("/search?q=plain").await;
    chrome.click("plain").await;
    chrome.wait_for_path("/crates/plain").await;
    chrome.check_page("crate").await;
    chrome.click("dark").await;
    chrome.wait_for("html[data-colors=dark]").await;
    assert_eq!(chrome.path().await, "/crates/plain");
    chrome.check_page("a crate in the dark").await;
    chrome.click("automatic").await;
    chrome.wait_for("html:not([data-colors])").await;
    chrome.click("Follow").await;
    chrome.wait_for_text("You follow this crate now").await;
    chrome.click("Unfollow").await;
    chrome.wait_for_text("You no longer follow this crate").await;

    chrome.open("/settings/tokens/new").await;
    chrome.fill("Name", "bare").await;
    chrome.fill("For these crates only", "pl*\n*x").await;
    chrome.click("What do these cover?").await;
    chrome.wait_for_text("all crates whose names begin with pl").await;
    assert_eq!(chrome.value("Name").await, "bare");
    chrome.fill("For these crates only", "pl*").await;
    chrome.wait_for("label[for=scope-yank]").await.click().await.unwrap();
    chrome.click("Create the token").await;
    chrome.wait_for("#token").await;

    chrome.click("admin").await;
    chrome.click("Sign out").await;
    chrome.wait_for_text("You are signed out").await;
    chrome.open("/dashboard").await;
    assert_eq!(chrome.path().await, "/sign-in?to=%2Fdashboard");
}

//! From the first password to a deleted crate: what an owner does, with nothing but a browser and cargo.

use reqwest::Method;
use serde_json::Value;
use thirtyfour::Key;

use super::enter;
use crate::support::{Cargo, Chrome, Shape, TestServer, User, eventually, on_both_shapes};

on_both_shapes!(an_owners_story_is_told_in_a_browser);

async fn an_owners_story_is_told_in_a_browser(shape: Shape) {
    let server = TestServer::start(shape);
    let chrome = Chrome::start(&server).await;
    chrome.open("/").await;
    assert!(chrome.has_text("is empty").await && chrome.has_text("cargo publish").await);
    chrome.click("Sign in").await;
    enter(&chrome, "admin", &server.password).await;
    chrome.wait_for_path("/dashboard").await;
    let token = make_token(&chrome).await;
    publish(&server, &token);
    find(&server, &chrome).await;
    read(&server, &chrome).await;
    compare(&chrome).await;
    follow(&chrome).await;
    share(&server, &chrome).await;
    yank(&chrome).await;
    delete(&chrome).await;
}

/// Makes a token on the pages and reads it off the last one.
async fn make_token(chrome: &Chrome) -> User {
    chrome.click("admin").await;
    chrome.click("API tokens").await;
    chrome.click("New token").await;
    chrome.fill("Name", "laptop").await;
    chrome.click("Create the token").await;
    chrome.wait_for_text("tick one or more").await;
    chrome.check_page("a refused form").await;
    assert_eq!(chrome.value("Name").await, "laptop", "what was typed is kept");
    chrome.fill("It works for", "7 days").await;
    for scope in ["publish-new", "publish-update"] {
        chrome.wait_for(&format!("label[for=scope-{scope}]")).await.click().await.unwrap();
    }
    chrome.fill("For these crates only", "story-*").await;
    chrome.wait_for_text("all crates whose names begin with story-").await;
    chrome.click("Create the token").await;
    let token = chrome.wait_for("#token").await.text().await.unwrap();
    chrome.check_page("a new token").await;
    chrome.click("Go to your tokens").await;
    assert!(chrome.has_text("laptop").await && !chrome.has_text(&token).await);
    User { token }
}

/// Publishes two versions of a crate with cargo.
fn publish(server: &TestServer, token: &User) {
    let cargo = Cargo::new(server, token);
    let rest = "readme = \"README.md\"\nkeywords = [\"waves\"]";
    let folder = cargo.library("story-waves", "1.0.0", rest);
    let readme = "# Waves\n\nThey come and go.\n\n```rust\nlet high = story_waves::ebb();\n```\n";
    std::fs::write(folder.join("README.md"), readme).unwrap();
    std::fs::write(folder.join("src/lib.rs"), "mod tide;\npub use tide::ebb;\n").unwrap();
    std::fs::write(folder.join("src/tide.rs"), "/// Low water.\npub fn ebb() -> u32 {\n    1\n}\n").unwrap();
    let publish = ["publish", "--registry", "alt", "--allow-dirty"];
    cargo.run(&folder, &publish).ok().says("Published story-waves v1.0.0");
    cargo.library("story-waves", "1.1.0", rest);
    std::fs::write(folder.join("src/lib.rs"), "mod tide;\npub use tide::ebb;\n").unwrap();
    std::fs::write(folder.join("src/tide.rs"), "/// Low water.\npub fn ebb() -> u32 {\n    2\n}\n").unwrap();
    cargo.run(&folder, &publish).ok().says("Published story-waves v1.1.0");
}

/// Finds the crate by what is suggested while its name is typed, and by its words.
async fn find(server: &TestServer, chrome: &Chrome) {
    server.search("story-waves").await;
    chrome.open("/").await;
    chrome.field("Search crates").await.send_keys("story-w").await.unwrap();
    chrome.wait_for(".suggestions [role=option]").await;
    chrome.check_page("suggestions").await;
    chrome.press(Key::Down + "").await;
    chrome.press(Key::Enter + "").await;
    chrome.wait_for_path("/crates/story-waves").await;
    chrome.open("/").await;
    chrome.fill("Search crates", "waves").await;
    chrome.submit("Search crates").await;
    chrome.wait_for_path("/search?q=waves").await;
    chrome.click("story-waves").await;
    chrome.wait_for_path("/crates/story-waves").await;
}

/// Reads the page of the crate and its source.
async fn read(server: &TestServer, chrome: &Chrome) {
    let request =
        server.request(Method::GET, "/crates/story-waves/1.1.0/download").header("user-agent", "cargo 1.95.0");
    assert_eq!(request.send().await.unwrap().status(), 200);
    // The readme is rendered after the publish, and downloads are counted after the answer.
    eventually("the readme and the chart are shown", async || {
        chrome.open("/crates/story-waves").await;
        let text = chrome.text().await;
        text.contains("They come and go") && text.contains("Downloads a day")
    })
    .await;
    assert!(chrome.has_text("cargo add story-waves").await);
    chrome.wait_for("svg.chart").await;
    chrome.check_page("the crate").await;
    chrome.click("Browse the source").await;
    chrome.wait_for_text("pub use tide::ebb;").await;
    chrome.click("tide.rs").await;
    chrome.wait_for_text("Low water").await;
    chrome.wait_for_path("/crates/story-waves/1.1.0/code/src/tide.rs").await;
    chrome.wait_for("a[href='#L2']").await.click().await.unwrap();
    assert!(chrome.path().await.ends_with("tide.rs#L2"));
    chrome.click("Raw").await;
    assert!(chrome.text().await.starts_with("/// Low water."));
}

/// Compares the two versions.
async fn compare(chrome: &Chrome) {
    chrome.open("/crates/story-waves").await;
    chrome.fill("Compare with", "1.0.0").await;
    chrome.click("Compare").await;
    chrome.wait_for_text("src/tide.rs").await;
    chrome.check_page("the differences").await;
    assert!(!chrome.has_text("pub use tide::ebb;").await, "only what differs is shown");
}

async fn follow(chrome: &Chrome) {
    chrome.open("/crates/story-waves").await;
    chrome.click("Follow").await;
    chrome.wait_for_text("You follow this crate now").await;
    chrome.open("/dashboard").await;
    assert!(chrome.has_text("story-waves 1.1.0").await);
}

/// Invites somebody, who accepts in a browser of their own.
async fn share(server: &TestServer, chrome: &Chrome) {
    let made = server.cli(&["admin", "user", "create", "bea", "--email", "bea@registry.example", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    chrome.open("/crates/story-waves/settings").await;
    chrome.fill("Login or team", "nobody-here").await;
    chrome.click("Add").await;
    chrome.wait_for(".problem").await;
    assert_eq!(chrome.value("Login or team").await, "nobody-here", "what was typed is kept");
    chrome.fill("Login or team", "bea").await;
    chrome.click("Add").await;
    chrome.wait_for_text("They are invited").await;
    let other = chrome.another().await;
    other.open("/me/pending-invites").await;
    enter(&other, "bea", made["password"].as_str().unwrap()).await;
    other.wait_for_path("/me/pending-invites").await;
    other.check_page("an invitation").await;
    other.click("Accept story-waves").await;
    other.open("/crates/story-waves/settings").await;
    assert_eq!(other.status().await, 200);
    assert_eq!(server.owner_logins("story-waves").await, ["admin", "bea"]);
}

/// Yanks a version with a message, and takes that back.
async fn yank(chrome: &Chrome) {
    chrome.open("/crates/story-waves/versions").await;
    chrome.click("yank… 1.1.0").await;
    assert!(chrome.has_text("No crate here depends on this version").await);
    chrome.fill("Why", "the water is too high").await;
    chrome.click("Yank 1.1.0").await;
    chrome.wait_for_text("The version is yanked").await;
    chrome.open("/crates/story-waves/1.1.0").await;
    assert!(chrome.has_text("the water is too high").await);
    chrome.open("/crates/story-waves/1.1.0/unyank").await;
    chrome.click("Unyank 1.1.0").await;
    chrome.wait_for_text("The version is back").await;
}

/// Deletes the crate, after the wrong name was typed.
async fn delete(chrome: &Chrome) {
    chrome.open("/crates/story-waves/settings").await;
    chrome.click("Delete this crate…").await;
    assert!(!chrome.has_text("not met").await);
    chrome.fill("Why", "the story ends").await;
    chrome.fill("Name of the crate", "story").await;
    chrome.click("Delete story-waves for good").await;
    chrome.wait_for(".problem").await;
    assert_eq!(chrome.value("Why").await, "the story ends", "what was typed is kept");
    chrome.fill("Name of the crate", "story-waves").await;
    chrome.click("Delete story-waves for good").await;
    chrome.wait_for_text("The crate is deleted").await;
    assert!(chrome.path().await.starts_with("/?"));
    chrome.open("/crates/story-waves").await;
    assert_eq!(chrome.status().await, 404);
}

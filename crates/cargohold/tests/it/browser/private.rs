//! A private registry as a stranger sees it: nothing but sign-in.

use reqwest::{Method, Response};

use super::enter;
use crate::support::{Chrome, Shape, TestServer, krate, on_both_shapes};

on_both_shapes!(strangers_see_nothing_but_sign_in_and_go_on_from_there);

const PRIVATE: [(&str, &str); 1] = [("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")];

/// What a stranger may try, with `NAME` for a crate.
const TRIED: [&str; 16] = [
    "/",
    "/crates",
    "/crates/NAME",
    "/crates/NAME/1.0.0",
    "/crates/NAME/versions",
    "/crates/NAME/1.0.0/code/src/lib.rs",
    "/crates/NAME/settings",
    "/search?q=NAME",
    "/keywords",
    "/users/admin",
    "/sitemap.xml",
    "/rss/crates.xml",
    // These belong to pages that strangers see, but there is nothing at them.
    "/sign-in/NAME",
    "/sign-up/x/secre",
    "/assets/x/secre",
    "/confirm/x/secre",
];

async fn get_page(server: &TestServer, path: &str) -> Response {
    server.request(Method::GET, path).header("accept", "text/html,*/*;q=0.8").send().await.unwrap()
}

async fn strangers_see_nothing_but_sign_in_and_go_on_from_there(shape: Shape) {
    let server = TestServer::start_with(shape, &PRIVATE);
    server.publish_ok(&krate("secret")).await;
    server.search("secret").await;
    for path in TRIED {
        // Nobody learns which crates there are: the answer is the same for one that is none.
        let mut answers = Vec::new();
        for name in ["secret", "noneee"] {
            let answer = get_page(&server, &path.replace("NAME", name)).await;
            let cache = answer.headers()["cache-control"].to_str().unwrap().to_owned();
            assert!(cache.starts_with("private") || cache == "no-store", "{path}: {cache}");
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap();
            assert!(path.contains("NAME") || !text.contains("secret"), "{path}: {text}");
            answers.push((status, text.replace(name, "NAME")));
        }
        assert_eq!(answers[0], answers[1], "{path}");
    }
    let chrome = Chrome::start(&server).await;
    chrome.open("/").await;
    chrome.check_page("private").await;
    assert!(!chrome.has_text("Categories").await);
    chrome.open("/crates/secret/1.0.0/dependencies?x=1").await;
    chrome.wait_for_path("/sign-in?to=%2Fcrates%2Fsecret%2F1%2E0%2E0%2Fdependencies%3Fx%3D1").await;
    enter(&chrome, "admin", &server.password).await;
    chrome.wait_for_path("/crates/secret/1.0.0/dependencies?x=1").await;
    assert_eq!(chrome.status().await, 200);
    chrome.check_page("a private crate").await;
}

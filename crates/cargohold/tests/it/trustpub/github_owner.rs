//! Where GitHub may be asked, it says whose a repository is before anything is trusted.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use serde_json::json;

use super::desk::{Desk, workflow};
use crate::support::{Shape, krate, on_both_shapes, refusal};

on_both_shapes!(an_owner_is_looked_up_at_github,);

/// An API that knows the organisation `Octo-Org` alone; it fails for `broken`. It ends with the test's process.
fn start_github() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let Some(request) = lines.next() else { continue };
            lines.find(String::is_empty);
            let (status, body) = match request.split(' ').nth(1).unwrap().to_lowercase().as_str() {
                "/users/octo-org" => ("200 OK", json!({ "login": "Octo-Org", "id": 4321, "type": "Organization" })),
                "/users/broken" => ("500 Internal Server Error", json!({})),
                _ => ("404 Not Found", json!({ "message": "Not Found" })),
            };
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    url
}

async fn an_owner_is_looked_up_at_github(shape: Shape) {
    let desk = Desk::open_with(shape, &[("CARGOHOLD_TRUSTPUB__GITHUB_API", &start_github())]);
    let alice = desk.server.user("alice");
    assert_eq!(desk.server.publish(&alice, &krate("tide")).await.status(), 200);
    let by = |owner: &str| workflow("tide", json!({ "repository_owner": owner }));
    let config = desk.trust(&alice, "github", by("OCTO-ORG")).await;
    assert_eq!((&config["repository_owner"], &config["repository_owner_id"]), (&json!("Octo-Org"), &json!(4321)));
    let text = refusal(desk.create(&alice, "github", by("nobody")).await, 400).await;
    assert!(text.contains("`nobody`"), "{text}");
    refusal(desk.create(&alice, "github", by("broken")).await, 500).await;
    let bob = desk.server.user("bob");
    let text = refusal(desk.create(&bob, "github", by("nobody")).await, 400).await;
    assert!(text.contains("not an owner of `tide`"), "strangers are not looked up for: {text}");
    let squatter = desk.run(json!({ "repository_owner_id": "666" }));
    assert!(refusal(desk.exchange(&desk.github.sign(&squatter)).await, 400).await.contains("`4321`"));
    desk.run_token().await;
}

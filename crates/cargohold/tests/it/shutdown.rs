//! Stopping: what is in flight finishes, nothing new begins.

use reqwest::Method;

use crate::support::{Shape, TestServer, eventually, krate, on_both_shapes};

on_both_shapes!(a_publish_in_flight_finishes_while_the_server_stops, health_is_told);

async fn a_publish_in_flight_finishes_while_the_server_stops(shape: Shape) {
    let mut server = TestServer::start(shape);
    let body = krate("last-one").publish_body();
    let (first, second) = body.split_at(body.len() / 2);
    let (first, second) = (first.to_vec(), second.to_vec());
    let (go_on, told) = tokio::sync::oneshot::channel::<()>();
    let pieces = futures_util::stream::once(async move { Ok::<_, std::io::Error>(first) });
    let rest = futures_util::stream::once(async move {
        told.await.unwrap();
        Ok(second)
    });
    let body = reqwest::Body::wrap_stream(futures_util::StreamExt::chain(pieces, rest));
    let request = server.request(Method::PUT, "/api/v1/crates/new").header("authorization", &server.admin.token);
    let publishing = spawn(request.body(body).send());
    // The publish has been authenticated, and so is in flight, once its token was used.
    eventually("the publish is authenticated", async || server.token_was_used()).await;
    server.terminate();
    let new_connection = reqwest::Client::builder().no_proxy().build().unwrap();
    let health = format!("{}/healthz", server.url);
    eventually("no connection is accepted", async || new_connection.get(&health).send().await.is_err()).await;
    go_on.send(()).unwrap();
    assert_eq!(publishing.await.unwrap().unwrap().status(), 200);
    assert!(server.wait(), "the server ends well");
    server.restart();
    assert_eq!(server.download("last-one", "1.0.0").await.status(), 200);
}

#[expect(clippy::disallowed_methods, reason = "the test waits for it")]
fn spawn<T: Send + 'static>(request: impl Future<Output = T> + Send + 'static) -> tokio::task::JoinHandle<T> {
    tokio::spawn(request)
}

async fn health_is_told(shape: Shape) {
    let server = TestServer::start(shape);
    assert_eq!(server.get("/healthz").await.text().await.unwrap(), "ok\n");
    eventually("the server is ready", async || server.get("/readyz").await.status() == 200).await;
    let id = server.get("/readyz").await.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    assert_ne!(server.get("/readyz").await.headers()["x-request-id"], id.as_str());
}

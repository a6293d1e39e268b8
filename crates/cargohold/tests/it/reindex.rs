//! `cargohold admin reindex`, and what a server does when its search index is gone.

use serde_json::Value;

use crate::support::{Shape, TestServer, eventually, krate, on_both_shapes};

on_both_shapes!(
    lists_keep_answering_while_the_index_is_built_anew,
    a_server_builds_its_index_anew_when_the_folder_is_gone,
    a_server_whose_folder_is_gone_is_helped_by_a_reindex,
);

/// The names of all crates.
async fn list(server: &TestServer) -> Vec<String> {
    let answer = server.get("/api/v1/crates?per_page=100").await;
    assert_eq!(answer.status(), 200);
    let list: Value = answer.json().await.unwrap();
    list["crates"].as_array().unwrap().iter().map(|krate| krate["name"].as_str().unwrap().to_owned()).collect()
}

async fn publish(server: &TestServer, names: &[&str]) {
    for name in names {
        server.publish_ok(&krate(name)).await;
    }
    assert_eq!(list(server).await.len(), names.len());
}

/// Removes the folder of the index. The server may be writing into it, which is why this can take more than once.
async fn remove_folder(server: &TestServer) {
    let folder = server.data_dir().join("search");
    eventually("the folder is gone", async || std::fs::remove_dir_all(&folder).is_ok()).await;
}

fn times_built(server: &TestServer) -> usize {
    server.log().matches("the search index is built").count()
}

async fn lists_keep_answering_while_the_index_is_built_anew(shape: Shape) {
    let server = TestServer::start(shape);
    publish(&server, &["tide", "ebb", "flow"]).await;
    // Only building anew can tell that this crate is gone.
    let gone = "DELETE FROM crate_owners WHERE crate_id = (SELECT id FROM crates WHERE name = 'flow')";
    server.execute_sql(gone);
    let built = times_built(&server);
    let said = server.cli(&["admin", "reindex"]);
    assert!(said.contains("build its search index anew"), "{said}");
    eventually("the index is built", async || {
        assert_eq!(list(&server).await.len(), 3);
        times_built(&server) > built
    })
    .await;
    assert_eq!(list(&server).await.len(), 3);
    let owned: Value = server.get("/api/v1/crates?user_id=1").await.json().await.unwrap();
    assert_eq!(owned["meta"]["total"], 2, "the index knows what changed behind its back");
}

async fn a_server_builds_its_index_anew_when_the_folder_is_gone(shape: Shape) {
    let server = TestServer::start(shape);
    publish(&server, &["tide", "ebb", "flow"]).await;
    remove_folder(&server).await;
    assert_eq!(list(&server).await.len(), 3);
    server.publish_ok(&krate("neap")).await;
    eventually("all are listed", async || {
        let found = list(&server).await;
        assert!(found.len() >= 3, "a crate is missing meanwhile: {found:?}");
        found.len() == 4
    })
    .await;
    assert!(server.data_dir().join("search").exists());
    server.publish_ok(&krate("spring")).await;
    assert_eq!(list(&server).await.len(), 5);
}

async fn a_server_whose_folder_is_gone_is_helped_by_a_reindex(shape: Shape) {
    let mut server = TestServer::start(shape);
    publish(&server, &["tide", "ebb"]).await;
    remove_folder(&server).await;
    server.cli(&["admin", "reindex"]);
    eventually("the folder is there", async || {
        assert_eq!(list(&server).await.len(), 2);
        server.data_dir().join("search").exists() && times_built(&server) > 1
    })
    .await;
    assert_eq!(list(&server).await.len(), 2);
    server.kill();
    server.restart();
    eventually("all are listed", async || list(&server).await.len() == 2).await;
}

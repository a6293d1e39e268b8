//! Many publishers at once (S43, wish 15).

use std::sync::Arc;

use crate::support::{Shape, TestServer, krate, on_both_shapes, refusal};

on_both_shapes!(
    s43_of_64_publishes_of_one_version_exactly_one_wins,
    s43_versions_that_differ_in_build_metadata_alone_race_for_one_place,
    s43_64_crates_published_at_once_are_all_there,
    s43_names_that_count_as_equal_race_for_one_crate,
    versions_of_one_crate_published_at_once_are_all_counted,
);

const MANY: usize = 64;

async fn s43_of_64_publishes_of_one_version_exactly_one_wins(shape: Shape) {
    let server = Arc::new(TestServer::start(shape));
    let attempts = (0..MANY).map(|n| {
        let server = server.clone();
        async move {
            // Every upload differs, so that the winner can be told from the bytes that are served.
            let mine = krate("raced").file("who.txt", n.to_string().as_bytes());
            (server.publish(&server.admin, &mine).await, mine)
        }
    });
    let mut winner = None;
    let mut refused = 0;
    for (answer, mine) in futures_util::future::join_all(attempts).await {
        if answer.status() == 200 {
            assert!(winner.replace(mine).is_none(), "two publishes of one version were acknowledged");
        } else {
            let text = refusal(answer, 400).await;
            assert!(text.contains("already uploaded"), "{text}");
            refused += 1;
        }
    }
    assert_eq!(refused, MANY - 1);
    assert_eq!(server.index_lines("raced").await.len(), 1);
    let served = server.download("raced", "1.0.0").await.bytes().await.unwrap();
    assert_eq!(served, winner.unwrap().tarball(), "the winner's bytes are served: losers remove nothing");
    assert!(!server.log().contains("database is locked"));
}

async fn s43_versions_that_differ_in_build_metadata_alone_race_for_one_place(shape: Shape) {
    let server = Arc::new(TestServer::start(shape));
    let attempts = (0..16).map(|n| {
        let server = server.clone();
        async move { server.publish(&server.admin, &krate("built").version(&format!("1.0.0+b{n}"))).await.status() }
    });
    let statuses = futures_util::future::join_all(attempts).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(server.index_lines("built").await.len(), 1);
}

async fn s43_64_crates_published_at_once_are_all_there(shape: Shape) {
    let server = Arc::new(TestServer::start(shape));
    let attempts = (0..MANY).map(|n| {
        let server = server.clone();
        async move { server.publish(&server.admin, &krate(&format!("crowd-{n}"))).await }
    });
    for answer in futures_util::future::join_all(attempts).await {
        let status = answer.status();
        assert_eq!(status, 200, "{}", answer.text().await.unwrap());
    }
    for n in 0..MANY {
        assert_eq!(server.download(&format!("crowd-{n}"), "1.0.0").await.status(), 200);
        assert_eq!(server.index_lines(&format!("crowd-{n}")).await.len(), 1);
    }
    assert!(!server.log().contains("database is locked"));
}

async fn s43_names_that_count_as_equal_race_for_one_crate(shape: Shape) {
    let server = Arc::new(TestServer::start(shape));
    let names = ["first-pub", "first_pub", "First-Pub", "FIRST_PUB"];
    let attempts = names.map(|name| {
        let server = server.clone();
        async move { server.publish(&server.admin, &krate(name)).await.status() }
    });
    let statuses = futures_util::future::join_all(attempts).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

/// Keywords and categories are replaced by each of them, and the default version depends on all.
async fn versions_of_one_crate_published_at_once_are_all_counted(shape: Shape) {
    let server = Arc::new(TestServer::start(shape));
    let tagged = |n: usize| {
        let tagged = krate("busy").version(&format!("1.{n}.0"));
        tagged.package("keywords = [\"one\", \"two\", \"three\"]").package("categories = [\"parsing\"]")
    };
    server.publish_ok(&tagged(0)).await;
    let attempts = (1..=24).map(|n| {
        let server = server.clone();
        async move { server.publish(&server.admin, &tagged(n)).await }
    });
    for answer in futures_util::future::join_all(attempts).await {
        let status = answer.status();
        assert_eq!(status, 200, "{}", answer.text().await.unwrap());
    }
    assert_eq!(server.index_lines("busy").await.len(), 25);
    assert_eq!(server.execute_sql("SELECT num_versions FROM crates WHERE name = 'busy'"), "25");
    let default = "SELECT num FROM versions v JOIN crates c ON c.default_version_id = v.id WHERE c.name = 'busy'";
    assert_eq!(server.execute_sql(default), "1.24.0");
}

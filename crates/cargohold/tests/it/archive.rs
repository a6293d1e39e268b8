//! Daily downloads that are too old to be shown.

use serde_json::Value;

use crate::support::{Shape, TestServer, eventually, krate, on_both_shapes};

on_both_shapes!(old_days_move_into_the_archive_and_stay_in_the_totals);

async fn old_days_move_into_the_archive_and_stay_in_the_totals(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_DOWNLOADS__ROLL_UP_EVERY", "1s")]);
    server.publish_ok(&krate("ancient")).await;
    let id = server.execute_sql("SELECT id FROM versions");
    // Day 18000 is 2019-04-14.
    let insert = |count: i64| {
        format!("INSERT INTO version_downloads (version_id, day, downloads, counted) VALUES ({id}, 18000, {count}, 0)")
    };
    server.execute_sql(&insert(7));
    let file = "/archive/version-downloads/2019-04-14.csv";
    eventually("the day is archived", async || server.get(file).await.status() == 200).await;
    assert_eq!(server.get(file).await.text().await.unwrap(), format!("version_id,downloads\n{id},7\n"));
    assert_eq!(server.execute_sql("SELECT COUNT(*) FROM version_downloads"), "0");

    // A log that comes late adds to it.
    server.execute_sql(&insert(5));
    let expected = format!("version_id,downloads\n{id},12\n");
    eventually("the late ones are added", async || server.get(file).await.text().await.unwrap() == expected).await;
    let krate: Value = server.get("/api/v1/crates/ancient").await.json().await.unwrap();
    assert_eq!((&krate["crate"]["downloads"], &krate["crate"]["recent_downloads"]), (&12.into(), &Value::Null));
    let listed = serde_json::json!([{ "name": "2019-04-14.csv", "size": expected.len() }]);
    eventually("the archive lists the day", async || {
        let list = server.get("/archive/version-downloads/index.json").await;
        list.json::<Value>().await.is_ok_and(|list| list == listed)
    })
    .await;
    let page = server.get("/archive/version-downloads/index.html").await.text().await.unwrap();
    assert!(page.contains("href=\"2019-04-14.csv\""), "{page}");
}

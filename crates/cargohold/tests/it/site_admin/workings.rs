//! What administrators see and change of the registry's own workings: the audit log, jobs, the banner, the configuration.

use reqwest::Method;
use serde_json::{Value, json};

use super::{leads_to, root, shown_again};
use crate::support::{Shape, TestServer, eventually, krate, on_both_shapes};

on_both_shapes!(
    the_audit_log_is_filtered_paged_and_verified,
    a_failing_job_is_tried_again_or_dropped_by_a_button,
    a_banner_is_previewed_shown_and_taken_away,
    the_configuration_is_shown_without_secrets,
    the_overview_says_what_is_wrong_first,
);

async fn the_audit_log_is_filtered_paged_and_verified(shape: Shape) {
    let server = TestServer::start(shape);
    let root = root(&server).await;
    for number in 0..51 {
        let body = json!({ "burst": number });
        root.json(Method::PUT, "/api/private/users/root/rate_limits/mail", Some(body)).await;
    }
    let html = root.page("/admin/audit?action=user.rate", 200).await;
    assert_eq!(html.matches("<code>user.rate</code>").count(), 50, "{html}");
    let (_, rest) = html.split_once("rel=\"next\" href=\"").unwrap();
    let (next, _) = rest.split_once('"').unwrap();
    let html = root.page(&next.replace("&#38;", "&"), 200).await;
    assert_eq!(html.matches("<code>user.rate</code>").count(), 1, "{html}");
    assert!(html.contains("<dt>burst</dt><dd>0</dd>") && !html.contains("rel=\"next\""), "{html}");
    let html = root.page("/admin/audit?actor=ROOT&subject=root", 200).await;
    assert!(html.contains(">root</a>") && !html.contains(">(command line)</a>"), "{html}");
    let (_, rest) = html.split_once("href=\"/api/private/audit").unwrap();
    let (query, _) = rest.split_once('"').unwrap();
    let listed = root.json(Method::GET, &format!("/api/private/audit{}", query.replace("&#38;", "&")), None).await;
    let entries: &Vec<Value> = listed["entries"].as_array().unwrap();
    assert!(entries.len() > 50 && entries.iter().all(|entry| entry["actor"] == "root"), "{listed}");
    assert!(root.page("/admin/audit?actor=nobody", 200).await.contains("Nothing like this was done"));

    let verify = "/admin/audit/verify";
    assert!(root.page(verify, 200).await.contains("The chain is whole"));
    server.execute_sql("UPDATE audit SET actor = 'nobody' WHERE seq = 3");
    let html = root.page(verify, 200).await;
    assert!(html.contains("role=\"alert\"") && html.contains("broken at entry 3"), "{html}");
}

async fn a_failing_job_is_tried_again_or_dropped_by_a_button(shape: Shape) {
    let server = TestServer::start(shape);
    let root = root(&server).await;
    let fail = |subject: &str| {
        let far = 4_000_000_000_000_000_i64;
        server.execute_sql(&format!(
            "INSERT INTO jobs (kind, subject, priority, retries, due_at, created_at, last_error) \
             VALUES ('render_readme', '{subject}', 0, 3, {far}, 1, '<b>no luck</b>') RETURNING id"
        ))
    };
    let page = "/admin/jobs?state=failing";
    let (first, second) = (fail("111111"), fail("222222"));
    let (first, second) = (first.trim(), second.trim());
    let html = root.page(page, 200).await;
    assert!(html.contains("Failing (2)") && html.contains("&#60;b&#62;no luck"), "{html}");
    assert!(root.page("/admin", 200).await.contains("2 jobs have failed"));
    let retried = root.submit(page, &format!("/admin/jobs/{first}/retry"), &[("state", "failing")]).await;
    leads_to(&retried, "/admin/jobs?state=failing&done=job-retried");
    // There is no such version any more, so nothing is left to be done.
    eventually("the job is done", async || root.page("/admin/jobs", 200).await.contains("Failing (1)")).await;
    let dropped = root.submit(page, &format!("/admin/jobs/{second}/drop"), &[("state", "failing")]).await;
    leads_to(&dropped, "/admin/jobs?state=failing&done=job-dropped");
    assert!(root.page(page, 200).await.contains("There are none"));
    let token = root.form_token().await;
    assert_eq!(root.submit_with(&format!("/admin/jobs/{second}/drop"), &token, &[]).await.status(), 404);
    root.page("/admin/jobs?state=asleep", 400).await;
}

async fn a_banner_is_previewed_shown_and_taken_away(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_SERVER__BANNER", "as configured")]);
    let root = root(&server).await;
    let page = "/admin/banner";
    let shown = async || server.json("/api/v1/site_metadata").await["banner_message"].clone();
    let press = async |button: &str, text: &str| root.submit(page, page, &[("do", button), ("text", text)]).await;
    let html = shown_again(press("preview", "Tonight we <b>move</b>").await, 200, "<h2>Preview</h2>").await;
    assert_eq!(html.matches("Tonight we &#60;b&#62;move").count(), 2, "{html}");
    assert_eq!(shown().await, "as configured");
    leads_to(&press("show", "Tonight we <b>move</b>").await, "/admin/banner?done=banner-set");
    assert_eq!(shown().await, "Tonight we <b>move</b>");
    let html = server.get("/").await.text().await.unwrap();
    assert!(html.contains("Tonight we &#60;b&#62;move"), "{html}");
    shown_again(press("show", &"a".repeat(501)).await, 400, "id=\"text-problem\"").await;
    leads_to(&press("hide", "").await, "/admin/banner?done=banner-hidden");
    assert_eq!(shown().await, Value::Null);
    assert!(root.page(page, 200).await.contains("an administrator has hidden it"));
    leads_to(&press("reset", "").await, "/admin/banner?done=banner-reset");
    assert_eq!(shown().await, "as configured");
    assert_eq!(press("dance", "").await.status(), 400);
}

async fn the_configuration_is_shown_without_secrets(shape: Shape) {
    let canary = "canary-scanning-secret-of-operators";
    let settings = [("CARGOHOLD_TOKENS__SCANNING_SECRET", canary), ("CARGOHOLD_SERVER__BANNER", "<b>Tides</b>")];
    let server = TestServer::start_with(shape, &settings);
    let root = root(&server).await;
    let html = root.page("/admin/config", 200).await;
    assert!(html.contains("<code>***</code>") && html.contains("CARGOHOLD_TOKENS__SCANNING_SECRET"), "{html}");
    assert!(html.contains("&#60;b&#62;Tides") && !html.contains("<b>Tides"), "{html}");
    let key = std::fs::read_to_string(server.data_dir().join("secret.key")).unwrap();
    for secret in [canary, key.trim(), "testsecret"] {
        assert!(!html.contains(secret), "{secret}: {html}");
    }
}

async fn the_overview_says_what_is_wrong_first(shape: Shape) {
    let server = TestServer::start(shape);
    let root = root(&server).await;
    server.publish_ok(&krate("tide")).await;
    server.cli(&["admin", "team", "create", "tide", "pool"]);
    let html = root.page("/admin", 200).await;
    let engine = if server.is_fleet() { "PostgreSQL, schema" } else { "SQLite, schema" };
    assert!(html.contains(engine) && html.contains("No mail is sent"), "{html}");
    assert!(!html.contains("in the clear"), "loopback is not: {html}");
    let (warnings, numbers) = (html.find("No mail is sent").unwrap(), html.find("<h2>Numbers").unwrap());
    assert!(warnings < numbers, "{html}");
    let html = root.page("/admin/teams", 200).await;
    assert!(html.contains("/teams/local:tide:pool/edit"), "{html}");
}

//! What one crate shows, and what surrounds it: versions, dependencies, downloads, keywords, categories, files (contract §5.2–5.14).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Krate, Shape, TestServer, eventually, krate, on_both_shapes, refusal};

on_both_shapes!(
    a_crate_shows_what_is_included,
    versions_are_listed_whole_or_by_pages,
    dependencies_are_shown_both_ways,
    daily_downloads_go_back_ninety_days,
    keywords_and_categories_count_what_they_should,
    files_are_made_of_what_is_published,
    kept_answers_change_at_once,
);

/// The members of objects in a list.
fn all(list: &Value, member: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    list.as_array().unwrap_or(&Vec::new()).iter().map(|object| text(&object[member])).collect()
}

async fn publish_versions(server: &TestServer, name: &str, versions: &[&str]) {
    for version in versions {
        server.publish_ok(&krate(name).version(version)).await;
    }
}

/// Insists on these texts in an answer, one behind the other.
async fn has_in_order(server: &TestServer, path: &str, parts: &[&str]) {
    let text = server.get(path).await.text().await.unwrap();
    let mut rest = text.as_str();
    for part in parts {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("no {part} in its place: {text}")).1;
    }
}

async fn refused(server: &TestServer, path: &str, status: u16) -> String {
    refusal(server.get(path).await, status).await
}

async fn a_crate_shows_what_is_included(shape: Shape) {
    let server = TestServer::start(shape);
    let rich = || {
        krate("Rich-One")
            .package("keywords = [\"Two\", \"one\"]")
            .package("categories = [\"os\", \"os::unix-apis\"]")
            .package("homepage = \"https://www.esp-rs.org/x\"")
            .package("repository = \"https://not-esp-rs.org/x\"")
    };
    for version in ["1.0.0", "1.1.0-pre", "0.9.0+b"] {
        server.publish_ok(&rich().version(version)).await;
    }
    // Lines are counted after the publish, and would appear between two looks.
    let uncounted = "SELECT COUNT(*) FROM versions WHERE linecounts IS NULL";
    eventually("all lines are counted", async || server.execute_sql(uncounted) == "0").await;
    let whole = server.json("/api/v1/crates/rich_one").await;
    has_in_order(
        &server,
        "/api/v1/crates/rich_one",
        &["{\"crate\"", "},\"versions\":[{", "],\"keywords\":[{", "],\"categories\":[{"],
    )
    .await;
    assert_eq!(all(&whole["versions"], "num"), ["0.9.0+b", "1.1.0-pre", "1.0.0"], "the latest first");
    assert!(whole["versions"].as_array().unwrap().iter().all(|version| {
        version["crate"] == "Rich-One"
            && version["audit_actions"][0]["action"] == "publish"
            && version["published_by"].is_object()
    }));
    let mut krate = whole["crate"].clone();
    let ids: Vec<&Value> = whole["versions"].as_array().unwrap().iter().map(|version| &version["id"]).collect();
    assert_eq!(krate["versions"], json!(ids));
    assert!(ids[0].as_i64() > ids[1].as_i64() && ids[1].as_i64() > ids[2].as_i64());
    assert_eq!(whole["versions"][0]["dl_path"], "/api/v1/crates/Rich-One/0.9.0+b/download", "the plus stays");
    for (list, expected) in [("keywords", &["one", "two"]), ("categories", &["os", "os::unix-apis"])] {
        let mut shown = all(&whole[list], "id");
        shown.sort();
        assert_eq!(shown, *expected);
        assert_eq!(krate[list].as_array().unwrap().len(), 2);
    }
    assert_eq!((&krate["homepage"], &krate["repository"]), (&Value::Null, &json!("https://not-esp-rs.org/x")));
    assert_eq!((&krate["id"], &krate["name"], &krate["badges"]), (&json!("Rich-One"), &json!("Rich-One"), &json!([])));
    let derived = ["default_version", "max_version", "newest_version", "max_stable_version", "num_versions", "yanked"];
    let derived: Vec<Value> = derived.iter().map(|&member| krate[member].take()).collect();
    assert_eq!(json!(derived), json!(["1.0.0", "1.1.0-pre", "0.9.0+b", "1.0.0", 3, false]));
    let path = |tail: &str| format!("/api/v1/crates/Rich-One/{tail}");
    let links = json!({
        "version_downloads": path("downloads"), "versions": null, "owners": path("owners"), "owner_team": path("owner_team"),
        "owner_user": path("owner_user"), "reverse_dependencies": path("reverse_dependencies"),
    });
    assert_eq!(krate["links"], links);
    assert_eq!(krate["recent_downloads"], Value::Null);
    assert_eq!(server.json("/api/v1/crates/Rich-One?include=full").await, server.json("/api/v1/crates/Rich-One").await);
    included_alone(&server, &path("versions")).await;
}

async fn included_alone(server: &TestServer, versions_link: &str) {
    for (include, shown) in [
        ("", ""),
        ("badges", ""),
        (",,downloads,", ""),
        ("keywords", "keywords"),
        ("categories,,keywords", "keywords categories"),
        ("default_version", "versions"),
        ("versions", "versions"),
        ("default_version,versions", "versions"),
    ] {
        let answer = server.json(&format!("/api/v1/crates/rich-one?include={include}")).await;
        let lists: Vec<&str> =
            ["versions", "keywords", "categories"].into_iter().filter(|list| answer[list].is_array()).collect();
        assert_eq!(lists.join(" "), shown, "{include}");
        let krate = &answer["crate"];
        let has_all = include.split(',').any(|word| word == "versions");
        let expected = if has_all { json!(["1.1.0-pre", "0.9.0+b", "1.0.0"]) } else { json!(["0.0.0", "0.0.0", null]) };
        assert_eq!(
            json!([krate["max_version"], krate["newest_version"], krate["max_stable_version"]]),
            expected,
            "{include}"
        );
        assert_eq!(json!([krate["default_version"], krate["num_versions"]]), json!(["1.0.0", 3]), "{include}");
        assert_eq!(krate["versions"].is_array(), has_all, "{include}");
        assert_eq!(krate["links"]["versions"], if has_all { Value::Null } else { json!(versions_link) }, "{include}");
        if shown == "versions" && !has_all {
            assert_eq!(all(&answer["versions"], "num"), ["1.0.0"]);
        }
    }
    for include in ["nope", "Versions", "%20versions", "versions,nope", "versions&include=keywords", "%00"] {
        for name in ["rich-one", "unknown", "new"] {
            refused(server, &format!("/api/v1/crates/{name}?include={include}"), 400).await;
        }
    }
    let text = refused(server, "/api/v1/crates/rich-one?include=nope", 400).await;
    assert!(text.contains("default_version") && text.contains("badges"), "{text}");
    refused(server, "/api/v1/crates/unknown?include=", 404).await;
}

async fn versions_are_listed_whole_or_by_pages(shape: Shape) {
    let server = TestServer::start(shape);
    let versions = ["1.0.0", "0.2.1", "2.0.0-a", "0.10.0+x", "1.2.0", "0.2.0", "1.0.1"];
    publish_versions(&server, "Tracked-It", &versions).await;
    server.yank(&server.admin, "tracked-it", "1.2.0").await;
    server.yank(&server.admin, "tracked-it", "0.10.0+x").await;
    let semver = ["2.0.0-a", "1.2.0", "1.0.1", "1.0.0", "0.10.0+x", "0.2.1", "0.2.0"];
    let by_date: Vec<&str> = versions.iter().rev().copied().collect();
    let base = "/api/v1/crates/tracked_IT/versions";
    for (sort, expected) in
        [("", &semver[..]), ("date", &by_date), ("DaTe", &by_date), ("date%20", &semver), ("new", &semver)]
    {
        let whole = server.json(&format!("{base}?sort={sort}&page=7&seek=broken")).await;
        assert_eq!(all(&whole["versions"], "num"), expected, "{sort}");
        assert_eq!(whole["meta"], json!({ "total": 7, "next_page": null }));
        for per_page in [1, 3, 7, 8] {
            let (mut query, mut found) = (format!("?per_page={per_page}&sort={sort}"), Vec::new());
            loop {
                let page = server.json(&format!("{base}{query}")).await;
                let nums = all(&page["versions"], "num");
                assert_eq!(page["meta"]["total"], if nums.is_empty() { 0 } else { 7 }, "{query}");
                assert_eq!(page["meta"]["next_page"].is_string(), nums.len() == per_page, "{query}");
                found.extend(nums);
                let Some(next) = page["meta"]["next_page"].as_str() else { break };
                next.clone_into(&mut query);
            }
            assert_eq!(found, expected, "{sort} by {per_page}");
        }
    }
    let first = &server.json(&format!("{base}?per_page=1")).await["versions"][0];
    assert_eq!((&first["crate"], &first["num"]), (&json!("tracked_IT"), &json!("2.0.0-a")), "the requested spelling");
    assert_eq!(first["links"]["authors"], "/api/v1/crates/tracked_IT/2.0.0-a/authors");
    let one = server.json("/api/v1/crates/tracked_IT/2.0.0-a").await;
    assert_eq!((&one["version"]["crate"], one.as_object().unwrap().len()), (&json!("Tracked-It"), 1), "the stored one");
    tracks_and_numbers(&server, base).await;
    odd_version_lists(&server, base).await;
}

async fn tracks_and_numbers(server: &TestServer, base: &str) {
    let track = |highest: &str| json!({ "highest": highest });
    let tracks = json!({ "1": track("1.0.1"), "0.2": track("0.2.1") });
    for (query, expected, total) in [
        ("include=release_tracks", tracks.clone(), 7),
        ("include=release_tracks&sort=date", tracks.clone(), 7),
        ("include=,release_tracks,&per_page=1", tracks.clone(), 7),
        (
            "include=release_tracks&nums[]=1.0.0&nums%5B%5D=0.2.0",
            json!({ "1": track("1.0.0"), "0.2": track("0.2.0") }),
            2,
        ),
        ("include=release_tracks&nums[]=1.0.0&per_page=1", tracks, 1),
        ("include=release_tracks&nums[]=1.2.0&nums[]=2.0.0-a", json!({}), 2),
        ("include=release_tracks&nums[]=9.9.9", json!({}), 0),
        ("include=", Value::Null, 7),
        ("nums=1.0.0", Value::Null, 7),
        ("nums[]=0.10.0", Value::Null, 0),
        ("nums[]=0.10.0%2Bx&nums[]=0.10.0%2Bx&nums[]=", Value::Null, 1),
    ] {
        let list = server.json(&format!("{base}?{query}")).await;
        assert_eq!((&list["meta"]["release_tracks"], &list["meta"]["total"]), (&expected, &json!(total)), "{query}");
        assert_eq!(list["meta"].as_object().unwrap().contains_key("release_tracks"), !expected.is_null(), "{query}");
    }
    let in_order = r#""release_tracks":{"1":{"highest":"1.0.1"},"0.2":{"highest":"0.2.1"}}"#;
    has_in_order(server, &format!("{base}?include=release_tracks&sort=date"), &[in_order]).await;
    let page = server.json(&format!("{base}?nums[]=1.0.0&per_page=1&x=%20")).await;
    let next = page["meta"]["next_page"].as_str().unwrap();
    assert!(next.starts_with("?nums%5B%5D=1.0.0&per_page=1&x=+&seek="), "{next}");
}

async fn odd_version_lists(server: &TestServer, base: &str) {
    let seek = |json: &str| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, json);
    let date = seek("[5,1]");
    let semver = seek("[\"1.0.1\",0]");
    for query in [
        "page=0",
        "page=x",
        "per_page=0",
        "per_page=101",
        "per_page=",
        "page=1&per_page=1",
        "per_page=1&seek=",
        "per_page=1&seek=x",
        "per_page=1&page=1&seek=x",
        "include=versions",
        "include=release_tracks&include=",
        "nums[]=%00",
        "sort=a&sort=b",
        &format!("per_page=1&seek={date}"),
        &format!("per_page=1&sort=date&seek={semver}"),
    ] {
        refused(server, &format!("{base}?{query}"), 400).await;
    }
    for (query, status) in [
        ("page=0", 400),
        ("per_page=x", 400),
        ("per_page=101", 404),
        ("per_page=1&page=1", 404),
        ("include=x", 404),
        ("per_page=1&seek=x", 404),
    ] {
        refused(server, &format!("/api/v1/crates/unknown/versions?{query}"), status).await;
    }
    let after = |place: &str| format!("{base}?per_page=100&seek={}", seek(place));
    assert_eq!(all(&server.json(&after("[\"1.0.1\",0]")).await["versions"], "num")[0], "1.0.0");
    assert_eq!(all(&server.json(&after("[\"1.0.1+q\",2147483647]")).await["versions"], "num")[0], "1.0.1");
    let nowhere = server.json(&after("[\"no version\",1]")).await;
    assert_eq!(nowhere, json!({ "versions": [], "meta": { "total": 0, "next_page": null } }));
}

async fn dependencies_are_shown_both_ways(shape: Shape) {
    let server = TestServer::start(shape);
    for name in ["Zeta", "alpha", "beta"] {
        server.publish_ok(&krate(name)).await;
    }
    let many = krate("many")
        .toml("[dependencies]\nalpha = { version = \"1\", optional = true }\nbeta = { version = \"1.0\", default-features = false, features = [\"x\"] }")
        .toml("[dev-dependencies]\nz = { package = \"Zeta\", version = \"=1\" }")
        .toml("[target.'cfg(unix)'.build-dependencies]\nalpha = \">= 1, <2\"");
    server.publish_ok(&many).await;
    let list = server.json("/api/v1/crates/MANY/1.0.0/dependencies").await;
    let shown: Vec<String> = list["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| {
            format!(
                "{} {} {} {} {} {} {} {}",
                d["crate_id"],
                d["req"],
                d["kind"],
                d["optional"],
                d["default_features"],
                d["features"],
                d["target"],
                d["downloads"]
            )
        })
        .collect();
    let expected = [
        r#""Zeta" "=1" "dev" false true [] null 0"#,
        r#""alpha" ">=1, <2" "build" false true [] "cfg(unix)" 0"#,
        r#""beta" "^1.0" "normal" false false ["x"] null 0"#,
        r#""alpha" "^1" "normal" true true [] null 0"#,
    ];
    assert_eq!(shown, expected);
    assert!(refused(&server, "/api/v1/crates/nope/1.0.0/dependencies", 404).await.contains("`nope` does not exist"));
    assert!(refused(&server, "/api/v1/crates/many/2.0.0/dependencies", 404).await.contains("`2.0.0`"));
    reverse(&server).await;
}

/// The dependents of alpha, in their order.
async fn dependents(server: &TestServer, query: &str) -> Vec<String> {
    let page = server.json(&format!("/api/v1/crates/ALPHA/reverse_dependencies{query}")).await;
    let versions = page["versions"].as_array().unwrap();
    assert!(versions.windows(2).all(|pair| pair[0]["id"].as_i64() < pair[1]["id"].as_i64()), "versions by id");
    assert_eq!(page["meta"].as_object().unwrap().keys().collect::<Vec<_>>(), ["total"]);
    let name = |dependency: &Value| {
        assert_eq!(dependency["crate_id"], "alpha", "the crate that is asked about");
        let version = versions.iter().find(|version| version["id"] == dependency["version_id"]).unwrap();
        format!("{}@{} {}", version["crate"].as_str().unwrap(), version["num"].as_str().unwrap(), dependency["req"])
    };
    let total = page["meta"]["total"].as_u64().unwrap();
    let shown: Vec<String> = page["dependencies"].as_array().unwrap().iter().map(name).collect();
    assert!(!query.is_empty() || total == shown.len() as u64);
    shown
}

async fn reverse(server: &TestServer) {
    let first = "many@1.0.0 \"^1\"";
    assert_eq!(dependents(server, "").await, [first], "the first of several dependencies");
    let using = |version: &str| krate("user").version(version).dependency("alpha", "1");
    server.publish_ok(&using("1.0.0-pre")).await;
    assert_eq!(dependents(server, "").await, ["user@1.0.0-pre \"^1\"", first]);
    server.publish_ok(&krate("user").version("0.5.0")).await;
    assert_eq!(dependents(server, "").await, [first], "the default version is another now");
    server.publish_ok(&using("1.0.0").toml("")).await;
    server.publish_ok(&krate("user").version("1.1.0")).await;
    assert_eq!(dependents(server, "").await, [first]);
    server.yank(&server.admin, "user", "1.1.0").await;
    assert_eq!(dependents(server, "").await, ["user@1.0.0 \"^1\"", first], "a yank is followed at once");
    for version in ["1.0.0", "0.5.0", "1.0.0-pre"] {
        server.yank(&server.admin, "user", version).await;
    }
    assert_eq!(dependents(server, "").await, [first], "a yanked version depends on nothing");
    server.publish_ok(&krate("alpha").version("2.0.0").dependency("alpha", "1")).await;
    server.publish_ok(&krate("build-user").toml("[target.x.build-dependencies]\nalpha = \"2\"")).await;
    let three = ["build-user@1.0.0 \"^2\"", first, "alpha@2.0.0 \"^1\""];
    assert_eq!(dependents(server, "").await, three, "a crate may depend on itself");
    assert_eq!(dependents(server, "?per_page=2").await, &three[..2]);
    assert_eq!(dependents(server, "?per_page=2&page=2").await, &three[2..]);
    let empty = server.json("/api/v1/crates/alpha/reverse_dependencies?page=200").await;
    assert_eq!(empty, json!({ "dependencies": [], "versions": [], "meta": { "total": 3 } }));
    for query in ["seek=Mg", "page=201", "page=0", "per_page=101"] {
        for name in ["alpha", "unknown"] {
            refused(server, &format!("/api/v1/crates/{name}/reverse_dependencies?{query}"), 400).await;
        }
    }
    refused(server, "/api/v1/crates/unknown/reverse_dependencies", 404).await;
}

/// Adds downloads of a version, so many days before today.
fn count(server: &TestServer, version: &str, days_ago: i64, downloads: i64) {
    server.execute_sql(&format!(
        "INSERT INTO version_downloads (version_id, day, downloads, counted) \
         SELECT id, created_at / 86400000000 - {days_ago}, {downloads}, 0 FROM versions WHERE num = '{version}'"
    ));
}

async fn daily_downloads_go_back_ninety_days(shape: Shape) {
    let server = TestServer::start(shape);
    publish_versions(&server, "Counted-It", &["0.1.0", "2.0.0-pre", "1.0.0", "0.3.0", "0.2.0", "1.1.0", "0.0.9"]).await;
    server.yank(&server.admin, "counted-it", "1.1.0").await;
    for (version, days_ago, downloads) in [
        ("2.0.0-pre", 0, 3),
        ("2.0.0-pre", 89, 4),
        ("2.0.0-pre", 90, 100),
        ("1.1.0", 0, 5),
        ("0.2.0", 89, 6),
        ("0.1.0", 0, 7),
        ("0.0.9", 0, 8),
        ("0.0.9", 1, 9),
        ("0.0.9", 90, 1000),
    ] {
        count(&server, version, days_ago, downloads);
    }
    let days: Vec<Value> =
        server.json("/api/v1/crates/counted-it/0.0.9/downloads").await["version_downloads"].as_array().unwrap().clone();
    let (yesterday, today) = (&days[0]["date"], &days[1]["date"]);
    assert_eq!((days.len(), &days[0]["downloads"], &days[1]["downloads"]), (2, &json!(9), &json!(8)), "90 days");
    let crate_days = server.json("/api/v1/crates/COUNTED_it/downloads?before_date=nonsense&page=0").await;
    assert_eq!(crate_days.as_object().unwrap().len(), 2, "no versions unless they are asked for");
    assert_eq!(all(&crate_days["version_downloads"], "downloads"), ["6", "4", "5", "3"], "by day, then by falling ids");
    assert_eq!(
        crate_days["meta"],
        json!({ "extra_downloads": [{ "date": yesterday, "downloads": 9 }, { "date": today, "downloads": 15 }] })
    );
    let with_versions = server.json("/api/v1/crates/COUNTED_it/downloads?include=versions").await;
    assert_eq!(all(&with_versions["versions"], "num"), ["2.0.0-pre", "1.1.0", "1.0.0", "0.3.0", "0.2.0"]);
    assert_eq!(with_versions["versions"][0]["crate"], "COUNTED_it");
    for (path, status) in [
        ("counted-it/downloads?include=x", 400),
        ("counted-it/downloads?include=Versions", 400),
        ("unknown/downloads?include=x", 404),
        ("counted-it/0.0.9/downloads?before_date=", 400),
        ("counted-it/0.0.9/downloads?before_date=20200101", 400),
        ("counted-it/0.0.9/downloads?before_date=2023-02-29", 400),
        ("counted-it/0.0.9/downloads?before_date=2020-1-01", 400),
        ("unknown/0.0.9/downloads?before_date=x", 400),
        ("unknown/0.0.9/downloads", 404),
        ("counted-it/9.0.0/downloads", 404),
    ] {
        refused(&server, &format!("/api/v1/crates/{path}"), status).await;
    }
    for (last, expected) in [
        (yesterday.as_str().unwrap(), &["1000", "9"][..]),
        ("2024-02-29", &[]),
        ("9999-12-31", &[]),
        ("0000-01-01", &[]),
        (today.as_str().unwrap(), &["9", "8"]),
    ] {
        let window = server.json(&format!("/api/v1/crates/counted-it/0.0.9/downloads?before_date={last}")).await;
        assert_eq!(all(&window["version_downloads"], "downloads"), expected, "{last}");
    }
    publish_versions(&server, "few", &["1.0.0-few"]).await;
    let few = server.json("/api/v1/crates/few/downloads").await;
    assert_eq!(few, json!({ "version_downloads": [], "meta": { "extra_downloads": [] } }));
}

async fn keywords_and_categories_count_what_they_should(shape: Shape) {
    let server = TestServer::start(shape);
    let with = |name: &str, keywords: &str, categories: &str| {
        krate(name).package(&format!("keywords = [{keywords}]")).package(&format!("categories = [{categories}]"))
    };
    server.publish_ok(&with("a", r#""beta", "Alpha""#, r#""science", "science::geo""#)).await;
    server.publish_ok(&with("b", r#""beta", "gone""#, r#""science::bioinformatics::genomics", "science::geo""#)).await;
    server
        .publish_ok(
            &with("b", r#""beta""#, r#""science::bioinformatics::genomics", "science::geo", "parsing""#)
                .version("2.0.0"),
        )
        .await;
    let keywords = server.json("/api/v1/keywords").await;
    assert_eq!(
        (all(&keywords["keywords"], "id"), &keywords["meta"]),
        (vec!["alpha".into(), "beta".into(), "gone".into()], &json!({ "total": 3 }))
    );
    assert_eq!(all(&keywords["keywords"], "crates_cnt"), ["1", "2", "0"], "a keyword outlives its last crate");
    assert_eq!(
        all(&server.json("/api/v1/keywords?sort=crates").await["keywords"], "keyword"),
        ["beta", "alpha", "gone"]
    );
    assert_eq!(all(&server.json("/api/v1/keywords?sort=Crates&per_page=2&page=2").await["keywords"], "id"), ["gone"]);
    assert_eq!(server.json("/api/v1/keywords?page=201").await, json!({ "keywords": [], "meta": { "total": 0 } }));
    assert_eq!(server.json("/api/v1/keywords/BETA").await["keyword"], keywords["keywords"][1]);
    for path in [
        "keywords/nope",
        "keywords/a%20b",
        "keywords/%C3%A4",
        "keywords/-a",
        "categories/nope",
        "categories/science::",
        "categories/geo",
    ] {
        assert!(refused(&server, &format!("/api/v1/{path}"), 404).await.contains("Not Found"), "{path}");
    }
    for path in [
        "keywords?seek=Mg",
        "keywords?per_page=101",
        "keywords?page=0",
        "categories?seek=Mg",
        "categories?per_page=0",
        "keywords?sort=a&sort=b",
    ] {
        refused(&server, &format!("/api/v1/{path}"), 400).await;
    }
    categories(&server).await;
    summary(&server).await;
}

async fn categories(server: &TestServer) {
    let science = server.json("/api/v1/categories/SCIENCE").await["category"].clone();
    assert_eq!(
        (&science["crates_cnt"], &science["category"], &science["id"]),
        (&json!(1), &json!("Science"), &json!("science"))
    );
    let below = |slug: &str| {
        let list = science["subcategories"].as_array().unwrap();
        list.iter().find(|category| category["id"] == slug).unwrap()["crates_cnt"].clone()
    };
    assert_eq!((below("science::geo"), below("science::bioinformatics")), (json!(2), json!(1)), "the sum below");
    assert!(!all(&science["subcategories"], "id").contains(&"science::bioinformatics::genomics".to_owned()));
    assert_eq!(science["parent_categories"], json!([]));
    let genomics = server.json("/api/v1/categories/science::bioinformatics::genomics").await["category"].clone();
    assert_eq!((&genomics["crates_cnt"], &genomics["subcategories"]), (&json!(1), &json!([])));
    assert_eq!(all(&genomics["parent_categories"], "id"), ["science", "science::bioinformatics"], "the root first");
    assert_eq!(all(&genomics["parent_categories"], "crates_cnt"), ["4", "4"], "the whole tree");
    let top = server.json("/api/v1/categories?sort=crates").await;
    assert_eq!(
        (all(&top["categories"], "crates_cnt")[..3].join(" "), &top["meta"]["total"]),
        ("4 1 0".into(), &json!(58))
    );
    assert_eq!(
        (top["categories"].as_array().unwrap().len(), top["categories"][0]["slug"].as_str()),
        (10, Some("science"))
    );
    assert!(top["categories"][0].get("subcategories").is_none());
    let mut names = Vec::new();
    for page in 1..=7 {
        let page = server.json(&format!("/api/v1/categories?page={page}")).await;
        assert_eq!(page["meta"]["total"], 58, "also on an empty page");
        names.extend(all(&page["categories"], "category"));
    }
    assert!(names.len() == 58 && names.is_sorted(), "{names:?}");
    assert_eq!(server.json("/api/v1/categories?page=7").await["categories"], json!([]));
    let slugs = all(&server.json("/api/v1/category_slugs?per_page=1").await["category_slugs"], "id");
    assert!(slugs.len() == 104 && slugs.is_sorted());
    let shown = server.json("/api/v1/crates/b").await;
    let mut counts = [all(&shown["categories"], "crates_cnt"), all(&shown["categories"], "id")].concat();
    counts.sort();
    assert_eq!(counts, ["1", "1", "2", "parsing", "science::bioinformatics::genomics", "science::geo"], "their own");
}

async fn summary(server: &TestServer) {
    let summary = server.json("/api/v1/summary").await;
    let keys = [
        "{\"num_downloads\":",
        ",\"num_crates\":",
        ",\"new_crates\":[",
        "],\"most_downloaded\":[",
        "],\"most_recently_downloaded\":[",
        "],\"just_updated\":[",
        "],\"popular_keywords\":[",
        "],\"popular_categories\":[",
    ];
    has_in_order(server, "/api/v1/summary", &keys).await;
    assert_eq!(summary.as_object().unwrap().len(), keys.len());
    assert_eq!((&summary["num_crates"], &summary["num_downloads"]), (&json!(2), &json!(0)));
    let lists = ["new_crates", "most_downloaded", "most_recently_downloaded", "just_updated"]
        .map(|list| all(&summary[list], "id").join(" "));
    assert_eq!(lists, ["b a", "b a", "", "b"]);
    assert_eq!(summary["new_crates"][0]["max_version"], "2.0.0");
    assert_eq!(summary["new_crates"][0]["recent_downloads"], Value::Null);
    assert_eq!(all(&summary["popular_keywords"], "id"), ["beta", "alpha", "gone"]);
    assert_eq!(all(&summary["popular_categories"], "id")[..2], ["science", "parsing"]);
    let metadata = server.json("/api/v1/site_metadata").await;
    assert_eq!(metadata["deployed_sha"], metadata["commit"]);
    assert_eq!(
        json!([metadata["cdn_base"], metadata["read_only"], metadata["banner_message"]]),
        json!(["", false, null])
    );
}

async fn files_are_made_of_what_is_published(shape: Shape) {
    let server = TestServer::start(shape);
    let readme = "# Hi\n\n[there](docs/x.md) <script>alert(1)</script>";
    let first = krate("Filed-It")
        .version("1.0.0+b")
        .metadata("readme", json!(readme))
        .metadata("readme_file", json!("README.md"));
    server.publish_ok(&first.package("repository = \"https://github.com/o/r.git\"")).await;
    server.publish_ok(&krate("Filed-It").version("2.0.0").package("description = \"<b> & ]]>\"")).await;
    eventually("everything is made", async || server.execute_sql("SELECT COUNT(*) FROM jobs") == "0").await;
    let get = async |path: &str, content_type: &str| {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
            (200, content_type),
            "{path}"
        );
        answer.text().await
    };
    let told = server.get("/api/v1/crates/Filed-It/1.0.0+b/readme").await;
    let html = get(told.headers()["location"].to_str().unwrap(), "text/html; charset=utf-8").await.unwrap();
    assert!(
        html.contains("href=\"https://github.com/o/r/blob/HEAD/docs/x.md\"") && html.contains("&lt;script"),
        "{html}"
    );
    assert_eq!(server.get("/readmes/Filed-It/Filed-It-2.0.0.html").await.status(), 404, "there is none");
    assert_eq!(server.get("/readmes/filed-it/filed-it-1.0.0%2Bb.html").await.status(), 404, "the spelling counts");
    let zip = server.get("/crates/Filed-It/Filed-It-1.0.0%2Bb.zip").await;
    assert_eq!(zip.headers()["content-type"], "application/zip");
    let zip = zip.bytes().await.unwrap();
    let manifest = get("/crates/Filed-It/Filed-It-1.0.0+b.zip.json", "application/json").await.unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(all(&manifest["files"], "path"), ["Cargo.toml", "src/lib.rs"]);
    let library = &manifest["files"][1];
    let number = |member: &str| usize::try_from(library[member].as_u64().unwrap()).unwrap();
    let packed = &zip[number("data_offset")..][..number("compressed_size")];
    let mut unpacked = String::new();
    std::io::Read::read_to_string(&mut flate2::read::DeflateDecoder::new(packed), &mut unpacked).unwrap();
    assert_eq!(unpacked, "pub fn answer() -> u32 { 42 }\n");
    assert_eq!(
        (library["sha256"].as_str().unwrap(), number("uncompressed_size")),
        (&*crate::support::sha256(unpacked.as_bytes()), unpacked.len())
    );
    let xml = "text/xml; charset=UTF-8";
    for (path, titles) in [
        (
            "/rss/crates/Filed-It.xml",
            &["New crate version published: Filed-It v2.0.0", "New crate version published: Filed-It v1.0.0+b"][..],
        ),
        (
            "/rss/updates.xml",
            &["New crate version published: Filed-It v2.0.0", "New crate version published: Filed-It v1.0.0+b"],
        ),
        ("/rss/crates.xml", &["New crate created: Filed-It"]),
    ] {
        let feed = get(path, xml).await.unwrap();
        let found: Vec<&str> = feed
            .split("<item>")
            .skip(1)
            .map(|item| item.split("<title>").nth(1).unwrap().split("</title>").next().unwrap())
            .collect();
        assert_eq!(found, titles, "{path}");
        assert!(feed.contains(&format!("{}{path}", server.url)), "{path} names itself: {feed}");
    }
    assert_eq!(server.get("/rss/crates/nope.xml").await.status(), 404);
    let shown = server.json("/api/v1/crates/filed-it/2.0.0").await;
    assert_eq!(
        shown["version"]["linecounts"]["languages"]["Rust"],
        json!({ "code_lines": 1, "comment_lines": 0, "files": 1 })
    );
}

async fn kept_answers_change_at_once(shape: Shape) {
    let server = TestServer::start(shape);
    let tagged = |name: &str| krate(name).package("keywords = [\"shared\"]").package("categories = [\"parsing\"]");
    let first: Krate = tagged("kept");
    server.publish_ok(&first).await;
    eventually("nothing else changes", async || server.execute_sql("SELECT COUNT(*) FROM jobs") == "0").await;
    let paths = [
        "/api/v1/crates/kept",
        "/api/v1/crates/kept?include=",
        "/api/v1/crates/kept?include=default_version,keywords",
        "/api/v1/summary",
    ];
    let look = async || {
        let mut seen = Vec::new();
        for path in paths {
            server.json(path).await;
            seen.push(server.json(path).await);
        }
        seen
    };
    let counts = |seen: &[Value]| {
        json!([
            seen[0]["keywords"][0]["crates_cnt"],
            seen[0]["categories"][0]["crates_cnt"],
            seen[2]["keywords"][0]["crates_cnt"],
            seen[3]["popular_keywords"][0]["crates_cnt"],
            seen[3]["num_crates"]
        ])
    };
    assert_eq!(counts(&look().await), json!([1, 1, 1, 1, 1]));
    server.publish_ok(&tagged("other")).await;
    assert_eq!(counts(&look().await), json!([2, 2, 2, 2, 2]), "another crate has the keyword too");
    server.publish_ok(&first.clone().version("2.0.0").package("description = \"Newer\"")).await;
    let seen = look().await;
    for answer in &seen[..3] {
        assert_eq!(json!([answer["crate"]["num_versions"], answer["crate"]["description"]]), json!([2, "Newer"]));
    }
    assert_eq!((&seen[2]["versions"][0]["num"], &seen[3]["just_updated"][0]["id"]), (&json!("2.0.0"), &json!("kept")));
    let states = |seen: &[Value]| {
        json!([
            seen[0]["versions"][0]["yanked"],
            seen[1]["crate"]["default_version"],
            seen[2]["versions"][0]["num"],
            seen[3]["just_updated"][0]["max_version"]
        ])
    };
    server.yank(&server.admin, "kept", "2.0.0").await;
    assert_eq!(states(&look().await), json!([true, "1.0.0", "1.0.0", "1.0.0"]));
    let patch = server.request(Method::PATCH, "/api/v1/crates/kept/2.0.0").header("authorization", &server.admin.token);
    let patch = patch.json(&json!({ "version": { "yanked": true, "yank_message": "why" } })).send().await.unwrap();
    assert_eq!(patch.status(), 200);
    assert_eq!(look().await[0]["versions"][0]["yank_message"], "why");
    let unyank =
        server.request(Method::PUT, "/api/v1/crates/kept/2.0.0/unyank").header("authorization", &server.admin.token);
    assert_eq!(unyank.send().await.unwrap().status(), 200);
    assert_eq!(states(&look().await), json!([false, "2.0.0", "2.0.0", "2.0.0"]));
    let scoped = server.token("admin", &["--scope", "trusted-publishing"]);
    let patch = server.request(Method::PATCH, "/api/v1/crates/kept").header("authorization", &scoped.token);
    assert_eq!(patch.json(&json!({ "crate": { "trustpub_only": true } })).send().await.unwrap().status(), 200);
    let seen = look().await;
    assert_eq!(
        json!([
            seen[0]["crate"]["trustpub_only"],
            seen[1]["crate"]["trustpub_only"],
            seen[3]["just_updated"][0]["trustpub_only"]
        ]),
        json!([true, true, true])
    );
    let before = look().await;
    server.user("helper");
    server.make_owner(&server.admin, "kept", "helper").await;
    assert_eq!(look().await[0], before[0], "an owner more is no change of the crate");
    let count = |list: &Value| list["crates"].as_array().unwrap().len();
    let helper_id = server.execute_sql("SELECT id FROM users WHERE login = 'helper'");
    assert_eq!(count(&server.json(&format!("/api/v1/crates?user_id={helper_id}")).await), 1, "but of lists");
}

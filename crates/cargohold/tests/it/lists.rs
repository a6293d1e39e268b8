//! Search and lists of crates: filters, orders, pages (contract §5.1, §2.4).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Krate, Shape, TestServer, User, eventually, krate, on_both_shapes, refusal};

on_both_shapes!(
    every_order_is_walked_by_page_and_by_seek,
    filters_apply_by_their_priority,
    odd_parameters_are_refused_or_passed_over,
    texts_are_found_where_the_contract_says,
    whoever_publishes_sees_it_in_the_next_list,
);

/// The names on a page.
fn names(list: &Value) -> Vec<String> {
    let crates = list["crates"].as_array().unwrap();
    crates.iter().map(|krate| krate["name"].as_str().unwrap().to_owned()).collect()
}

async fn list(server: &TestServer, query: &str) -> Value {
    server.json(&format!("/api/v1/crates{query}")).await
}

async fn listed(server: &TestServer, query: &str) -> Vec<String> {
    names(&list(server, query).await)
}

/// Four crates whose order is another by name, by creation, by update and by downloads; three of them with the word `walk`.
async fn four_crates(server: &TestServer) {
    for name in ["walk", "b-walk", "Z-walk", "a-other"] {
        server.publish_ok(&krate(name).package("keywords = [\"step\"]")).await;
    }
    server.publish_ok(&krate("b-walk").version("1.1.0").package("description = \"Newer\"")).await;
    // Counted in rows of today, as downloads of cargo are; a-other has most, but none of them are recent.
    let today = "(SELECT CAST(MAX(created_at) / 86400000000 AS BIGINT) FROM versions)";
    for (name, recent) in [("Z-walk", 7), ("walk", 5)] {
        server.execute_sql(&format!(
            "INSERT INTO version_downloads (version_id, day, downloads, counted) \
             SELECT default_version_id, {today}, {recent}, 0 FROM crates WHERE name = '{name}'"
        ));
    }
    server.execute_sql(&format!(
        "INSERT INTO version_downloads (version_id, day, downloads, counted) \
         SELECT default_version_id, {today} - 90, 50, 0 FROM crates WHERE name = 'a-other'"
    ));
    eventually("downloads are taken into the totals and the search index", async || {
        let sorted = listed(server, "?sort=recent-downloads&per_page=2").await == ["Z-walk", "walk"];
        sorted && listed(server, "?sort=downloads&per_page=3").await == ["a-other", "Z-walk", "walk"]
    })
    .await;
}

async fn every_order_is_walked_by_page_and_by_seek(shape: Shape) {
    let server = TestServer::start_with(shape, &[("CARGOHOLD_DOWNLOADS__ROLL_UP_EVERY", "1s")]);
    four_crates(&server).await;
    let orders: [(&str, &[&str]); 13] = [
        ("", &["Z-walk", "a-other", "b-walk", "walk"]),
        ("sort=alphabetical", &["Z-walk", "a-other", "b-walk", "walk"]),
        ("sort=relevance", &["Z-walk", "a-other", "b-walk", "walk"]),
        ("sort=Downloads", &["Z-walk", "a-other", "b-walk", "walk"]),
        ("sort=downloads", &["a-other", "Z-walk", "walk", "b-walk"]),
        ("sort=recent-downloads", &["Z-walk", "walk", "a-other", "b-walk"]),
        ("sort=recent-updates", &["b-walk", "a-other", "Z-walk", "walk"]),
        ("sort=new", &["a-other", "Z-walk", "b-walk", "walk"]),
        ("q=walk&sort=", &["walk", "Z-walk", "b-walk"]),
        ("q=walk&sort=relevance", &["walk", "Z-walk", "b-walk"]),
        ("q=walk&sort=nonsense", &["walk", "Z-walk", "b-walk"]),
        ("q=walk&sort=downloads", &["Z-walk", "walk", "b-walk"]),
        ("sort=new&q=WALK", &["Z-walk", "b-walk", "walk"]),
    ];
    for (query, expected) in orders {
        let whole = list(&server, &format!("?{query}")).await;
        assert_eq!((names(&whole), &whole["meta"]["total"]), (owned(expected), &json!(expected.len())), "{query}");
        assert_eq!((&whole["meta"]["next_page"], &whole["meta"]["prev_page"]), (&Value::Null, &Value::Null), "{query}");
        for per_page in 1..=expected.len() + 1 {
            walk(&server, &format!("?{query}&per_page={per_page}"), per_page, expected).await;
            walk_pages(&server, query, per_page, expected).await;
        }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Follows `next_page` from a first page on, until there is none.
async fn walk(server: &TestServer, first: &str, per_page: usize, expected: &[&str]) {
    let (mut query, mut found) = (first.to_owned(), Vec::new());
    loop {
        let page = list(server, &query).await;
        let names = names(&page);
        let total = if names.is_empty() { 0 } else { expected.len() };
        assert_eq!((&page["meta"]["total"], &page["meta"]["prev_page"]), (&json!(total), &Value::Null), "{query}");
        found.extend(names.iter().cloned());
        assert_eq!(page["meta"]["next_page"].is_string(), names.len() == per_page, "{query}");
        let Some(next) = page["meta"]["next_page"].as_str() else { break };
        assert!(next.contains("&seek=") && !next.contains("page=1&page"), "{next}");
        next.clone_into(&mut query);
    }
    assert_eq!(found, owned(expected), "{first}");
}

/// Walks by numbers forth and back.
async fn walk_pages(server: &TestServer, query: &str, per_page: usize, expected: &[&str]) {
    // The link re-encodes what the request says: a bare pair gets its sign, an empty one stays.
    let base = if query.is_empty() { String::new() } else { format!("{query}&") };
    let (mut page, mut found) = (1, Vec::new());
    loop {
        let answer = list(server, &format!("?{base}page={page}&per_page={per_page}")).await;
        let names = names(&answer);
        let link = |page: usize| json!(format!("?{base}per_page={per_page}&page={page}"));
        let next = if names.len() == per_page { link(page + 1) } else { Value::Null };
        let previous = if page > 1 { link(page - 1) } else { Value::Null };
        assert_eq!((&answer["meta"]["next_page"], &answer["meta"]["prev_page"]), (&next, &previous), "{base}{page}");
        assert_eq!(answer["meta"]["total"], if names.is_empty() { 0 } else { expected.len() });
        let is_last = names.len() < per_page;
        found.extend(names);
        if is_last {
            break;
        }
        page += 1;
    }
    assert_eq!(found, owned(expected), "{query} by page");
}

#[tokio::test]
async fn links_to_other_pages_keep_what_was_asked() {
    let server = TestServer::start(Shape::Small);
    for name in ["one", "two"] {
        server.publish_ok(&krate(name)).await;
    }
    let one = URL_SAFE_NO_PAD.encode(server.execute_sql("SELECT id FROM crates WHERE name = 'one'"));
    let cases = [
        ("?page=1&per_page=1&ids[]=one&ids%5B%5D=two", "?per_page=1&ids%5B%5D=one&ids%5B%5D=two&page=2"),
        ("?letter=o&per_page=1&page=1", "?letter=o&per_page=1&page=2"),
        ("?page=1&letter=%4f&per_page=1", "?letter=O&per_page=1&page=2"),
        ("?q=&per_page=1&page=1", "?q=&per_page=1&page=2"),
        ("?q&per_page=1&page=1", "?q=&per_page=1&page=2"),
        ("?odd=a%20b&odd=c+d&Page=3&per_page=1&page=%31", "?odd=a+b&odd=c+d&Page=3&per_page=1&page=2"),
        ("?x=%ff%zz&per_page=+1&page=01", "?x=%EF%BF%BD%25zz&per_page=+1&page=2"),
        ("?per_page=%2B1&page=%2b1", "?per_page=%2B1&page=2"),
        ("?per_page=01&sort=alphabetical", "?per_page=01&sort=alphabetical&seek=ONE"),
        ("?per_page=1&x=%26%3D", "?per_page=1&x=%26%3D&seek=ONE"),
    ];
    for (query, next) in cases {
        if query.contains("per_page=+1") {
            refusal(server.get(&format!("/api/v1/crates{query}")).await, 400).await;
            continue;
        }
        let page = list(&server, query).await;
        assert_eq!(page["meta"]["next_page"], next.replace("ONE", &one), "{query}");
    }
    let behind = list(&server, "?page=200&per_page=3").await;
    assert_eq!(behind["meta"], json!({ "total": 0, "next_page": null, "prev_page": "?per_page=3&page=199" }));
    let last = list(&server, &format!("?seek={one}&per_page=1")).await;
    assert_eq!(names(&last), ["two"]);
    let next = last["meta"]["next_page"].as_str().unwrap();
    assert!(next.starts_with("?per_page=1&seek="), "{next}");
    let empty = list(&server, next).await;
    assert_eq!((names(&empty), &empty["meta"]), (vec![], &json!({ "total": 0, "next_page": null, "prev_page": null })));
}

/// Crates with keywords, categories, owners and followers.
async fn filterable(server: &TestServer) -> (User, User) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let crates: [(&User, Krate); 5] = [
        (&alice, krate("Alpha").package("keywords = [\"Red\", \"blue\"]").package("categories = [\"os\"]")),
        (&alice, krate("beta_x").package("keywords = [\"red\"]").package("categories = [\"os::unix-apis\"]")),
        (&bob, krate("gamma").package("keywords = [\"blue\"]").package("categories = [\"parsing\"]")),
        (&bob, krate("alpine")),
        (&bob, krate("yanked-one").package("keywords = [\"red\"]")),
    ];
    for (owner, krate) in &crates {
        assert_eq!(server.publish(owner, krate).await.status(), 200);
    }
    server.yank(&bob, "yanked-one", "1.0.0").await;
    (alice, bob)
}

async fn filters_apply_by_their_priority(shape: Shape) {
    let server = TestServer::start(shape);
    let (alice, _) = filterable(&server).await;
    let follow = server.request(Method::PUT, "/api/v1/crates/gamma/follow").header("authorization", &alice.token);
    assert_eq!(follow.send().await.unwrap().json::<Value>().await.unwrap(), json!({ "ok": true }));
    let id = |login: &str| server.execute_sql(&format!("SELECT id FROM users WHERE login = '{login}'"));
    let (alice_id, bob_id) = (id("alice"), id("bob"));
    let all = "Alpha alpine beta_x gamma yanked-one";
    let by_bob = format!("user_id={bob_id}");
    let prior = format!("user_id={alice_id}&team_id=1&ids[]=gamma");
    let cases = [
        ("", all),
        ("all_keywords=red", "Alpha beta_x yanked-one"),
        ("all_keywords=BLUE+red%20red", "Alpha"),
        ("all_keywords=blue+green", ""),
        ("all_keywords=%20", "Alpha beta_x gamma yanked-one"),
        ("all_keywords=", all),
        ("keyword=RED", "Alpha beta_x yanked-one"),
        ("keyword=red+blue", ""),
        ("keyword=nope", ""),
        ("keyword=", all),
        ("category=os", "Alpha beta_x"),
        ("category=os::unix-apis", "beta_x"),
        ("category=Os", ""),
        ("category=o", ""),
        ("category=", all),
        ("letter=a", "Alpha alpine"),
        ("letter=ALWAYS-THE-FIRST", "Alpha alpine"),
        ("letter=_", all),
        ("letter=%25", all),
        ("letter=-", ""),
        ("letter=%C3%A4", ""),
        ("letter=", all),
        (&format!("user_id={alice_id}"), "Alpha beta_x"),
        (&by_bob, "alpine gamma yanked-one"),
        ("user_id=-5", ""),
        ("user_id=", all),
        ("team_id=1", ""),
        ("team_id=", all),
        ("ids[]=gamma&ids%5B%5D=Alpha&ids[]=gamma&ids[]=nope", "Alpha gamma"),
        ("ids[]=alpha", ""),
        ("ids[]=beta-x", ""),
        ("ids[]=", ""),
        ("ids[]", ""),
        ("ids=gamma&ids[0]=gamma&Letter=g&q[]=x", all),
        ("include_yanked=yes", all),
        ("include_yanked=", all),
        ("include_yanked=YES", "Alpha alpine beta_x gamma"),
        ("include_yanked=no&keyword=red", "Alpha beta_x"),
        ("all_keywords=red&keyword=blue&letter=g&user_id=999", "Alpha beta_x yanked-one"),
        ("letter=g&keyword=blue", "Alpha gamma"),
        (&format!("letter=a&{by_bob}"), "Alpha alpine"),
        (&prior, "Alpha beta_x"),
        ("team_id=1&ids[]=gamma", ""),
        ("category=os&keyword=blue", "Alpha"),
        ("category=os&ids[]=gamma", ""),
        ("q=alp&letter=g&category=os", ""),
        ("q=alp&letter=a&include_yanked=no&sort=alphabetical", "Alpha alpine"),
    ];
    for (query, expected) in cases {
        let found = list(&server, &format!("?{query}")).await;
        assert_eq!(names(&found).join(" "), expected, "{query}");
        assert_eq!(found["meta"]["total"], expected.split_whitespace().count(), "{query}");
    }
    followed_crates(&server, &alice, &format!("following=1&user_id={alice_id}")).await;
}

async fn followed_crates(server: &TestServer, alice: &User, with_owner: &str) {
    let scoped = server.token("alice", &["--scope", "yank"]);
    let of_a_crate = server.token("alice", &["--crate", "gamma"]);
    let ask = async |query: &str, user: Option<&User>| {
        let mut request = server.request(Method::GET, &format!("/api/v1/crates?{query}"));
        if let Some(user) = user {
            request = request.header("authorization", &user.token);
        }
        request.send().await.unwrap()
    };
    for query in ["following=1", "following=no&keyword=red", "following=1&per_page=0", "following=1&page=1&seek=x"] {
        refusal(ask(query, None).await, 403).await;
        refusal(ask(query, Some(&scoped)).await, 403).await;
        refusal(ask(query, Some(&of_a_crate)).await, 403).await;
    }
    refusal(ask("following=1&user_id=x", None).await, 400).await;
    refusal(ask("following=1&following=1", None).await, 400).await;
    refusal(ask("following=1&per_page=0", Some(alice)).await, 400).await;
    for (query, expected) in [
        ("following=1", &["gamma"][..]),
        ("following=%00", &["gamma"]),
        ("following=0&ids[]=alpine", &["gamma"]),
        ("following=1&keyword=red", &["Alpha", "beta_x", "yanked-one"]),
        (with_owner, &["Alpha", "beta_x"]),
    ] {
        let answer = ask(query, Some(alice)).await;
        assert_eq!(answer.headers()["cache-control"], "no-store", "{query}");
        assert_eq!(names(&answer.json().await.unwrap()), expected, "{query}");
    }
    for query in ["following=", "following"] {
        let answer = ask(query, None).await;
        assert_eq!((answer.status().as_u16(), answer.headers().get("cache-control")), (200, None), "{query}");
    }
}

/// Query strings that are refused, and a word of why.
const BAD: [(&str, &str); 48] = [
    ("page=0", "page"),
    ("page=", "page"),
    ("page", "page"),
    ("page=x", "page"),
    ("page=1.0", "page"),
    ("page=+1", "page"),
    ("page=%201", "page"),
    ("page=-1", "page"),
    ("page=4294967296", "page"),
    ("page=1&page=1", "page"),
    ("page=%00", "page"),
    ("per_page=0", "per_page"),
    ("per_page=", "per_page"),
    ("per_page=101", "more than 100 items"),
    ("per_page=1&per_page=1", "per_page"),
    ("per_page=1e1", "per_page"),
    ("page=201", "201"),
    ("page=201&per_page=1", "data access"),
    ("page=4294967295", "4294967295"),
    ("seek=", "invalid seek"),
    ("seek", "invalid seek"),
    ("seek=Mg==", "invalid seek"),
    ("seek=Mg%3D%3D", "invalid seek"),
    ("seek=%2B%2F%2B%2F", "invalid seek"),
    ("seek=ab+c", "invalid seek"),
    ("seek=%00", "invalid seek"),
    ("seek=x&page=1", "`seek`"),
    ("seek=Mg&seek=Mg", "seek"),
    ("q=%00", "q:"),
    ("letter=a%00", "letter:"),
    ("category=%00", "category:"),
    ("keyword=%00", "keyword:"),
    ("all_keywords=a+%00", "all_keywords:"),
    ("include_yanked=%00", "include_yanked:"),
    ("ids[]=a&ids[]=%00", "ids[][1]"),
    ("ids[]=%00", "ids[][0]"),
    ("user_id=x", "user_id"),
    ("user_id=2147483648", "user_id"),
    ("user_id=-2147483649", "user_id"),
    ("user_id=1.0", "user_id"),
    ("user_id=1&user_id=1", "user_id"),
    ("team_id=99999999999", "team_id"),
    ("q=a&q=a", "q:"),
    ("sort=new&sort=new", "sort:"),
    ("letter=a&letter=a", "letter:"),
    ("q=x&page=11&per_page=100", "1000"),
    ("q=x&page=101", "1000"),
    ("q=x&page=101&sort=relevance", "data access"),
];

/// Query strings that are odd, but fine.
const FINE: [&str; 18] = [
    "page=%2B1&per_page=%2b01",
    "page=200",
    "per_page=100",
    "sort=%00",
    "Page=x",
    "per_page=1&include=nonsense",
    "user_id=2147483647",
    "user_id=-2147483648",
    "user_id=%2B1",
    "user_id=01",
    "team_id=0",
    "q=%ff",
    "q=%zz%",
    "&&=&x",
    "q=x&page=10&per_page=100",
    "q=x&sort=new&page=101",
    "q=&page=200&per_page=100",
    "seek=%4dg",
];

async fn odd_parameters_are_refused_or_passed_over(shape: Shape) {
    let server = TestServer::start(shape);
    server.publish_ok(&krate("only")).await;
    for (query, words) in BAD {
        let text = refusal(server.get(&format!("/api/v1/crates?{query}")).await, 400).await;
        assert!(text.contains(words), "{query}: {text}");
    }
    odd_places(&server).await;
    for query in FINE {
        let answer = server.get(&format!("/api/v1/crates?{query}")).await;
        assert_eq!(answer.status(), 200, "{query}: {}", answer.text().await.unwrap());
    }
}

async fn odd_places(server: &TestServer) {
    let seek = |json: &str| URL_SAFE_NO_PAD.encode(json);
    // Places of every order; each is refused in every other order whose places have another shape.
    let places = [
        ("", "2", 0),
        ("sort=alphabetical", "0", 0),
        ("sort=new", "[5,2]", 1),
        ("sort=recent-updates", "[5,2]", 1),
        ("sort=downloads", "[5,2]", 1),
        ("sort=recent-downloads", "[5,2]", 1),
        ("sort=recent-downloads", "[null,2]", 2),
        ("q=only&sort=x", "[true,2]", 3),
        ("q=only", "[true,1,null,2]", 4),
        ("q=only", "[false,0.5,7,2]", 4),
    ];
    for (query, place, shape) in places {
        let path = format!("/api/v1/crates?{query}&seek={}", seek(place));
        assert_eq!(server.get(&path).await.status(), 200, "{query} {place}");
        for (other, _, other_shape) in places {
            let is_also_good = other_shape == shape || (shape == 1 && other == "sort=recent-downloads");
            if !is_also_good && other != query {
                let path = format!("/api/v1/crates?{other}&seek={}", seek(place));
                refusal(server.get(&path).await, 400).await;
            }
        }
    }
    for place in ["2.0", "[2]", "\"2\"", "null", "2147483648", "-2147483649", "{}", "2 x", "", "[1,2]"] {
        refusal(server.get(&format!("/api/v1/crates?seek={}", seek(place))).await, 400).await;
    }
    for place in ["[1,2,3]", "[1.5,2]", "[null,2]", "[1,null]", "[1,2147483648]", "[9223372036854775808,1]"] {
        refusal(server.get(&format!("/api/v1/crates?sort=new&seek={}", seek(place))).await, 400).await;
    }
}

async fn texts_are_found_where_the_contract_says(shape: Shape) {
    let server = TestServer::start(shape);
    let crates = [
        krate("foo-bar").package("description = \"Running tests quickly\""),
        krate("fooXbar").metadata("readme", json!("A secret zebra lives here")),
        krate("my_io").package("keywords = [\"Zebra\"]"),
        krate("studio").package("description = \"x/y and C++ or so\""),
        krate("a"),
        krate("x-a").package("description = \"Which\""),
        krate("serde_json").package("description = \"the\""),
    ];
    for krate in &crates {
        server.publish_ok(krate).await;
    }
    let cases = [
        ("run", "foo-bar"),
        ("tests+RUN", "foo-bar"),
        ("quick", "foo-bar"),
        ("tests+nothing", ""),
        ("zebra", "fooXbar my_io"),
        ("foo-bar", "foo-bar fooXbar"),
        ("foo_bar", "foo-bar fooXbar"),
        ("FOO_BAR", "foo-bar fooXbar"),
        ("o%25r", "foo-bar fooXbar"),
        ("oo", ""),
        ("fo", "foo-bar fooXbar"),
        ("io", "my_io"),
        ("a", "a x-a"),
        ("A", "a x-a"),
        ("which", ""),
        ("serde-json", "serde_json"),
        ("json+serde", "serde_json"),
        ("%22serde%22+OR+-json", "serde_json"),
        ("%20serde_json", "serde_json"),
        ("x%2Fy", "studio"),
        ("erde_j", "serde_json"),
        ("rde%20js", ""),
    ];
    for (query, expected) in cases {
        let found = list(&server, &format!("?q={query}&sort=alphabetical")).await;
        let mut names = names(&found);
        names.sort();
        assert_eq!(names.join(" "), expected, "{query}");
    }
    for (query, exact) in [("foo_bar", "foo-bar"), ("FOO-bar", "foo-bar"), ("A", "a"), ("%20serde_json", "")] {
        let found = list(&server, &format!("?q={query}")).await;
        for (index, krate) in found["crates"].as_array().unwrap().iter().enumerate() {
            assert_eq!(krate["exact_match"], krate["name"] == exact, "{query}: {}", krate["name"]);
            assert_eq!(
                index == 0 && !exact.is_empty(),
                krate["exact_match"] == true,
                "{query}: the exact match is first"
            );
        }
    }
    assert!(list(&server, "").await["crates"].as_array().unwrap().iter().all(|krate| krate["exact_match"] == false));
    let suggested = server.json("/api/v1/suggest?q=foo&per_page=1").await;
    assert_eq!(suggested["suggestions"][0]["name"], "foo-bar");
    assert_eq!(suggested["suggestions"].as_array().unwrap().len(), 1);
    for query in ["per_page=0", "per_page=101", "q=%00", "q=a&q=b"] {
        refusal(server.get(&format!("/api/v1/suggest?{query}")).await, 400).await;
    }
}

async fn whoever_publishes_sees_it_in_the_next_list(shape: Shape) {
    let server = TestServer::start(shape);
    eventually("the first search index is built", async || server.get("/readyz").await.status() == 200).await;
    for round in 0..3 {
        let name = format!("fresh-{}", ["one", "two", "three"][round]);
        server.publish_ok(&krate(&name).package("keywords = [\"fresh\"]")).await;
        assert_eq!(listed(&server, &format!("?q={name}")).await, [name.as_str()]);
        assert_eq!(listed(&server, "?keyword=fresh&sort=new&per_page=1").await, [name.as_str()]);
        server.publish_ok(&krate(&name).version("2.0.0").package("description = \"word\"")).await;
        assert_eq!(listed(&server, "?q=word&sort=recent-updates&per_page=1").await, [name.as_str()]);
        assert!(listed(&server, &format!("?ids[]={name}&keyword=fresh")).await.is_empty(), "the keyword is gone");
        for version in ["1.0.0", "2.0.0"] {
            server.yank(&server.admin, &name, version).await;
        }
        let shown = list(&server, &format!("?ids[]={name}")).await;
        assert_eq!(
            (&shown["crates"][0]["yanked"], &shown["crates"][0]["max_version"]),
            (&json!(true), &json!("0.0.0"))
        );
        assert!(listed(&server, &format!("?ids[]={name}&include_yanked=no")).await.is_empty());
    }
    let crates = list(&server, "?sort=new").await;
    let keys: Vec<&String> = crates["crates"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 23);
    assert_eq!(crates["crates"][0]["recent_downloads"], 0);
    for key in ["versions", "keywords", "categories"] {
        assert_eq!(crates["crates"][0][key], Value::Null);
    }
}

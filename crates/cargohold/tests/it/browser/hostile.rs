//! What strangers write, in a real browser: it is shown, and nothing of it runs (S11, S12, S45).

use crate::support::{Chrome, Krate, Shape, TestServer, eventually, krate, on_both_shapes};

on_both_shapes!(s11_s12_s45_nothing_that_a_stranger_writes_runs);

/// Readmes, each of which would rename the page, leave a mark on it or ask another site.
const READMES: [&str; 26] = [
    "<script>document.title = 'owned'</script>",
    "<img alt=x src=x onerror=\"document.title = 'owned'\">",
    "<svg onload=\"document.title = 'owned'\"><script>window.owned = 1</script></svg>",
    "<svg><animate onbegin=\"window.owned = 1\" attributeName=x dur=1s></svg>",
    "<noscript><p title=\"</noscript><img alt=x src=x onerror=window.owned=1>\">",
    "<details open ontoggle=\"window.owned = 1\"><summary>Open</summary></details>",
    "<input autofocus onfocus=\"window.owned = 1\">",
    "<iframe srcdoc=\"<script>parent.owned = 1</script>\"></iframe>",
    "<iframe src=\"javascript:parent.owned=1\"></iframe>",
    "<object data=\"data:text/html,<script>parent.owned=1</script>\"></object><embed src=\"javascript:owned=1\">",
    "[run](javascript:window.owned=1) [run](JaVaScRiPt:window.owned=1) [run](&#106;avascript:window.owned=1)",
    "<a href=\"java\tscript:window.owned=1\">run</a> <a href=\" javascript:window.owned=1\">run</a>",
    "[run](data:text/html,<script>window.owned=1</script>) [run](vbscript:owned)",
    "![image](https://elsewhere.example/pixel.png)",
    "<img alt=x src=\"//elsewhere.example/pixel.png\" srcset=\"https://elsewhere.example/2.png 2x\">",
    "<video poster=\"https://elsewhere.example/a.png\" src=\"https://elsewhere.example/a.mp4\" autoplay></video>",
    "<style>body { display: none } @import url(https://elsewhere.example/a.css);</style>",
    "<p style=\"position: fixed; inset: 0; background: url(https://elsewhere.example/a.png)\">over everything</p>",
    "<link rel=stylesheet href=https://elsewhere.example/a.css><meta http-equiv=refresh content=\"0;url=/owned\">",
    "<base href=\"https://elsewhere.example/\"><a href=\"relative\">relative</a>",
    "<form action=\"/sign-out\" method=post><button id=content>Sign out</button></form>",
    "<img alt=x name=body src=x> <a id=q href=\"#x\">clobbered</a> <h1 class=owned id=content>Heading</h1>",
    "```mermaid\ngraph TD; A[<img alt=x src=x onerror=window.owned=1>]-->B\n```",
    "```html\n</code></pre><script>window.owned = 1</script>\n```",
    // From here on, whatever follows may be taken for a comment.
    "<math><mtext><table><mglyph><style><!--</style><img alt=x title=\"--&gt;&lt;img src=1 onerror=window.owned=1&gt;\">",
    "</div></main></body></html><script>window.owned = 1</script><!-- <plaintext>",
];

/// Text that is markup if anybody forgets that it is text.
const TEXT: &str = "</title></script><script>window.owned=1</script>'\\\"><img src=x onerror=window.owned=1>{{7*7}}";

/// Paths that may stand in a package, and are markup to whoever forgets that they are paths.
const PATHS: [&str; 4] = [
    "src/&lt;img src=x onerror=window.owned=1&gt;.rs",
    "src/' onmouseover='window.owned=1' x='.rs",
    "src/javascript&colon;window.owned=1.rs",
    "src/%3Cscript%3Ewindow.owned=1%3C%2Fscript%3E.rs",
];

fn hostile(version: &str) -> Krate {
    let line = format!("description = \"{TEXT}\"");
    let mut krate = krate("hostile").version(version).package(&line);
    for path in PATHS {
        krate =
            krate.file(path, format!("// {TEXT} {version}\npub fn f() {{}} // <script>owned=1</script>\n").as_bytes());
    }
    let readme = READMES.join("\n\n");
    krate
        .package("authors = [\"<script>window.owned=1</script>\"]")
        .file("README.md", readme.as_bytes())
        .metadata("readme", readme.into())
        .metadata("readme_file", "README.md".into())
}

async fn s11_s12_s45_nothing_that_a_stranger_writes_runs(shape: Shape) {
    let server = TestServer::start(shape);
    for version in ["1.0.0", "1.1.0"] {
        server.publish_ok(&hostile(version)).await;
    }
    let text = server.publish_refused(&krate("other").package("keywords = [\"<script>\"]"), 400).await;
    assert!(text.contains("keyword"), "{text}");
    let why = serde_json::json!({ "version": { "yanked": true, "yank_message": TEXT } });
    let request = server.request(reqwest::Method::PATCH, "/api/v1/crates/hostile/1.0.0");
    assert_eq!(request.header("authorization", &server.admin.token).json(&why).send().await.unwrap().status(), 200);
    server.search("hostile").await;
    let cookie = server.sign_in("admin", &server.password).await;
    let chrome = Chrome::start(&server).await;
    chrome.carry(&cookie).await;
    eventually("the readme is shown", async || {
        chrome.open("/crates/hostile").await;
        chrome.has_text("over everything").await
    })
    .await;
    let mut faults = Vec::new();
    for path in pages() {
        chrome.open(&path).await;
        faults.extend(chrome.was_taken_over().await.then(|| format!("{path} is taken over")));
        // Another site that is asked, a script that fails, a report of the policy: all of that is found.
        faults.extend(chrome.find_faults().await.iter().map(|fault| format!("{path}: {fault}")));
    }
    assert!(faults.is_empty(), "\n- {}", faults.join("\n- "));
}

/// Every page that shows something of what a stranger wrote, and some with an address that a stranger made up.
fn pages() -> Vec<String> {
    let escape = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (text, files) = (escape(TEXT), PATHS.map(|path| path.split('/').map(escape).collect::<Vec<_>>().join("/")));
    let mut pages = vec![
        "/".to_owned(),
        "/crates/hostile".to_owned(),
        "/crates/hostile/1.0.0".to_owned(),
        "/crates/hostile/versions".to_owned(),
        "/crates/hostile/diff?from=1.0.0&to=1.1.0".to_owned(),
        "/crates/hostile/1.0.0/unyank".to_owned(),
        "/dashboard".to_owned(),
        "/users/admin".to_owned(),
        "/admin/audit".to_owned(),
        "/search?q=hostile".to_owned(),
        format!("/search?q={text}"),
        format!("/keywords/{text}"),
        format!("/{text}"),
        format!("/crates/{text}"),
        format!("/sign-in?to={text}"),
        format!("/support?inquire=crate-violation&crate={text}"),
        "/support?crate=javascript:window.owned=1".to_owned(),
    ];
    pages.extend(files.map(|path| format!("/crates/hostile/1.1.0/code/{path}")));
    pages
}

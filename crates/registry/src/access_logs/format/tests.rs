//! Lines of every format, good and bad.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::{Download, Format, Line, find_version};

fn read(line: &str) -> Line {
    Format::default().read(line)
}

fn download(day: &str, name: &str, num: &str) -> Line {
    Line::Download(Download { day: day.parse().unwrap(), name: name.parse().unwrap(), num: num.to_owned() })
}

#[test]
fn paths_of_both_forms_are_downloads_of_that_version() {
    for (path, name, num) in [
        ("/crates/tide/tide-1.0.0.crate", "tide", "1.0.0"),
        ("/crates/tide/1.0.0/download", "tide", "1.0.0"),
        ("/api/v1/crates/Tide_Pool/1.0.0-rc.1+b.2/download", "Tide_Pool", "1.0.0-rc.1+b.2"),
        ("/prefix/crates/tide-pool/tide-pool-0.1.0-a-b+c.crate", "tide-pool", "0.1.0-a-b+c"),
        ("/crates/tide/tide-1.0.0-x.crate.crate", "tide", "1.0.0-x.crate"),
        ("/crates/crates/crates/crates-1.0.0.crate", "crates", "1.0.0"),
        ("/crates/download/1.0.0/download", "download", "1.0.0"),
    ] {
        assert_eq!(find_version(path), Some((name.parse().unwrap(), num.to_owned())), "{path}");
    }
}

#[test]
fn other_paths_are_no_downloads() {
    for path in [
        "",
        "/",
        "/crates/",
        "/crates/tide",
        "/crates/tide/",
        "/crates/tide/1.0.0",
        "/crates/tide/1.0.0/readme",
        "/crates/tide/1.0/download",
        "/crates/tide/v1.0.0/download",
        "/crates/tide/download",
        "/crates/tide/ebb-1.0.0.crate",
        "/crates/tide/tide-1.0.crate",
        "/crates/tide/tide-1.0.0.zip",
        "/crates/tide/tide1.0.0.crate",
        "/crates/9tide/9tide-1.0.0.crate",
        "/crates/größe/größe-1.0.0.crate",
        "/mycrates/tide/1.0.0/download",
        "crates/tide/1.0.0/download",
    ] {
        assert_eq!(find_version(path), None, "{path}");
    }
}

#[test]
fn the_combined_format_is_read() {
    let line =
        |middle: &str, agent: &str| format!("203.0.113.7 - - [31/Jan/2026:23:30:00 -0100] {middle} \"-\" \"{agent}\"");
    let get = "\"GET /crates/tide/tide-1.0.0%2Ba.crate?x=y HTTP/1.1\" 200 4711";
    // It is the next day in UTC.
    let counted = download("2026-02-01", "tide", "1.0.0+a");
    assert_eq!(read(&line(get, "cargo/1.95.0 (abc 2026-01-01)")), counted);
    assert_eq!(read(&line(get, "cargo 1.30.0")), counted);
    assert_eq!(read(&format!("{} \"10.0.0.1\" 0.003", line(get, "cargo/1.95.0"))), counted, "more fields");
    for agent in ["Cargo/1.95.0", "cargo", "cargo-binstall/1", "-", "", "curl/8 cargo/1.0", " cargo/1.0"] {
        assert_eq!(read(&line(get, agent)), Line::Other, "{agent}");
    }
    for (from, to) in [("GET", "HEAD"), ("GET", "get"), (" 200 ", " 206 "), (" 200 ", " 302 "), (" 200 ", " 404 ")] {
        assert_eq!(read(&line(&get.replace(from, to), "cargo/1.95.0")), Line::Other, "{to}");
    }
    // The rubbish that scanners send is a line of the format all the same.
    assert_eq!(read(&line("\"\\x16\\x03\\x01\" 400 157", "-")), Line::Other);
    assert_eq!(read(&line("\"-\" 408 0", "-")), Line::Other);
    assert_eq!(read(&line("\"GET /a\\\"b HTTP/1.1\" 404 0", "a \\\"quoted\\\" agent")), Line::Other);
}

#[test]
fn a_user_cannot_pass_for_something_else() {
    let line = "203.0.113.7 - x] \\\"GET /crates/tide/1.0.0/download HTTP/1.1\\\" 200 1 [01/Jan/2020:00:00:00 +0000 \
                [31/Jan/2026:12:00:00 +0000] \"GET /crates/ebb/1.0.0/download HTTP/1.1\" 200 1 \"-\" \"cargo/1\"";
    assert_eq!(read(line), download("2026-01-31", "ebb", "1.0.0"));
}

#[test]
fn a_log_without_agents_counts() {
    let line = "host - alice [31/Jan/2026:12:00:00 +0000] \"GET /crates/tide/1.0.0/download HTTP/1.1\" 200 4711";
    assert_eq!(read(line), download("2026-01-31", "tide", "1.0.0"));
    let json = r#"{"time":"2026-01-31T12:00:00Z","method":"GET","path":"/crates/tide/1.0.0/download","status":200}"#;
    assert_eq!(read(json), download("2026-01-31", "tide", "1.0.0"));
    let mut w3c = Format::default();
    assert_eq!(w3c.read("#Fields: date time cs-method cs-uri-stem sc-status"), Line::Blank);
    let line = "2026-01-31\t12:00:00\tGET\t/crates/tide/1.0.0/download\t200";
    assert_eq!(w3c.read(line), download("2026-01-31", "tide", "1.0.0"));
}

#[test]
fn the_extended_format_is_read_by_its_fields() {
    let mut log = Format::default();
    assert_eq!(log.read("#Version: 1.0"), Line::Blank);
    assert_eq!(log.read("#Fields: date time cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent)"), Line::Blank);
    let line = |path: &str, agent: &str| format!("2026-01-31\t23:59:59\tGET\texample.org\t{path}\t200\t{agent}");
    let plus = download("2026-01-31", "tide", "1.0.0+a");
    assert_eq!(log.read(&line("/crates/tide/tide-1.0.0%252Ba.crate", "cargo/1.95.0%20(abc)")), plus, "encoded twice");
    assert_eq!(log.read(&line("/crates/tide/tide-1.0.0%2Ba.crate", "cargo%2f1.95.0")), plus);
    assert_eq!(log.read(&line("/crates/tide/tide-1.0.0+a.crate", "cargo%2F1.95.0")), plus);
    assert_eq!(log.read(&line("/crates/tide/1.0.0%2Ba/download", "cargo%201.30.0")), plus);
    assert_eq!(log.read(&line("/crates/tide/1.0.0/download", "Mozilla/5.0%20cargo/")), Line::Other);
    assert_eq!(log.read(&line("/crates/tide/1.0.0/download", "-")), Line::Other);
    assert_eq!(log.read("2026-01-31\t23:59:59\tGET"), Line::Unreadable);
    // Another order from here on.
    log.read("#Fields: sc-status cs-uri-stem cs-method date cs(User-Agent)");
    let line = "200 /crates/tide/1.0.0/download GET 2026-01-30 cargo/1.95.0";
    assert_eq!(log.read(line), download("2026-01-30", "tide", "1.0.0"));
    log.read("#Fields: date cs-uri-stem cs-method");
    assert_eq!(log.read("2026-01-31\t/crates/tide/1.0.0/download\tGET"), Line::Unreadable, "no status");
}

#[test]
fn json_is_read_with_the_usual_names() {
    let line = |time: &str, path: &str, status: &str, agent: &str| {
        format!(r#"{{"time":{time},"method":"GET",{path},"status":{status},{agent},"other":{{"a":[1]}}}}"#)
    };
    let (path, agent) = (r#""uri":"/crates/tide/tide-1.0.0%2Ba.crate?x=y""#, r#""http_user_agent":"cargo/1.95.0""#);
    let counted = download("2026-01-31", "tide", "1.0.0+a");
    for time in [
        "\"2026-01-31T12:00:00Z\"",
        "\"2026-02-01T00:30:00.123+01:00\"",
        "\"31/Jan/2026:12:00:00 +0000\"",
        "1769860800",
        "1769860800.123",
        "\"1769860800.123\"",
        "1769860800123",
        "1769860800123456",
    ] {
        assert_eq!(read(&line(time, path, "200", agent)), counted, "{time}");
    }
    let time = "\"2026-01-31T12:00:00Z\"";
    assert_eq!(read(&line(time, path, "\"200\"", agent)), counted);
    assert_eq!(read(&line(time, &path.replace("uri", "path"), "200", &agent.replace("http_", ""))), counted);
    assert_eq!(read(&line(time, &path.replace("uri", "request_uri"), "200", agent)), counted);
    assert_eq!(read(&line(time, path, "206", agent)), Line::Other);
    for agent in [r#""user_agent":"curl/8""#, r#""user_agent":null"#, r#""user_agent":"""#] {
        assert_eq!(read(&line(time, path, "200", agent)), Line::Other, "{agent}");
    }
    for bad in ["{", "{}", "{\"time\":1}", &line("\"noon\"", path, "200", agent), &line(time, "\"a\":1", "200", agent)]
    {
        assert_eq!(read(bad), Line::Unreadable, "{bad}");
    }
}

#[test]
fn rubbish_is_unreadable() {
    for line in [
        "rubbish",
        "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1",
        "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" ok 1",
        "1.2.3.4 - - [31/Foo/2026:12:00:00 +0000] \"GET /crates/tide/1.0.0/download HTTP/1.1\" 200 1 \"-\" \"cargo/1\"",
        "\u{fffd}\u{0}",
    ] {
        assert_eq!(read(line), Line::Unreadable, "{line}");
    }
    assert_eq!(read(" \t"), Line::Blank);
}

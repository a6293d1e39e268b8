//! The JSON of a publish: four members count, the rest is compared or ignored (contract §7.2).

use cargohold_protocol::{DependencyKind, FrameError, PublishFrame, PublishMetadata};

fn parse(json: &[u8]) -> Result<PublishMetadata, FrameError> {
    let mut frame = PublishFrame::new();
    frame.push(&u32::try_from(json.len()).unwrap().to_le_bytes());
    frame.push(json);
    frame.end();
    frame.take_metadata().map(Option::unwrap)
}

#[test]
fn name_and_version_are_enough() {
    let metadata = parse(br#"{"name":"foo","vers":"1.0.0"}"#).unwrap();
    assert_eq!((metadata.name.as_str(), metadata.vers.as_str()), ("foo", "1.0.0"));
    assert_eq!((metadata.readme, metadata.readme_file), (None, None));
    assert_eq!((metadata.claimed_deps, metadata.claimed_features, metadata.claimed_links), (None, None, None));
}

#[test]
fn whitespace_around_the_json_is_fine() {
    assert!(parse(b" \r\n\t{\"name\":\"foo\",\"vers\":\"1.0.0\"}\n ").is_ok());
}

#[test]
fn json_that_cargo_would_not_send_is_refused() {
    let refused: &[&[u8]] = &[
        b"",
        b"null",
        b"\"foo\"",
        b"{",
        br#"{"name":"foo"}"#,
        br#"{"vers":"1.0.0"}"#,
        br#"{"name":null,"vers":"1.0.0"}"#,
        br#"{"name":"foo","vers":1}"#,
        br#"{"name":"foo","vers":"1.0.0"}x"#,
        br#"{"name":"foo","vers":"1.0.0"}{}"#,
        br#"{"name":"foo","vers":"1.0.0","readme":1}"#,
        br#"{"name":"foo","vers":"1.0.0","readme_file":[]}"#,
        br#"{"name":"foo","name":"foo","vers":"1.0.0"}"#,
        br#"{"name":"foo","vers":"1.0.0","vers":"1.0.0"}"#,
        br#"{"name":"foo","vers":"1.0.0","readme":"a","readme":"a"}"#,
        br#"{"name":"foo","vers":"1.0.0","readme_file":null,"readme_file":null}"#,
        b"{\"name\":\"foo\",\"vers\":\"1.0.0\",\"readme\":\"\xff\"}",
        b"{\"name\":\"foo\",\"vers\":\"1.0.0\",\"authors\":[\"\xff\"]}",
    ];
    for json in refused {
        let shown = String::from_utf8_lossy(json);
        let error = parse(json).expect_err(&shown);
        assert!(matches!(error, FrameError::BadMetadata(_)), "{shown}: {error:?}");
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_a_stack_overflow() {
    let deep = format!(r#"{{"name":"foo","vers":"1.0.0","deps":{}}}"#, "[".repeat(500_000));
    assert!(matches!(parse(deep.as_bytes()), Err(FrameError::BadMetadata(_))));
}

#[test]
fn other_members_are_ignored_whatever_their_type() {
    for value in ["null", "7", "\"x\"", "[1,{}]", "{\"a\":[null]}", "true"] {
        for member in
            ["deps", "features", "authors", "description", "keywords", "badges", "links", "rust_version", "new"]
        {
            let json = format!(r#"{{"name":"foo","vers":"1.0.0","{member}":{value}}}"#);
            assert!(parse(json.as_bytes()).is_ok(), "{json}");
        }
    }
}

#[test]
fn what_cargo_says_about_dependencies_features_and_links_is_kept_as_a_claim() {
    let metadata = parse(
        br#"{"name":"foo","vers":"1.0.0","deps":[
            {"name":"bar","version_req":"^1","features":[],"optional":false,"default_features":true,"target":null,
             "kind":"build","registry":null,"explicit_name_in_toml":"baz"},
            {"name":"qux","version_req":"*","target":"cfg(unix)"}],
            "features":{"default":["std"],"std":[]},"links":"z","readme":"R","readme_file":"docs/README.md"}"#,
    )
    .unwrap();
    let deps = metadata.claimed_deps.unwrap();
    assert_eq!((deps[0].name.as_str(), deps[0].explicit_name_in_toml.as_deref()), ("bar", Some("baz")));
    assert_eq!((deps[0].kind, deps[0].target.as_deref()), (DependencyKind::Build, None));
    assert_eq!((deps[1].kind, deps[1].target.as_deref()), (DependencyKind::Normal, Some("cfg(unix)")));
    assert_eq!(metadata.claimed_features.unwrap()["default"], ["std"]);
    assert_eq!(metadata.claimed_links, Some(Some("z".to_owned())));
    assert_eq!((metadata.readme.as_deref(), metadata.readme_file.as_deref()), (Some("R"), Some("docs/README.md")));
}

#[test]
fn claiming_no_links_differs_from_claiming_nothing() {
    let claimed = |json: &[u8]| parse(json).unwrap().claimed_links;
    assert_eq!(claimed(br#"{"name":"foo","vers":"1.0.0","links":null}"#), Some(None));
    assert_eq!(claimed(br#"{"name":"foo","vers":"1.0.0"}"#), None);
    assert_eq!(claimed(br#"{"name":"foo","vers":"1.0.0","links":3}"#), None);
}

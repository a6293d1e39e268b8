//! From claims to what settings are compared with.

use cargohold_providers::pipeline::{ClaimError, ClaimRule, GitHubRun, GitLabJob, matches};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::issuer_server::{github_claims, gitlab_claims};

fn with(mut claims: Value, claim: &str, value: Value) -> Map<String, Value> {
    claims[claim] = value;
    object(claims)
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("not an object: {value}") };
    map
}

fn github(claim: &str, value: impl Into<Value>) -> Result<GitHubRun, ClaimError> {
    GitHubRun::from_claims(&with(github_claims("i", "a", 0, "j"), claim, value.into()))
}

fn gitlab(claim: &str, value: impl Into<Value>) -> Result<GitLabJob, ClaimError> {
    GitLabJob::from_claims(&with(gitlab_claims("i", "a", 10, "j"), claim, value.into()))
}

#[test]
fn a_github_run_is_read_from_its_claims() {
    let run = GitHubRun::from_claims(&object(github_claims("i", "a", 0, "j"))).unwrap();
    assert_eq!(run.repository(), "octo-org/tide");
    let expected = GitHubRun {
        repository_owner: "octo-org".to_owned(),
        repository_name: "tide".to_owned(),
        repository_owner_id: 4321,
        workflow_filename: "release.yml".to_owned(),
        environment: Some("release".to_owned()),
        run_id: "1122334455".to_owned(),
        sha: "0123456789abcdef0123456789abcdef01234567".to_owned(),
    };
    assert_eq!(run, expected);
    assert_eq!(github("environment", Value::Null).unwrap().environment, None);
}

#[test]
fn a_gitlab_job_is_read_from_its_claims() {
    let job = GitLabJob::from_claims(&object(gitlab_claims("i", "a", 10, "j"))).unwrap();
    assert_eq!(job.project_path(), "sea/shore/tide");
    let expected = GitLabJob {
        namespace: "sea/shore".to_owned(),
        project: "tide".to_owned(),
        namespace_id: "5150".to_owned(),
        workflow_filepath: ".gitlab-ci.yml".to_owned(),
        environment: Some("release".to_owned()),
        job_id: "302".to_owned(),
        sha: "0123456789abcdef0123456789abcdef01234567".to_owned(),
    };
    assert_eq!(job, expected);
}

#[test]
fn s31_events_that_strangers_can_cause_are_refused() {
    for event in ["pull_request_target", "workflow_run"] {
        assert_eq!(github("event_name", event), Err(ClaimError::RefusedEvent(event.to_owned())));
    }
    for event in ["push", "release", "pull_request", "workflow_dispatch", "schedule"] {
        assert!(github("event_name", event).is_ok(), "{event}");
    }
}

#[test]
fn the_workflow_file_of_github_ends_at_the_last_at_of_its_segment() {
    let cases = [
        ("o/r/.github/workflows/ci.yml@refs/heads/main", Some("ci.yml")),
        ("o/r/.github/workflows/ci.yaml@refs/heads/main", Some("ci.yaml")),
        ("o/r/.github/workflows/ci.yml@refs/heads/x@y.yml", Some("ci.yml")),
        ("o/r/.github/workflows/ci.yml@refs/heads/evil.yml@x", Some("ci.yml")),
        ("o/r/.github/workflows/a@b.yml@refs/heads/main", Some("a@b.yml")),
        ("o/r/.github/workflows/a.yml@b.yaml@refs/heads/main", Some("a.yml@b.yaml")),
        ("o/r/.github/workflows/a.yml@b@refs/heads/main", Some("a.yml")),
        ("o/r/.github/workflows/a b.yml@x", Some("a b.yml")),
        ("o/r/.github/workflows/.yml@refs/heads/main", None),
        ("o/r/.github/workflows/.yaml@refs/heads/main", None),
        ("o/r/.github/workflows/ci.YML@refs/heads/main", None),
        ("o/r/.github/workflows/ci.yml", None),
        ("o/r/.github/workflows/ci.yml/@refs/heads/main", None),
        ("o/r/.github/workflows/ci.json@refs/heads/main", None),
        ("@", None),
        ("", None),
    ];
    for (workflow_ref, expected) in cases {
        let file = github("workflow_ref", workflow_ref).map(|run| run.workflow_filename).ok();
        assert_eq!(file.as_deref(), expected, "{workflow_ref}");
    }
}

#[test]
fn the_workflow_file_of_gitlab_stands_between_the_first_slashes_and_the_last_at() {
    let cases = [
        ("gitlab.com/g/p//.gitlab-ci.yml@refs/heads/main", Some(".gitlab-ci.yml")),
        ("gitlab.com/g/p//a/b/ci.yaml@refs/heads/main", Some("a/b/ci.yaml")),
        ("gitlab.com/g/p//a//b.yml@refs/heads/main", Some("a//b.yml")),
        ("gitlab.com/g/p//a@b.yml@main", Some("a@b.yml")),
        ("gitlab.com/g/p//ci.yml@refs/heads/x@y", None),
        ("gitlab.com/g/p//.yml@main", None),
        ("gitlab.com/g/p//a/.yaml@main", None),
        ("gitlab.com/g/p//ci.yml", None),
        ("gitlab.com/g/p/ci.yml@main", None),
        ("gitlab.com/g/p//ci.YML@main", None),
        ("//@", None),
        ("", None),
    ];
    for (uri, expected) in cases {
        let file = gitlab("ci_config_ref_uri", uri).map(|job| job.workflow_filepath).ok();
        assert_eq!(file.as_deref(), expected, "{uri}");
    }
}

#[test]
fn a_repository_has_an_owner_and_a_name() {
    for wrong in ["", "/", "o/", "/r", "o", "o/r/x"] {
        let refused = github("repository", wrong).unwrap_err();
        assert!(matches!(refused, ClaimError::Unreadable { claim: "repository", .. }), "{wrong}: {refused}");
    }
    for wrong in ["", "/", "g/", "/p", "p"] {
        assert!(gitlab("project_path", wrong).is_err(), "{wrong}");
    }
    assert_eq!(gitlab("project_path", "a/b/c/d").unwrap().namespace, "a/b/c");
}

#[test]
fn an_owner_id_is_a_number_of_31_bits() {
    assert_eq!(github("repository_owner_id", "2147483647").unwrap().repository_owner_id, i32::MAX);
    for wrong in ["2147483648", "-1", "+1", " 1", "", "1e3", "0x1"] {
        assert!(github("repository_owner_id", wrong).is_err(), "{wrong:?}");
    }
    assert_eq!(github("repository_owner_id", 4321), Err(ClaimError::Missing("repository_owner_id")));
}

#[test]
fn every_claim_that_is_used_must_be_there() {
    for claim in ["event_name", "repository", "repository_owner_id", "workflow_ref", "run_id", "sha"] {
        assert_eq!(github(claim, Value::Null), Err(ClaimError::Missing(claim)));
    }
    for claim in ["project_path", "namespace_id", "ci_config_ref_uri", "job_id", "sha"] {
        assert_eq!(gitlab(claim, Value::Null), Err(ClaimError::Missing(claim)));
    }
    assert_eq!(github("environment", true), Err(ClaimError::Missing("environment")));
}

fn rule(claim: &str, pattern: &str) -> ClaimRule {
    ClaimRule { claim: claim.to_owned(), pattern: pattern.to_owned() }
}

#[test]
fn claims_are_compared_with_patterns() {
    let claims = object(json!({
        "sub": "org/tide:ref/main", "count": 3, "ratio": 1.5, "ok": true, "none": null, "star": "a*b",
        "groups": ["dev", "release", 7], "empty": [], "inner": { "path": "x/y", "deep": { "er": "z" } },
        "ci.example": { "job": "build" }, "ci": { "example": { "job": "other" } }, "a.b": "flat",
    }));
    let cases = [
        ("sub", "org/tide:ref/main", true),
        ("sub", "org/tide:*", true),
        ("sub", "*:ref/main", true),
        ("sub", "org/*:*/main", true),
        ("sub", "*", true),
        ("sub", "**", true),
        ("sub", "*tide*ref*", true),
        ("sub", "org/tide:ref/main*", true),
        ("sub", "org/tide", false),
        ("sub", "ORG/*", false),
        ("sub", "*ref*tide*", false),
        ("sub", "org/tide:ref/main*n", false),
        ("sub", "", false),
        ("count", "3", true),
        ("ratio", "1.5", true),
        ("ok", "true", true),
        ("ok", "false", false),
        ("none", "*", false),
        ("none", "null", false),
        ("absent", "*", false),
        ("star", "a*b", true),
        ("groups", "release", true),
        ("groups", "7", true),
        ("groups", "rel", false),
        ("empty", "*", false),
        ("inner", "*", false),
        ("inner.path", "x/*", true),
        ("inner.deep.er", "z", true),
        ("inner.deep", "*", false),
        ("inner.path.more", "*", false),
        ("a.b", "flat", true),
        ("ci.example.job", "build", true),
        ("ci.example.job", "other", false),
        (".", "*", false),
        ("", "*", false),
    ];
    for (claim, pattern, expected) in cases {
        assert_eq!(matches(&[rule(claim, pattern)], &claims), expected, "{claim} {pattern}");
    }
    assert!(matches(&[rule("count", "3"), rule("ok", "t*")], &claims));
    assert!(!matches(&[rule("count", "3"), rule("ok", "f*")], &claims), "every rule must match");
    assert!(!matches(&[], &claims), "no rules are no permission");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z./@*]{0,12}|.*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[ab.]{0,3}", inner), 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Whether a text fits a pattern, by trying everything.
fn fits_slowly(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|from| fits_slowly(rest, &text[from..])),
        Some((first, rest)) => text.split_first().is_some_and(|(head, tail)| head == first && fits_slowly(rest, tail)),
    }
}

proptest! {
    #[test]
    fn no_claims_make_anything_panic(claim in 0_usize..12, value in any_json(), pattern in ".*", path in "[ab.]{0,6}") {
        let names = ["event_name", "repository", "repository_owner_id", "workflow_ref", "run_id", "sha", "environment",
            "project_path", "namespace_id", "ci_config_ref_uri", "job_id", "other"];
        let _ = github(names[claim], value.clone());
        let _ = gitlab(names[claim], value.clone());
        let _ = matches(&[rule(&path, &pattern)], &object(json!({ "a": value.clone(), "b": value, "a.b": pattern })));
    }

    #[test]
    fn what_is_found_is_a_file_in_what_was_sent(
        pieces in prop::collection::vec(prop::sample::select(vec!["a", "é", ".yml", ".yaml", "@", "/", "//"]), 0..12),
    ) {
        let workflow = pieces.concat();
        if let Ok(run) = github("workflow_ref", workflow.as_str()) {
            let at_ref = format!("{}@", run.workflow_filename);
            prop_assert!(workflow.contains(&at_ref));
            prop_assert!(!run.workflow_filename.contains('/'));
            let stem = run.workflow_filename.rsplit_once('.').unwrap().0;
            prop_assert!(!stem.is_empty());
        }
        if let Ok(job) = gitlab("ci_config_ref_uri", workflow.as_str()) {
            let enclosed = format!("//{}@", job.workflow_filepath);
            prop_assert!(workflow.contains(&enclosed));
        }
    }

    #[test]
    fn patterns_fit_as_they_do_when_everything_is_tried(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
        let slowly = fits_slowly(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
        prop_assert_eq!(matches(&[rule("claim", &pattern)], &object(json!({ "claim": text }))), slowly);
    }
}

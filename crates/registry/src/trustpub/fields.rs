//! What the fields of a configuration may say (contract part 2, §8.1). The first that is wrong is reported.

use cargohold_protocol::api::ClaimRule;

use super::TrustedPipeline;
use crate::{Error, Result};

/// The longest field, in bytes.
const MAX_BYTES: usize = 255;

/// How many rules a pipeline of any other issuer may have.
const MAX_RULES: usize = 10;

/// Claims that say which pipeline it is, and not only what it does. One of them must be among the rules, or any pipeline of the
/// issuer could publish.
const IDENTIFYING: [&str; 11] = [
    "sub",
    "repository",
    "repository_id",
    "project_path",
    "project_id",
    "project_slug",
    "pipeline_id",
    "pipeline_slug",
    "job_workflow_ref",
    "workflow_ref",
    "kubernetes.io.serviceaccount.uid",
];

/// Refuses a pipeline with a field that no provider could mean.
pub(super) fn check(pipeline: &TrustedPipeline) -> Result<()> {
    match pipeline {
        TrustedPipeline::GitHub { owner, repository, workflow, environment } => {
            check_field("repository_owner", owner, is_github_owner, "of letters, digits and inner hyphens")?;
            check_field("repository_name", repository, is_github_repository, "of letters, digits, `_`, `.` and `-`")?;
            let hint = "the name of a `.yml` or `.yaml` file, without its folder";
            check_field("workflow_filename", workflow, is_workflow_filename, hint)?;
            let hint = "without quotes, commas, semicolons, backslashes, control characters and outer spaces";
            check_environment(environment.as_deref(), is_github_environment, hint)
        }
        TrustedPipeline::GitLab { namespace, project, workflow, environment } => {
            let hint = "the path of a group as GitLab spells it";
            check_field("namespace", namespace, |text| is_gitlab_path(text, "_.-/"), hint)?;
            let hint = "the path of a project as GitLab spells it, without its groups";
            check_field("project", project, |text| is_gitlab_path(text, "_.-"), hint)?;
            let hint = "the path of a `.yml` or `.yaml` file from the root of the repository, like `.gitlab-ci.yml`";
            check_field("workflow_filepath", workflow, is_workflow_filepath, hint)?;
            let hint = "of letters, digits, spaces and `-`, `_`, `/`, `$`, `{`, `}`";
            check_environment(environment.as_deref(), is_gitlab_environment, hint)
        }
        TrustedPipeline::Oidc { issuer, rules } => {
            check_field("provider", issuer, |_| true, "the name of an issuer")?;
            check_rules(rules)
        }
    }
}

fn check_field(name: &str, value: &str, is_good: impl Fn(&str) -> bool, hint: &str) -> Result<()> {
    let problem = if value.is_empty() {
        "is empty".to_owned()
    } else if value.len() > MAX_BYTES {
        format!("is longer than {MAX_BYTES} bytes")
    } else if value.contains('\0') || !is_good(value) {
        "has characters that do not belong there".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::Refused(format!("`{name}` {problem}; it must be {hint}")))
}

fn check_environment(value: Option<&str>, is_good: impl Fn(&str) -> bool, hint: &str) -> Result<()> {
    match value {
        None => Ok(()),
        Some("") => Err(Error::Refused("`environment` is empty; leave it out if any environment will do".to_owned())),
        Some(value) => check_field("environment", value, is_good, hint),
    }
}

fn check_rules(rules: &[ClaimRule]) -> Result<()> {
    if rules.len() > MAX_RULES {
        let given = rules.len();
        return Err(Error::Refused(format!("{given} rules are too many; have at most {MAX_RULES}")));
    }
    for rule in rules {
        check_field("claim", &rule.claim, |_| true, "the name of a claim, like `sub`")?;
        check_field("pattern", &rule.pattern, |_| true, "what the claim says, with `*` for any text")?;
    }
    // A pattern that begins with a star says nothing of whose pipeline it is.
    let identifies = |rule: &ClaimRule| IDENTIFYING.contains(&&*rule.claim) && !rule.pattern.starts_with('*');
    if rules.iter().any(identifies) {
        return Ok(());
    }
    let known = IDENTIFYING.join("`, `");
    Err(Error::Refused(format!(
        "the rules fit pipelines of anybody; add one on a claim that tells whose it is (`{known}`), with a pattern that does \
         not begin with `*`"
    )))
}

fn is_github_owner(text: &str) -> bool {
    !text.starts_with('-') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_github_repository(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

fn is_workflow_filename(text: &str) -> bool {
    is_yaml(text) && !text.contains('/')
}

fn is_github_environment(text: &str) -> bool {
    let is_odd = |char: char| char.is_ascii_control() || "'\"`,;\\".contains(char);
    !text.starts_with(' ') && !text.ends_with(' ') && !text.contains(is_odd)
}

fn is_gitlab_path(text: &str, inner: &str) -> bool {
    let is_bare = |char: char| char.is_ascii_alphanumeric();
    text.starts_with(is_bare)
        && text.ends_with(is_bare)
        && text.chars().all(|char| is_bare(char) || inner.contains(char))
        && !text.ends_with(".atom")
        && !text.ends_with(".git")
}

fn is_workflow_filepath(text: &str) -> bool {
    is_yaml(text) && !text.starts_with('/') && !text.ends_with('/')
}

fn is_gitlab_environment(text: &str) -> bool {
    text.chars().all(|char| char.is_ascii_alphanumeric() || " _/${}-".contains(char))
}

fn is_yaml(text: &str) -> bool {
    [".yml", ".yaml"].iter().any(|ending| text.ends_with(ending))
}

//! How the registry is doing: first what is wrong, then the numbers.

use askama::Template;
use axum::extract::State;
use cargohold_registry::Health;

use super::spans;
use crate::app::App;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

/// After how many seconds of waiting something is wrong with whoever works off jobs.
const LONG_WAIT_SECONDS: u64 = 10 * 60;

#[derive(Template)]
#[template(path = "admin.html")]
pub(super) struct OverviewPage {
    frame: Frame,
    warnings: Vec<Warning>,
    /// How far the search index is behind.
    lag: i64,
    oldest_job: Option<String>,
    health: Health,
}

/// Something that an administrator should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Warning {
    text: String,
    /// Where something can be done about it: the address, and what is there.
    link: Option<(&'static str, &'static str)>,
}

impl OverviewPage {
    pub(super) fn new(frame: Frame, base_url: &str, health: Health) -> Self {
        Self {
            warnings: warnings(base_url, &health),
            lag: (health.feed_position - health.search_position).max(0),
            oldest_job: health.oldest_job_age.map(spans::rough),
            frame,
            health,
        }
    }
}

fn warnings(base_url: &str, health: &Health) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |text: String, link| warnings.push(Warning { text, link });
    if let Some(problem) = &health.problem {
        warn(format!("A part of the registry does not answer: {problem}."), None);
    } else if !health.is_ready {
        warn("The search index is being built; until then, lists and searches are not complete.".to_owned(), None);
    }
    if health.failing_jobs > 0 {
        let jobs = if health.failing_jobs == 1 { "job has" } else { "jobs have" };
        warn(format!("{} {jobs} failed.", health.failing_jobs), Some(("/admin/jobs?state=failing", "Look at them")));
    }
    if health.oldest_job_age.is_some_and(|age| age.as_secs() >= LONG_WAIT_SECONDS) {
        let text = "A job has waited for more than ten minutes; see whether a process that works off jobs is running.";
        warn(text.to_owned(), Some(("/admin/jobs?state=waiting", "Look at the queue")));
    }
    let lag = health.feed_position - health.search_position;
    if health.is_ready && lag > 0 {
        warn(
            format!(
                "The search index is {lag} {} behind. It follows within a second; if this stays, look at the log.",
                if lag == 1 { "change" } else { "changes" }
            ),
            None,
        );
    }
    if !health.sends_mail {
        let text = "No mail is sent: nobody can confirm an address, and invitations are seen on the web site only. Set mail.transport.";
        warn(text.to_owned(), Some(("/admin/config", "See the configuration")));
    }
    if is_in_the_clear(base_url) {
        let text = "Clients use an address with http://: passwords and tokens travel in the clear. Set server.base_url to one with https://.";
        warn(text.to_owned(), None);
    }
    warnings
}

/// Whether requests to this address can be read on their way.
fn is_in_the_clear(base_url: &str) -> bool {
    let Some(rest) = base_url.strip_prefix("http://") else { return false };
    let is_on =
        |host: &str| rest.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']));
    !["localhost", "127.0.0.1", "[::1]"].into_iter().any(is_on)
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    let health = app.registry.health(visit.call()).await?;
    visit.page(&OverviewPage::new(super::frame(&visit), app.base_url(), health))
}

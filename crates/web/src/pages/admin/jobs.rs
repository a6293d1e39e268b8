//! What is still to be done, and what went wrong with it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use cargohold_registry::{JobCounts, JobState, JobView};

use crate::app::App;
use crate::extract::PathId;
use crate::pages::at::At;
use crate::pages::filters;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::{PageError, PageResult, redirect};
use crate::pages::visit::Visit;
use crate::params::Params;

#[derive(Template)]
#[template(path = "admin_jobs.html")]
pub(super) struct JobsPage {
    pub(super) frame: Frame,
    pub(super) state: JobState,
    pub(super) counts: JobCounts,
    pub(super) jobs: Vec<JobView>,
}

impl JobsPage {
    fn is_failing(&self) -> bool {
        self.state == JobState::Failing
    }

    /// Each state with its word in the address, what people read, how many jobs are in it, and whether it is shown.
    fn states(&self) -> [(&'static str, &'static str, i64, bool); 3] {
        let tab = |word, label, count, state| (word, label, count, self.state == state);
        [
            tab("failing", "Failing", self.counts.failing, JobState::Failing),
            tab("waiting", "Waiting", self.counts.waiting, JobState::Waiting),
            tab("running", "Running", self.counts.running, JobState::Running),
        ]
    }
}

pub(super) async fn list(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let state = match params.text("state")?.unwrap_or("failing") {
        "failing" => JobState::Failing,
        "waiting" => JobState::Waiting,
        "running" => JobState::Running,
        other => {
            let text = format!("`state` does not know `{other}`; it can be `failing`, `waiting` or `running`");
            return Err(PageError::bad_request(text));
        }
    };
    let listed = app.registry.list_jobs(visit.call(), state).await?;
    visit.page(&JobsPage { frame: super::frame(&visit), state, counts: listed.counts, jobs: listed.jobs })
}

/// Back to the list that the job was in.
fn back(form: &Form, done: &str) -> Response {
    let state = if form.text("state") == "waiting" { "waiting" } else { "failing" };
    redirect(&format!("/admin/jobs?state={state}&done={done}"))
}

pub(super) async fn retry(State(app): State<App>, visit: Visit, At(PathId(id)): At<PathId>, form: Form) -> PageResult {
    app.registry.retry_job(visit.call(), id).await?;
    Ok(back(&form, "job-retried"))
}

pub(super) async fn drop(State(app): State<App>, visit: Visit, At(PathId(id)): At<PathId>, form: Form) -> PageResult {
    app.registry.drop_job(visit.call(), id).await?;
    Ok(back(&form, "job-dropped"))
}

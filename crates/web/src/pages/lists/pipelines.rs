//! How a pipeline publishes without a secret that anybody keeps.

use askama::Template;
use axum::extract::State;
use cargohold_registry::{ListedIssuer, TrustedProvider};

use crate::app::App;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "trusted_publishing.html")]
struct PipelinesPage {
    frame: Frame,
    /// Whom the JWTs of pipelines must be meant for.
    audience: String,
    issuers: Vec<ListedIssuer>,
}

impl PipelinesPage {
    /// Whether pipelines of this kind may publish.
    fn has(&self, provider: TrustedProvider) -> bool {
        self.issuers.iter().any(|issuer| issuer.provider == provider)
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    let audience = app.registry.trustpub_audience().to_owned();
    visit.page(&PipelinesPage { frame: visit.frame(), audience, issuers: app.registry.list_issuers() })
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;

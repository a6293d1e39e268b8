//! How much and how often: the limits that are in force here.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use cargohold_registry::Limits;

use crate::app::App;
use crate::pages::filters::{self, bytes, group};
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

/// What may be done so often.
struct RateRow {
    action: &'static str,
    /// For whom it is counted.
    per: &'static str,
    burst: i64,
    /// How long until one more is allowed.
    interval: String,
}

#[derive(Template)]
#[template(path = "rate_limits.html")]
struct LimitsPage {
    frame: Frame,
    rates: Vec<RateRow>,
    /// Whether publishing, yanking and searching are limited at all.
    are_rates_enforced: bool,
    /// What a crate may be like.
    sizes: Vec<(&'static str, String)>,
}

impl LimitsPage {
    fn new(frame: Frame, limits: &Limits) -> Self {
        let always = [
            ("Try to sign in, or enter a code", "login, address", limits.sign_in),
            ("Create an API token", "user", limits.token_creation),
            ("Have a mail sent: confirmations, invitations", "user", limits.mail),
        ];
        let optional = [
            ("Publish a new crate", "user", limits.publish_new),
            ("Publish a new version", "user", limits.publish_update),
            ("Yank or unyank a version", "user", limits.yank),
            ("Search", "address", limits.search),
        ];
        let are_rates_enforced = limits.rates_enabled;
        let rates = optional.into_iter().filter(|_| are_rates_enforced).chain(always);
        let rates =
            rates.map(|(action, per, rate)| RateRow { action, per, burst: rate.burst, interval: span(rate.interval) });
        Self { frame, rates: rates.collect(), are_rates_enforced, sizes: sizes(limits) }
    }
}

fn sizes(limits: &Limits) -> Vec<(&'static str, String)> {
    let size = |size: u64| bytes(i64::try_from(size).unwrap_or(i64::MAX));
    let count = |count: usize| group(&count.to_string());
    let mut sizes = vec![
        ("Size of a crate file", size(limits.max_upload_bytes)),
        ("Size of what it unpacks to", size(limits.max_unpacked_bytes)),
        ("Files and folders in it", count(limits.max_entries)),
        ("Features of a crate, and values of a feature", count(limits.max_features)),
        ("Dependencies of a version", count(limits.max_dependencies)),
    ];
    sizes.extend(
        limits.max_new_versions_daily.map(|max| ("New versions of a crate in 24 hours", group(&max.to_string()))),
    );
    sizes
}

/// A span of time in its largest whole unit, as `10 minutes`.
fn span(span: Duration) -> String {
    let millis = span.as_millis();
    let units = [(86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1000, "second"), (1, "millisecond")];
    let whole = units.into_iter().find(|(unit, _)| millis.is_multiple_of(*unit) && millis >= *unit);
    let (unit, name) = whole.unwrap_or((1, "millisecond"));
    match millis / unit {
        1 => format!("1 {name}"),
        many => format!("{many} {name}s"),
    }
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    visit.page(&LimitsPage::new(visit.frame(), &app.registry.settings().limits))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;

//! How much is allowed: to everybody, and to single people.

use askama::Template;
use axum::extract::State;
use cargohold_protocol::Timestamp;
use cargohold_registry::{Limits, NamedOverride, RATED_ACTIONS, Rate};

use super::spans;
use crate::app::App;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;

#[derive(Template)]
#[template(path = "admin_limits.html")]
pub(super) struct LimitsPage {
    frame: Frame,
    sizes: Vec<(&'static str, String)>,
    rates: Vec<NamedRate>,
    are_rates_on: bool,
    overrides: Vec<(NamedOverride, Option<Timestamp>)>,
}

/// How often something may be done.
pub(super) struct NamedRate {
    /// As overrides name it.
    pub(super) action: &'static str,
    pub(super) what: &'static str,
    /// Whose attempts are counted together.
    pub(super) whose: &'static str,
    pub(super) burst: i64,
    /// How long until one more is allowed.
    pub(super) interval: String,
}

impl LimitsPage {
    pub(super) fn new(frame: Frame, limits: &Limits, overrides: Vec<NamedOverride>) -> Self {
        let with_end = |over: NamedOverride| {
            let end = over.rate.expires_at.map(Timestamp::from_micros);
            (over, end)
        };
        Self {
            frame,
            sizes: sizes(limits),
            rates: rates(limits),
            are_rates_on: limits.rates_enabled,
            overrides: overrides.into_iter().map(with_end).collect(),
        }
    }
}

fn sizes(limits: &Limits) -> Vec<(&'static str, String)> {
    let bytes = |bytes: u64| filters::bytes(i64::try_from(bytes).unwrap_or(i64::MAX));
    let daily = limits.max_new_versions_daily.map_or_else(|| "no limit".to_owned(), |limit| limit.to_string());
    vec![
        ("Longest tarball, unless a crate has a limit of its own", bytes(limits.max_upload_bytes)),
        ("What a tarball may unpack to", bytes(limits.max_unpacked_bytes)),
        ("Files and folders in a tarball", limits.max_entries.to_string()),
        (
            "Features of a crate, and values of a feature, unless a crate has a limit of its own",
            limits.max_features.to_string(),
        ),
        ("Dependencies of a version", limits.max_dependencies.to_string()),
        ("Versions of one crate within 24 hours", daily),
        ("Memory for requests that are arriving", bytes(limits.request_memory_bytes)),
        ("Memory for answers on their way", bytes(limits.answer_memory_bytes)),
        ("Memory for popular files", bytes(limits.download_cache_bytes)),
        ("Memory for index files", bytes(limits.index_cache_bytes)),
        ("Memory for finished answers", bytes(limits.answer_cache_bytes)),
    ]
}

fn rates(limits: &Limits) -> Vec<NamedRate> {
    let named = |action, what, whose, rate: Rate| NamedRate {
        action,
        what,
        whose,
        burst: rate.burst,
        interval: spans::exact(rate.interval),
    };
    vec![
        named("publish-new", "Publish new crates", "a user", limits.publish_new),
        named("publish-update", "Publish versions of crates that exist", "a user", limits.publish_update),
        named("yank-unyank", "Yank and unyank", "a user", limits.yank),
        named("token-creation", "Create tokens", "a user", limits.token_creation),
        named("mail", "Have mail sent", "a user", limits.mail),
        named("second-factor", "Enter a code or a password again", "a user", limits.sign_in),
        named("sign-in", "Try to sign in or up", "a login and a network", limits.sign_in),
        named("search", "Search", "a network", limits.search),
    ]
}

/// What single people may be allowed to do more or less often.
pub(super) fn rates_of_users(limits: &Limits) -> Vec<NamedRate> {
    rates(limits).into_iter().filter(|rate| RATED_ACTIONS.contains(&rate.action)).collect()
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> PageResult {
    let overrides = app.registry.list_all_rate_overrides(visit.call()).await?;
    visit.page(&LimitsPage::new(super::frame(&visit), &app.registry.settings().limits, overrides))
}

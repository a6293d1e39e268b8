//! A store and settings to try the rules on.

use std::time::Duration;

use cargohold_blobs::Blobs;
use cargohold_mail::{Mailer, Site, Transport};
use cargohold_protocol::Timestamp;
use cargohold_providers::Issuers;
use cargohold_registry::{
    DownloadMode, Identity, Limits, Parts, Pepper, Policy, Providers, Settings, SignUp, TokenSettings,
};
use cargohold_search::SearchIndex;
use cargohold_store::Store;
use cargohold_store::rate::Rate;
use tempfile::TempDir;

/// An instant this many seconds after the tests begin.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_800_000_000 + seconds) * 1_000_000)
}

/// A new store; it is gone when the folder is dropped.
pub(crate) async fn new_store() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(&folder.path().join("test.db")).await.unwrap();
    (store, folder)
}

/// What a registry is put together from, with nobody to write to.
pub(crate) fn parts(store: Store, blobs: Blobs, search: SearchIndex, identity: Identity) -> Parts {
    let site = Site { name: "a registry".to_owned(), base_url: settings().base_url };
    let mailer = Mailer::new(site, "noreply@example.org", &Transport::Off).unwrap();
    let issuers = Issuers::new("crates.example.org".to_owned(), Vec::new(), &reqwest::Client::new());
    Parts {
        store,
        blobs,
        search,
        settings: settings(),
        identity,
        pepper: Pepper::random(),
        mailer,
        providers: Providers::default(),
        issuers,
    }
}

pub(crate) fn settings() -> Settings {
    let rate = Rate { burst: 10, interval: Duration::from_mins(1) };
    Settings {
        base_url: "https://crates.example.org".to_owned(),
        other_urls: vec!["http://127.0.0.1:8080".to_owned(), "http://registry.lan".to_owned()],
        allowed_origins: vec![],
        cdn_user_agent: String::new(),
        auth_required: false,
        operators: vec![],
        sign_up: SignUp::Closed,
        explicit_sign_up: false,
        roll_up_every: Duration::from_mins(10),
        source_archives: true,
        docs_rebuild_url: None,
        site_name: "a registry".to_owned(),
        external_images: false,
        trustpub_issuers: vec![],
        banner: None,
        downloads: DownloadMode::Serve,
        tokens: TokenSettings::default(),
        policy: Policy {
            require_description: false,
            require_license: false,
            known_categories_only: false,
            known_dependencies_only: true,
            require_verified_email: false,
            reserve_names: true,
            warn_similar_names: false,
            legacy_tokens: false,
        },
        limits: Limits {
            max_upload_bytes: 1_000_000,
            max_unpacked_bytes: 10_000_000,
            max_entries: 1_000,
            max_features: 300,
            max_dependencies: 500,
            max_new_versions_daily: None,
            rates_enabled: false,
            publish_new: rate,
            publish_update: rate,
            yank: rate,
            search: rate,
            sign_in: rate,
            token_creation: rate,
            mail: rate,
            request_memory_bytes: 10_000_000,
            answer_memory_bytes: 10_000_000,
            download_cache_bytes: 10_000_000,
            index_cache_bytes: 1_000_000,
            answer_cache_bytes: 1_000_000,
        },
    }
}

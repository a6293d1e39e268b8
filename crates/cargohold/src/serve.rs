//! `cargohold serve`: opens the parts, serves, and stops in order.

use std::iter;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_registry::{Accounts, Identity, Parts, Registry, Settings};
use cargohold_search::SearchIndex;
use cargohold_web::{App, Tls};
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::{Failure, clock, first_start, logging, open_files, parts, say};

/// How many connections may wait to be accepted, if the system allows as many.
const MAX_UNACCEPTED: u32 = 4096;

/// How long statements may still take after the last request was given up.
const CLOSE_TIME: Duration = Duration::from_secs(10);

/// Serves until the process is told to stop by SIGINT or SIGTERM.
pub(crate) async fn run(config: Config) -> Result<(), Failure> {
    logging::start(&config)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let tls = config.tls.clone().map(Tls::load).transpose().map_err(|error| Failure::new(&error))?;
    let connections = open_files::connection_limits(&config)?;
    parts::make_data_dir(&config)?;
    let store = parts::open_store(&config).await?;
    let pepper = parts::pepper(&config)?;
    let accounts = Accounts::new(store.clone(), pepper.clone());
    let blobs = parts::open_blobs(&config)?;
    let identity = Identity::claim(&store, &blobs).await.map_err(|error| Failure::new(&error))?;
    let search = open_search(&config.data_dir.join("search").join(&identity.id))?;

    let listener = listen(config.listen)
        .map_err(|error| Failure::Failed(format!("cannot listen on {} (`server.listen`): {error}", config.listen)))?;
    let address = listener.local_addr().map_err(|error| Failure::new(&error))?;
    let settings = settings(&config, address)?;
    let first_run = accounts.first_run(Timestamp::from(clock())).await.map_err(|error| Failure::new(&error))?;
    if let Some(first_run) = first_run {
        say(&first_start::greeting(&first_run, &settings.index_url()))?;
    }
    let listening = format!("cargohold is listening on {}", settings.base_url);
    let mailer = parts::open_mailer(&config, &settings.base_url)?;
    let providers = parts::open_providers(&config, &settings.base_url)?;
    let issuers = parts::open_issuers(&config, &settings.base_url)?;
    let parts = Parts { store, blobs, search, settings, identity, pepper, mailer, providers, issuers };
    let registry = Arc::new(Registry::new(parts));
    let now = Timestamp::from(clock());
    registry.sync_categories(now).await.map_err(|error| Failure::new(&error))?;
    let position = registry.feed_position().await.map_err(|error| Failure::new(&error))?;
    say(&listening)?;
    let (stop, stopped) = watch::channel(false);
    let app = App::new(registry.clone(), clock, config.times, config.is_h2c_offered, config.blocked.clone())
        .map_err(|error| Failure::new(&error))?
        .with_config(config.sections());
    let app = match &config.base_url {
        Some(own) => app.with_hosts(&iter::once(own).chain(&config.other_urls).map(String::as_str).collect::<Vec<_>>()),
        None => app,
    };
    // Each on a task of its own: a long job must not keep anybody from connecting.
    let background = [
        spawn(registry.clone().drop_changed(position, stopped.clone())),
        spawn(registry.clone().feed_search(stopped.clone())),
        spawn(registry.clone().work_off_jobs(clock, stopped.clone())),
        spawn(registry.clone().write_counts(clock, stopped.clone())),
        spawn(registry.clone().sweep_daily(clock, stopped.clone())),
        spawn(registry.clone().warn_of_expiry_daily(clock, stopped.clone())),
    ];
    let (signalled, ()) =
        tokio::join!(stop_on_signal(stop), cargohold_web::serve(app, listener, tls, connections, stopped));
    for task in background {
        task.await.map_err(|error| Failure::new(&error))?;
    }
    if let Err(error) = registry.write_last_counts(Timestamp::from(clock())).await {
        tracing::error!(error = &error as &dyn std::error::Error, "cannot write down the last downloads");
    }
    if tokio::time::timeout(CLOSE_TIME, registry.close()).await.is_err() {
        tracing::warn!("the database was still in use when the time for closing it was over");
    }
    signalled
}

/// Listens with room for a crowd that comes at once: whoever finds none tries again after a second.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(MAX_UNACCEPTED)
}

#[expect(clippy::disallowed_methods, reason = "the tasks are awaited at the end")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}

fn open_search(folder: &Path) -> Result<SearchIndex, Failure> {
    SearchIndex::open(folder).map_err(|error| {
        let cause = Failure::new(&error);
        let hint = "if no other process uses it, remove the folder: it is built anew";
        Failure::Failed(format!("cannot open the search index in {}: {cause}; {hint}", folder.display()))
    })
}

/// What the rules need of the configuration, once the address is known.
fn settings(config: &Config, address: SocketAddr) -> Result<Settings, Failure> {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let base_url = match &config.base_url {
        Some(url) => url.clone(),
        None if address.ip().is_unspecified() => {
            let text = "the setting `server.base_url` is needed when listening on all addresses; set it to the address \
                        clients use";
            return Err(Failure::Failed(text.to_owned()));
        }
        None => format!("{scheme}://{address}"),
    };
    Ok(Settings {
        base_url,
        other_urls: config.other_urls.clone(),
        allowed_origins: config.allowed_origins.clone(),
        cdn_user_agent: config.cdn_user_agent.clone(),
        banner: config.banner.clone(),
        roll_up_every: config.roll_up_every,
        source_archives: config.source_archives,
        docs_rebuild_url: config.docs_rebuild_url.clone(),
        site_name: config.site_name.clone(),
        external_images: config.external_images,
        trustpub_issuers: config.trustpub.other_names(),
        auth_required: config.auth_required,
        operators: config.operators.clone(),
        sign_up: config.sign_up,
        explicit_sign_up: config.explicit_sign_up,
        downloads: config.downloads.clone(),
        tokens: config.tokens.clone(),
        policy: config.policy,
        limits: config.limits.clone(),
    })
}

/// Waits for a signal to stop; if there can be none, stops at once.
async fn stop_on_signal(stop: watch::Sender<bool>) -> Result<(), Failure> {
    let signalled = wait_for_signal().await.map_err(|error| Failure::new(&error));
    tracing::info!("stopping: requests in flight may finish");
    stop.send_replace(true);
    signalled
}

async fn wait_for_signal() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

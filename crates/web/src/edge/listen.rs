//! Accepts connections, as many as there may be, and sees to it that all of them have ended in the end.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::state::{Connection, Order};
use super::table::{Admitted, ConnectionLimits, Connections};
use super::talk::{Answering, Talked, talk};
use super::tls::Tls;
use super::watch::watch;
use crate::app::App;
use crate::service::Site;

/// How long to wait when the process has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many connections at once are told that there are too many, and for how long each may listen.
const MAX_REFUSALS: usize = 64;
const REFUSAL_TIME: Duration = Duration::from_secs(5);

/// A connection with its place among the others, which it keeps until the last who serves it is done.
pub(super) struct Ticket {
    pub(super) connection: Arc<Connection>,
    _place: Place,
}

/// Where a connection is counted.
enum Place {
    /// Among those that are served.
    Served { _admitted: Admitted },
    /// Among those that are told that there are too many.
    Refused { _permit: OwnedSemaphorePermit },
    /// Nowhere.
    #[cfg(test)]
    Test,
}

#[cfg(test)]
impl Ticket {
    pub(super) fn of_a_test(connection: Arc<Connection>) -> Self {
        Self { connection, _place: Place::Test }
    }
}

/// Serves the site on `listener`, with TLS if there is a certificate, until `stop` becomes true; then finishes the requests
/// in flight.
pub async fn serve(
    app: App,
    listener: TcpListener,
    tls: Option<Tls>,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
) {
    let tls = tls.map(|tls| tls.into_acceptor(stop.clone()));
    let times = app.times;
    let memory = app.registry.answer_memory().clone();
    let connections = Connections::new(limits);
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    let door = Door { tls, site: Site::new(app.clone()), app, connections: connections.clone(), refusals };
    // The listener is closed when this is dropped.
    let accepting = async move {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => door.admit(stream, peer.ip().to_canonical()),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    let serving = async {
        tokio::select! {
            () = accepting => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
        connections.for_each(|connection, _| connection.tell(Order::Finish));
        if tokio::time::timeout(times.shutdown, connections.all_closed()).await.is_err() {
            tracing::warn!("requests were still in flight when the time for shutdown was over");
        }
    };
    tokio::select! {
        () = serving => {}
        () = watch(connections.clone(), times, memory) => {}
    }
}

/// Where connections come in.
struct Door {
    tls: Option<TlsAcceptor>,
    site: Site,
    app: App,
    connections: Arc<Connections>,
    refusals: Arc<Semaphore>,
}

impl Door {
    fn admit(&self, stream: TcpStream, peer: IpAddr) {
        // Whoever is told to come by https comes through a proxy, which would pass the upgrade on.
        let is_behind_proxy = self.app.base_url().starts_with("https://");
        let may_upgrade = self.app.is_h2c_offered && self.tls.is_none() && !is_behind_proxy;
        let is_proxy = self.app.blocked.is_proxy(peer);
        if let Some((connection, admitted)) = self.connections.admit(peer, is_proxy, Instant::now()) {
            let ticket = Ticket { connection, _place: Place::Served { _admitted: admitted } };
            let answering = Answering::Site(self.site.seen_from(peer));
            spawn(connect(stream, self.tls.clone(), Arc::new(ticket), answering, may_upgrade));
        } else if let Ok(permit) = self.refusals.clone().try_acquire_owned() {
            let ticket = Ticket { connection: Connection::new(peer), _place: Place::Refused { _permit: permit } };
            let refusing = connect(stream, self.tls.clone(), Arc::new(ticket), Answering::TooMany, false);
            spawn(async {
                _ = tokio::time::timeout(REFUSAL_TIME, refusing).await;
            });
        }
        // Whoever comes when even those who are refused are too many is refused without a word.
    }
}

async fn connect(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    ticket: Arc<Ticket>,
    answering: Answering,
    may_upgrade: bool,
) {
    _ = stream.set_nodelay(true);
    let connection = ticket.connection.clone();
    let talked: Talked = match tls {
        None => talk(stream, ticket, answering, may_upgrade).await,
        Some(acceptor) => match connection.until(Order::Finish, acceptor.accept(stream)).await {
            Some(Ok(stream)) => talk(stream, ticket, answering, false).await,
            Some(Err(error)) => Err(error.into()),
            None => return,
        },
    };
    if let Err(error) = talked {
        tracing::debug!(error = &*error as &dyn std::error::Error, "a connection broke off");
    }
}

#[expect(clippy::disallowed_methods, reason = "connections are awaited at shutdown, by their places in the table")]
pub(super) fn spawn(connection: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(connection);
}

//! The open connections: how many there may be, who has to make room for others, and what was refused.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::seen::Seen;
use super::state::{Connection, Order};

/// How often at most all connections are searched for those that can make room.
const SEARCH_EVERY: Duration = Duration::from_millis(50);

/// How many connections that can make room are remembered between two searches.
const MAX_REMEMBERED: usize = 256;

/// Whoever has this part of all connections makes room even if something was asked on all of theirs.
const GREAT_PART: usize = 8;

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// In all.
    pub total: usize,
    /// From one address, unless a trusted proxy has it.
    pub per_address: usize,
}

/// All open connections.
pub(super) struct Connections {
    limits: ConnectionLimits,
    table: Mutex<Table>,
    closed: Notify,
    pub(super) tally: Tally,
}

#[derive(Default)]
struct Table {
    last_id: u64,
    open: HashMap<u64, Open>,
    by_address: HashMap<IpAddr, Vec<u64>>,
    /// Connections that can make room, the best first, as of the last search.
    candidates: VecDeque<u64>,
    searched_at: Option<Instant>,
}

/// An open connection, and what was seen of it.
struct Open {
    connection: Arc<Connection>,
    seen: Seen,
}

/// What was refused since it was last told.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) refused_connections: AtomicU64,
    pub(super) closed_for_others: AtomicU64,
    pub(super) closed_for_memory: AtomicU64,
}

/// A place among the open connections, given back when it is dropped.
pub(super) struct Admitted {
    connections: Arc<Connections>,
    id: u64,
    address: IpAddr,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.connections.table().remove(self.id, self.address);
        self.connections.closed.notify_waiters();
    }
}

/// The address as far as one client has it: of IPv6, a network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

impl Connections {
    pub(super) fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, table: Mutex::default(), closed: Notify::new(), tally: Tally::default() })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection. Where there are too many, one that nobody would miss is closed for it, or a new one of whoever has most;
    /// nothing if there is none.
    pub(super) fn admit(
        self: &Arc<Self>,
        peer: IpAddr,
        is_proxy: bool,
        now: Instant,
    ) -> Option<(Arc<Connection>, Admitted)> {
        let address = network(peer);
        let mut table = self.table();
        let is_crowded = !is_proxy && table.by_address.get(&address).map_or(0, Vec::len) >= self.limits.per_address;
        let has_room = !is_crowded || self.make_room(&mut table, |table| table.least_missed_of(address, now));
        let is_full = table.open.len() >= self.limits.total;
        let for_anybody = |table: &mut Table| table.least_missed(now).or_else(|| table.newest_of_most(address));
        if !has_room || (is_full && !self.make_room(&mut table, for_anybody)) {
            self.tally.refused_connections.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let connection = Connection::new(peer);
        let id = table.insert(connection.clone(), (!is_proxy).then_some(address), now);
        Some((connection, Admitted { connections: self.clone(), id, address }))
    }

    /// Closes the connection that is chosen, if one is.
    fn make_room(&self, table: &mut Table, choose: impl FnOnce(&mut Table) -> Option<(u64, IpAddr)>) -> bool {
        let Some((id, address)) = choose(table) else { return false };
        if let Some(open) = table.remove(id, address) {
            open.connection.tell(Order::Close);
        }
        self.tally.closed_for_others.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Looks at every connection once.
    pub(super) fn for_each(&self, mut look: impl FnMut(&Connection, &mut Seen)) {
        for open in self.table().open.values_mut() {
            look(&open.connection, &mut open.seen);
        }
    }

    /// Waits until there is none left.
    pub(super) async fn all_closed(&self) {
        loop {
            let mut closed = std::pin::pin!(self.closed.notified());
            closed.as_mut().enable();
            if self.table().open.is_empty() {
                return;
            }
            closed.await;
        }
    }
}

impl Table {
    /// Keeps a connection, and counts it for its address, unless that speaks for many.
    fn insert(&mut self, connection: Arc<Connection>, address: Option<IpAddr>, now: Instant) -> u64 {
        self.last_id += 1;
        let seen = Seen::new(&connection, now);
        self.open.insert(self.last_id, Open { connection, seen });
        if let Some(address) = address {
            self.by_address.entry(address).or_default().push(self.last_id);
        }
        self.last_id
    }

    /// Does nothing if the connection had to make room already.
    fn remove(&mut self, id: u64, address: IpAddr) -> Option<Open> {
        let removed = self.open.remove(&id)?;
        if let Some(ids) = self.by_address.get_mut(&address) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_address.remove(&address);
            }
        }
        Some(removed)
    }

    fn least_missed_of(&self, address: IpAddr, now: Instant) -> Option<(u64, IpAddr)> {
        let ids = self.by_address.get(&address)?.iter();
        let rated = ids.filter_map(|id| Some((self.open.get(id)?.expendable(now)?, Reverse(*id))));
        rated.max().map(|(_, Reverse(id))| (id, address))
    }

    /// A connection of an address that has more than a newcomer's: on which nothing was asked yet, the newest of whoever has most; else,
    /// if somebody has a great part of all, the newest of theirs by anybody who is not known.
    fn newest_of_most(&self, newcomer: IpAddr) -> Option<(u64, IpAddr)> {
        let own = self.by_address.get(&newcomer).map_or(0, Vec::len);
        let newest = |ids: &[u64], fits: &dyn Fn(&Connection) -> bool| {
            ids.iter().rev().copied().find(|id| self.open.get(id).is_some_and(|open| fits(&open.connection)))
        };
        let of_most = |fits: &dyn Fn(&Connection) -> bool, least: usize| {
            let greedier = self.by_address.iter().filter(|(_, ids)| ids.len() > least);
            let chosen = greedier.filter_map(|(address, ids)| Some((ids.len(), newest(ids, fits)?, *address)));
            chosen.max_by_key(|(count, ..)| *count).map(|(_, id, address)| (id, address))
        };
        let great = self.open.len() / GREAT_PART;
        of_most(&Connection::is_opening, own + 1)
            .or_else(|| of_most(&|connection| !connection.is_known(), great.max(own + 1)))
    }

    fn least_missed(&mut self, now: Instant) -> Option<(u64, IpAddr)> {
        if self.candidates.is_empty() && self.searched_at.is_none_or(|at| now >= at + SEARCH_EVERY) {
            self.searched_at = Some(now);
            let rated = self.open.iter().filter_map(|(id, open)| Some((open.expendable(now)?, Reverse(*id))));
            let mut rated: Vec<_> = rated.collect();
            rated.sort_unstable_by(|a, b| b.cmp(a));
            self.candidates = rated.into_iter().take(MAX_REMEMBERED).map(|(_, Reverse(id))| id).collect();
        }
        while let Some(id) = self.candidates.pop_front() {
            // Since the search it may have gone, or moved on.
            if let Some(open) = self.open.get(&id).filter(|open| open.expendable(now).is_some()) {
                return Some((id, network(open.connection.peer)));
            }
        }
        None
    }
}

impl Open {
    fn expendable(&self, now: Instant) -> Option<super::seen::Expendable> {
        self.seen.expendable(&self.connection, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([127, 0, 0, last])
    }

    fn limits(total: usize, per_address: usize) -> Arc<Connections> {
        Connections::new(ConnectionLimits { total, per_address })
    }

    #[test]
    fn an_address_has_so_many_connections_and_a_proxy_any_number() {
        let connections = limits(100, 2);
        let now = Instant::now();
        let _held: Vec<_> = (0..2).map(|_| connections.admit(address(1), false, now).unwrap()).collect();
        assert!(connections.admit(address(1), false, now).is_none(), "both are as new as the third");
        assert!(connections.admit(address(2), false, now).is_some());
        assert!(connections.admit(address(1), true, now).is_some());
        assert_eq!(connections.tally.refused_connections.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_connection_that_says_nothing_makes_room_for_another() {
        let connections = limits(2, 2);
        let now = Instant::now();
        let (silent, _silent) = connections.admit(address(1), false, now).unwrap();
        let (new, _new) = connections.admit(address(2), false, now + Duration::from_secs(5)).unwrap();
        let later = now + Duration::from_millis(5100);
        assert!(connections.admit(address(3), false, later).is_some());
        assert_eq!((silent.order(), new.order()), (Order::Close, Order::Nothing));
        assert!(connections.admit(address(3), false, later).is_some(), "that place was given back");
    }

    #[test]
    fn whoever_has_most_makes_room_for_whoever_has_fewer() {
        let connections = limits(4, 4);
        let now = Instant::now();
        let greedy: Vec<_> = (0..3).map(|_| connections.admit(address(1), false, now).unwrap()).collect();
        let _other = connections.admit(address(2), false, now).unwrap();
        let _newcomer = connections.admit(address(3), false, now).unwrap();
        assert_eq!(
            greedy.iter().map(|(it, _)| it.order()).collect::<Vec<_>>(),
            [Order::Nothing, Order::Nothing, Order::Close]
        );
        assert!(connections.admit(address(3), false, now).is_none(), "then it has as many as anybody");
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let connections = limits(100, 1);
        let now = Instant::now();
        let _held = connections.admit("2001:db8::1".parse().unwrap(), false, now).unwrap();
        assert!(connections.admit("2001:db8::ffff:2".parse().unwrap(), false, now).is_none());
        assert!(connections.admit("2001:db8:0:1::1".parse().unwrap(), false, now).is_some());
        let _four = connections.admit("::ffff:127.0.0.9".parse().unwrap(), false, now).unwrap();
        assert!(connections.admit(address(9), false, now).is_none());
    }
}

//! The edge: what stands between the network and the site.
//!
//! ```text
//! accept ─ place among the connections (per address, in all; an idler makes room)      table.rs, listen.rs
//!   │        none left: 503 with a sentence, 64 at once
//! Opening ── TLS ─ first bytes ─ HTTP/1.1 or HTTP/2 ─ first head     head_timeout      talk.rs, rewound.rs, h2c.rs
//! Receiving ─ body by minimum rate, charged to request_memory        408, 503          intake.rs
//! Working ── the site                                                request_timeout
//! Sending ── answer by progress, charged to answer_memory            answer_timeout    answer.rs
//! Idle ───── next head                                               idle_timeout
//! end ────── whoever is still sending may read the refusal first                       wire.rs
//! ```
//!
//! A connection counts what it does ([`state`]); one task looks at all of them ([`watch`]) and tells those whose time is over, or
//! who hold memory that others need, to end.

mod answer;
mod h2c;
mod intake;
mod listen;
mod rewound;
mod seen;
mod state;
mod table;
mod talk;
mod tls;
mod watch;
mod wire;

pub(crate) use self::answer::{ChargedBefore, charged};
pub(crate) use self::intake::{Intake, RequestMemory};
pub use self::listen::serve;
pub(crate) use self::state::Connection;
pub use self::table::ConnectionLimits;
pub use self::tls::{Tls, TlsError, TlsFiles};

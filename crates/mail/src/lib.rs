//! Mail: what is written to people, and how it is sent.
//!
//! A [`Letter`] is plain data; a [`Mailer`] writes it down for one [`Site`], as text and as HTML, and hands it to a
//! mail server or a folder. This crate decides neither who gets which letter nor when, and it reads no clock.
//!
//! Names that people chose cannot add HTML, lines or headers to a mail. Every link leads to the site itself: addresses
//! that others reported are shown as text.

mod address;
mod body;
mod error;
mod folder;
mod letter;
mod mailer;
mod site;
mod smtp;
mod transport;
mod wording;

pub use crate::address::is_mailbox;
pub use crate::error::Error;
pub use crate::letter::{Letter, Publisher};
pub use crate::mailer::Mailer;
pub use crate::site::Site;
pub use crate::smtp::SmtpServer;
pub use crate::transport::{Transport, TransportError};

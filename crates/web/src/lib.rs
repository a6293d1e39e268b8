//! HTTP: the JSON API, the sparse index, downloads and pages; errors become status codes here and nowhere else.
//!
//! A handler takes a request apart, hands it to a rule of [`cargohold_registry`] and dresses the answer. SQL and buckets
//! are unknown here.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on panics"))]

mod api;
mod app;
mod block;
mod download;
mod edge;
mod error;
mod extract;
mod forwarded;
mod headers;
mod health;
mod host;
mod index;
mod negotiate;
mod openapi;
mod pages;
mod params;
mod schemas;
mod seek;
mod service;
mod sort;

pub use crate::app::{App, ConfigEntry, ConfigSection, Times};
pub use crate::block::BlockRules;
pub use crate::edge::{ConnectionLimits, Tls, TlsError, TlsFiles, serve};
pub use crate::forwarded::client_address;

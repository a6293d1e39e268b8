//! Trusted publishing, with issuers on this machine (contract part 2, §8; S29 to S31).

mod configs;
mod desk;
mod exchange;
mod generic;
mod github_owner;
mod lists;
mod pending;
mod publish;

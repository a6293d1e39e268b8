//! `cargohold admin audit`.

use cargohold_registry::{AuditEntry, Registry};
use cargohold_store::Store;

use crate::cli::AuditArgs;
use crate::{Failure, say};

pub(super) async fn run(store: &Store, args: &AuditArgs) -> Result<(), Failure> {
    if args.verify {
        let chain = Registry::verify_audit(store).await.map_err(|error| Failure::new(&error))?;
        return say(&format!(
            "the audit log is whole: {} entries, the last with the hash {}",
            chain.entries, chain.hash
        ));
    }
    let mut after = args.after;
    loop {
        let entries = Registry::read_audit(store, after).await.map_err(|error| Failure::new(&error))?;
        let Some(last) = entries.last() else { return Ok(()) };
        after = last.seq;
        for entry in &entries {
            say(&if args.json { as_json(entry)? } else { as_line(entry) })?;
        }
    }
}

fn as_json(entry: &AuditEntry) -> Result<String, Failure> {
    serde_json::to_string(entry).map_err(|error| Failure::new(&error))
}

fn as_line(entry: &AuditEntry) -> String {
    let AuditEntry { seq, actor, action, subject, details, .. } = entry;
    let address = entry.address.as_deref().unwrap_or("-");
    format!("{seq} {} {actor} {address} {action} {subject:?} {details}", entry.at.to_seconds_text())
}

//! Mails to the operators about a new crate that is called almost like another one of somebody else (contract part 2, §15).

use cargohold_mail::Letter;
use cargohold_protocol::Timestamp;
use cargohold_store::{Tx, crates, owners};

use crate::{Error, Registry, Result};

/// How many names one mail tells.
const MAX_FINDINGS: usize = 10;

impl Registry {
    /// Writes to the operators if a crate's name is one letter away from that of a crate with which it shares no owner. A
    /// crate that is gone needs no mail.
    ///
    /// # Errors
    /// When none of the mails could be sent.
    pub(super) async fn report_look_alikes(&self, crate_id: i64, now: Timestamp) -> Result<()> {
        let mut tx = self.store.read().await?;
        let Some(krate) = crates::find_by_id(&mut tx, crate_id).await? else { return Ok(()) };
        let own = list_owners(&mut tx, crate_id).await?;
        let mut findings = Vec::new();
        for id in self.search.similar(krate.name.as_str(), MAX_FINDINGS)? {
            let Some(other) = crates::find_by_id(&mut tx, id).await?.filter(|other| other.id != crate_id) else {
                continue;
            };
            let others = list_owners(&mut tx, id).await?;
            if !others.iter().any(|owner| own.contains(owner)) {
                findings.push(format!("it is one letter away from `{}`, which has other owners", other.name));
            }
        }
        drop(tx);
        if findings.is_empty() {
            return Ok(());
        }
        let letter = Letter::PossibleTyposquat { krate: krate.name.to_string(), findings };
        let (mut sent, mut failure) = (0, None);
        for operator in &self.settings.operators {
            match self.try_post(operator, &letter, now).await {
                Ok(()) => sent += 1,
                Err(error) => failure = Some(error),
            }
        }
        // Those who got it would get it once more.
        failure.filter(|_| sent == 0).map_or(Ok(()), |error| Err(Error::internal(error)))
    }
}

async fn list_owners(tx: &mut Tx, crate_id: i64) -> Result<Vec<i64>> {
    Ok(owners::list(tx, crate_id).await?.iter().map(|owner| owner.id).collect())
}

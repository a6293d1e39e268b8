//! Mails to the owners of a crate about a new version of it (contract part 2, §11).

use cargohold_mail::{Letter, Publisher};
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::TrustpubData;
use cargohold_store::users::{self, User};
use cargohold_store::versions::{self, VersionRow};
use cargohold_store::{Tx, owners};

use crate::version_view::stored_json;
use crate::{Error, Registry, Result};

impl Registry {
    /// Writes to all owners that want to know, the publisher too. A version that is gone needs no mail.
    ///
    /// # Errors
    /// When none of the mails could be sent.
    pub(super) async fn send_publish_notifications(&self, version_id: i64, now: Timestamp) -> Result<()> {
        if !self.mailer.is_on() {
            return Ok(());
        }
        let mut tx = self.store.read().await?;
        let found = versions::list_by_ids(&mut tx, &[version_id]).await?.into_iter().next();
        let Some(version) = found else { return Ok(()) };
        let owners = owners::list(&mut tx, version.crate_id).await?;
        let publisher = find_publisher(&mut tx, &version).await?;
        drop(tx);
        let (mut sent, mut failure) = (0, None);
        for owner in owners.iter().filter(|owner| owner.is_email_verified && owner.publish_notifications) {
            let Some(email) = &owner.email else { continue };
            let is_self = version.published_by == Some(owner.id);
            let letter = Letter::Published {
                krate: version.crate_name.clone(),
                version: version.num.clone(),
                at: Timestamp::from_micros(version.created_at).to_words(),
                by: if is_self { Publisher::You } else { publisher.clone() },
            };
            match self.try_post(email, &letter, now).await {
                Ok(()) => sent += 1,
                // To try again is pointless.
                Err(cargohold_mail::Error::Address | cargohold_mail::Error::Refused { is_permanent: true, .. }) => {
                    tracing::warn!(user.id = owner.id, "an owner's address takes no mail about a publish");
                }
                Err(error) => {
                    let cause = &error as &dyn std::error::Error;
                    tracing::warn!(error = cause, user.id = owner.id, "an owner could not be told of a publish");
                    failure = Some(error);
                }
            }
        }
        match failure {
            Some(error) if sent == 0 => Err(Error::internal(error)),
            _ => Ok(()),
        }
    }
}

/// Who published a version, in the words for those who did not.
async fn find_publisher(tx: &mut Tx, version: &VersionRow) -> Result<Publisher> {
    if let Some(data) = &version.trustpub_data {
        return Ok(workflow(stored_json(data)?));
    }
    let user: Option<User> = match version.published_by {
        Some(id) => users::find(tx, id).await?,
        None => None,
    };
    Ok(Publisher::User(user.map_or_else(|| "somebody unknown".to_owned(), |user| user.login)))
}

fn workflow(data: TrustpubData) -> Publisher {
    match data {
        TrustpubData::GitHub { repository, run_id, .. } => {
            Publisher::Workflow { provider: "GitHub".to_owned(), project: repository, run: run_id }
        }
        TrustpubData::GitLab { project_path, job_id, .. } => {
            Publisher::Workflow { provider: "GitLab".to_owned(), project: project_path, run: job_id }
        }
        // Other issuers number nothing that means anything to people.
        TrustpubData::Oidc { issuer, subject } => {
            Publisher::Workflow { provider: issuer, project: subject, run: "-".to_owned() }
        }
    }
}

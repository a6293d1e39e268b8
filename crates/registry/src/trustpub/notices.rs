//! Mails about trusted publishing, to every owner of a crate who has a verified address.

use cargohold_mail::Letter;
use cargohold_store::users::User;

use super::{TrustedProvider, TrustedPublisher};
use crate::version_view::stored_json;
use crate::{Actor, Call, Registry};

impl Registry {
    /// Writes to these people, whose address is verified. The letter tells the one who did it from the others.
    pub(crate) async fn post_to_owners(
        &self,
        call: &Call,
        owners: &[User],
        actor: &Actor,
        letter: impl Fn(bool) -> Letter,
    ) {
        for owner in owners.iter().filter(|owner| owner.is_email_verified) {
            self.post_to(owner, &letter(owner.id == actor.user.id), call.now).await;
        }
    }
}

/// What people are told about a pipeline: labels and values.
#[must_use]
pub fn describe(publisher: &TrustedPublisher) -> Vec<(String, String)> {
    let mut facts = if publisher.provider == TrustedProvider::Oidc.as_str() {
        let rules: Vec<cargohold_protocol::api::ClaimRule> =
            stored_json(publisher.rules.as_deref().unwrap_or("[]")).unwrap_or_default();
        let rules = rules.into_iter().map(|rule| (format!("Claim {}", rule.claim), rule.pattern));
        std::iter::once(("Issuer".to_owned(), publisher.owner.clone())).chain(rules).collect()
    } else {
        let provider = if publisher.provider == TrustedProvider::GitHub.as_str() { "GitHub" } else { "GitLab" };
        vec![
            ("Provider".to_owned(), provider.to_owned()),
            ("Repository".to_owned(), format!("{}/{}", publisher.owner, publisher.repository)),
            ("Workflow".to_owned(), publisher.workflow.clone()),
        ]
    };
    facts.extend(publisher.environment.clone().map(|environment| ("Environment".to_owned(), environment)));
    facts
}

//! Reports of tokens that were found in public (contract part 2, §13; S57): they are revoked, and their owners are told.

mod signature;

use std::collections::BTreeSet;

use cargohold_mail::Letter;
use cargohold_protocol::api::{LeakLabel, LeakReport, LeakVerdict, LeakVerdicts};
use cargohold_store::{crates, owners, tokens, trustpub_tokens, users};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::{self, Deed};
use crate::auth::presented_text;
use crate::{Call, Error, Registry, Result, TrustpubSecret};

/// Who reports.
#[derive(Clone, Copy)]
struct Reporter {
    /// As its owner reads it in the mail about a token.
    name: &'static str,
    /// As the audit log has it.
    actor: &'static str,
}

const GITHUB: Reporter = Reporter { name: "GitHub", actor: "(GitHub secret scanning)" };
const SCANNER: Reporter = Reporter { name: "a scanner of this registry's operator", actor: "(secret scanner)" };

impl Registry {
    /// Judges a report that GitHub has signed: `key_id` and `signature` are the values of its two headers, `body` is what it
    /// sent, to the byte.
    ///
    /// # Errors
    /// When this registry knows nothing of GitHub, or anything about headers, key, signature or body is wrong.
    pub async fn take_github_report(
        &self,
        call: &Call,
        key_id: Option<&str>,
        signature: Option<&str>,
        body: &[u8],
    ) -> Result<LeakVerdicts> {
        let Some(github) = &self.providers.github else {
            return Err(Error::NotOffered("reports from GitHub about leaked tokens"));
        };
        let (Some(key_id), Some(signature)) = (key_id, signature) else {
            return Err(refused(
                "has no signature; send both headers, `GITHUB-PUBLIC-KEY-IDENTIFIER` and `…-SIGNATURE`",
            ));
        };
        let key = github.find_secret_scanning_key(key_id, call.now.to_system_time()).await.map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot load the keys of secret scanning");
            refused("cannot be verified, since GitHub does not tell its keys; send it once more in a minute")
        })?;
        let Some(key) = key.filter(|key| key.is_current) else {
            return Err(refused("names a key that GitHub does not list as current; sign it with one that is"));
        };
        if !signature::is_valid(&key.pem, signature, body) {
            return Err(refused("is not what was signed; send the signed bytes with their signature"));
        }
        self.take_report(call, GITHUB, body).await
    }

    /// Judges a report of whoever has the secret that the operator has set for scanners.
    ///
    /// # Errors
    /// When the operator has set none, the caller does not present it, or the body is no report.
    pub async fn take_scanner_report(&self, call: &Call, body: &[u8]) -> Result<LeakVerdicts> {
        let Some(secret) = &self.settings.tokens.scanning_secret else {
            return Err(Error::NotOffered(
                "reports of scanners about leaked tokens, as `tokens.scanning_secret` is not set",
            ));
        };
        if !secret.is(presented_text(call)?) {
            return Err(Error::ScannerRefused);
        }
        self.take_report(call, SCANNER, body).await
    }

    async fn take_report(&self, call: &Call, by: Reporter, body: &[u8]) -> Result<LeakVerdicts> {
        let reports: Vec<LeakReport> = serde_json::from_slice(body)
            .map_err(|_| refused("is no list of objects with `token`, `type`, `url` and `source`; send such a list"))?;
        let mut verdicts = Vec::new();
        for report in reports {
            let label = self.judge_leak(call, by, &report).await?;
            verdicts.push(LeakVerdict { token_raw: report.token, token_type: report.kind, label });
        }
        Ok(LeakVerdicts(verdicts))
    }

    /// Looks for a token by the hash of the whole text, whatever it looks like.
    async fn judge_leak(&self, call: &Call, by: Reporter, report: &LeakReport) -> Result<LeakLabel> {
        if let Some(secret) = TrustpubSecret::from_presented(&report.token) {
            return self.judge_leak_of_pipeline(call, by, report, &secret).await;
        }
        let hash: [u8; 32] = Sha256::digest(report.token.as_bytes()).into();
        let found = tokens::find_leaked(&mut self.store.read().await?, &hash).await?;
        let Some(token) = found else { return Ok(LeakLabel::FalsePositive) };
        if !token.is_revoked {
            self.revoke_leaked(call, by, report, &token).await?;
        }
        Ok(LeakLabel::TruePositive)
    }

    /// A pipeline's token is deleted; whoever owns a crate that it could publish is told.
    async fn judge_leak_of_pipeline(
        &self,
        call: &Call,
        by: Reporter,
        report: &LeakReport,
        secret: &TrustpubSecret,
    ) -> Result<LeakLabel> {
        if !trustpub_tokens::exists(&mut self.store.read().await?, &secret.hash()).await? {
            return Ok(LeakLabel::FalsePositive);
        }
        let mut tx = self.store.write().await?;
        let Some(crate_ids) = trustpub_tokens::take_leaked(&mut tx, &secret.hash()).await? else {
            return Ok(LeakLabel::FalsePositive);
        };
        let crates = crates::list_by_ids(&mut tx, &crate_ids).await?;
        let owners = owners::list_of_crates(&mut tx, &crate_ids).await?;
        let ids: Vec<i64> = owners.iter().map(|(_, user_id)| *user_id).collect::<BTreeSet<_>>().into_iter().collect();
        let people = users::list_by_ids(&mut tx, &ids).await?;
        let names: Vec<String> = crates.iter().map(|krate| krate.name.to_string()).collect();
        let details = json!({ "crates": names, "source": report.source, "url": report.url });
        audit::record(&mut tx, &Deed::by(call, by.actor, "trustpub.leaked", "").with(details)).await?;
        tx.commit().await?;
        for person in people.iter().filter(|person| person.is_email_verified) {
            let owns = |krate: &&crates::Crate| owners.contains(&(krate.id, person.id));
            let letter = Letter::TrustpubTokenExposed {
                crates: crates.iter().filter(owns).map(|krate| krate.name.to_string()).collect(),
                reporter: by.name.to_owned(),
                source: report.source.clone(),
                url: Some(report.url.clone()).filter(|url| !url.is_empty()),
            };
            self.post_to(person, &letter, call.now).await;
        }
        Ok(LeakLabel::TruePositive)
    }

    async fn revoke_leaked(
        &self,
        call: &Call,
        by: Reporter,
        report: &LeakReport,
        token: &tokens::Leaked,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        if !tokens::revoke(&mut tx, token.id).await? {
            // Somebody was faster, and writes to its owner.
            return Ok(());
        }
        let owner = users::find(&mut tx, token.user_id).await?.ok_or_else(|| Error::internal("an account vanished"))?;
        let details = json!({ "token": token.id, "name": token.name, "source": report.source, "url": report.url });
        audit::record(&mut tx, &Deed::by(call, by.actor, "token.leaked", &owner.login).with(details)).await?;
        tx.commit().await?;
        self.token_cache.forget_all();
        tracing::warn!(token.id, user.id = token.user_id, reporter = by.actor, "revoked a token that leaked");
        let letter = Letter::TokenExposed {
            token_name: token.name.clone(),
            reporter: by.name.to_owned(),
            source: report.source.clone(),
            url: Some(report.url.clone()).filter(|url| !url.is_empty()),
        };
        self.post_to(&owner, &letter, call.now).await;
        Ok(())
    }
}

fn refused(why: &str) -> Error {
    Error::Refused(format!("the report {why}"))
}

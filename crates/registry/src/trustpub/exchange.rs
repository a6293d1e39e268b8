//! A pipeline's JWT for a token (contract part 2, §8.2).

use std::time::Duration;

use cargohold_protocol::Timestamp;
use cargohold_providers::{JwtError, Proof};
use cargohold_store::trustpub_tokens::{self, NewToken};
use cargohold_store::{Tx, owners};
use serde_json::{Value, json};

use super::matching::{self, Pipeline};
use super::{TrustedProvider, TrustpubSecret};
use crate::audit::{self, Deed};
use crate::{Call, Error, Registry, Result};

/// How long a token works.
const LIFETIME: Duration = Duration::from_mins(30);

/// How long after its end a JWT could still be used, because clocks differ.
const LEEWAY: Duration = Duration::from_mins(1);

impl Registry {
    /// Exchanges a JWT for a token that may publish all crates that trust the pipeline. A JWT is good once: it is used up in the
    /// transaction that makes the token.
    ///
    /// # Errors
    /// When the JWT proves nothing, was exchanged before, or no crate trusts the pipeline it speaks of.
    pub async fn exchange_jwt(&self, call: &Call, jwt: &str) -> Result<TrustpubSecret> {
        let proof = self.issuers.verify(jwt, call.now.to_system_time()).await.map_err(|error| match error {
            JwtError::KeysUnavailable { .. } => Error::internal(error),
            other => Error::Refused(other.to_string()),
        })?;
        // Pipelines of strangers have good JWTs, too.
        let mut tx = self.store.read().await?;
        check_unused(&mut tx, &proof).await?;
        matching::check(&mut tx, &proof).await?;
        drop(tx);
        let mut tx = self.store.write().await?;
        use_up(&mut tx, &proof).await?;
        let pipeline = matching::find(&mut tx, &proof).await?;
        let secret = mint(&mut tx, call, &pipeline).await?;
        record(&mut tx, call, &proof, &pipeline).await?;
        tx.commit().await?;
        tracing::info!(pipeline = pipeline.data.pipeline(), "exchanged a JWT");
        Ok(secret)
    }
}

/// The address of the issuer, and not its name, which the operator may change.
fn issuer(proof: &Proof) -> &str {
    proof.claims.get("iss").and_then(Value::as_str).unwrap_or_default()
}

async fn check_unused(tx: &mut Tx, proof: &Proof) -> Result<()> {
    if trustpub_tokens::is_used(tx, issuer(proof), &proof.jti).await? { Err(exchanged_already()) } else { Ok(()) }
}

/// Takes the JWT, before anything is done with it. Another exchange of it that is under way is waited for.
async fn use_up(tx: &mut Tx, proof: &Proof) -> Result<()> {
    let until = Timestamp::from(proof.expires_at).after(LEEWAY);
    if trustpub_tokens::use_jti(tx, issuer(proof), &proof.jti, until).await? {
        return Ok(());
    }
    Err(exchanged_already())
}

fn exchanged_already() -> Error {
    Error::Refused("this JWT was exchanged already; request a new one for every exchange".to_owned())
}

async fn mint(tx: &mut Tx, call: &Call, pipeline: &Pipeline) -> Result<TrustpubSecret> {
    let mut crate_ids: Vec<i64> = pipeline.publishers.iter().filter_map(|publisher| publisher.crate_id).collect();
    crate_ids.sort_unstable();
    crate_ids.dedup();
    let mut pending_ids = Vec::new();
    for publisher in pipeline.publishers.iter().filter(|publisher| publisher.crate_id.is_none()) {
        if owns_all(tx, publisher.created_by, &crate_ids).await? {
            pending_ids.push(publisher.id);
        }
    }
    let secret = TrustpubSecret::random();
    let token = NewToken {
        hash: &secret.hash(),
        crate_ids: &crate_ids,
        pending_ids: &pending_ids,
        data: &serde_json::to_string(&pipeline.data).map_err(Error::internal)?,
        expires_at: call.now.after(LIFETIME),
    };
    trustpub_tokens::insert(tx, &token, call.now).await?;
    Ok(secret)
}

/// Whether somebody owns all these crates. Anybody can wait for the first version of a crate from anybody's pipeline; where the
/// crates that trust it are others', it is not theirs to wait for.
async fn owns_all(tx: &mut Tx, user_id: i64, crate_ids: &[i64]) -> Result<bool> {
    for crate_id in crate_ids {
        if !owners::is_owner(tx, *crate_id, user_id).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn record(tx: &mut Tx, call: &Call, proof: &Proof, pipeline: &Pipeline) -> Result<()> {
    let name = pipeline.data.pipeline();
    let mut crates: Vec<&str> = pipeline.publishers.iter().map(|publisher| &*publisher.crate_name).collect();
    crates.dedup();
    let provider = TrustedProvider::from(proof.kind).as_str();
    let details = json!({ "provider": provider, "data": pipeline.data, "crates": crates });
    audit::record(tx, &Deed::by(call, &name, "trustpub_token.create", &name).with(details)).await
}

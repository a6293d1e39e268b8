//! Whether the claims of a rightly signed JWT hold here and now: RFC 7519, section 4.1, with every claim required that the
//! contract requires.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

/// How far the clocks of an issuer and ours may be apart.
const LEEWAY: Duration = Duration::from_mins(1);

/// The last second of the year 9999. What claims to be later is no date, and might not fit into a database.
const END_OF_TIME: Duration = Duration::from_secs(253_402_300_799);

/// The longest `jti`, in bytes. It becomes the key of a row.
const MAX_JTI_BYTES: usize = 512;

/// What is left to remember of a JWT that is in order.
pub(super) struct Validity {
    pub(super) jti: String,
    pub(super) expires_at: SystemTime,
}

/// Judges all but `iss`, which has chosen the key.
///
/// # Errors
///
/// Names the claim that is missing or wrong.
pub(super) fn judge(claims: &Map<String, Value>, audience: &str, now: SystemTime) -> Result<Validity, &'static str> {
    // A list, even of one, is refused: whoever else is on it could use the JWT here.
    if claims.get("aud").and_then(Value::as_str) != Some(audience) {
        return Err("aud");
    }
    let expires_at = time(claims.get("exp")).ok_or("exp")?;
    if now >= expires_at + LEEWAY {
        return Err("exp");
    }
    let issued_at = time(claims.get("iat")).ok_or("iat")?;
    if issued_at > now + LEEWAY {
        return Err("iat");
    }
    if let Some(not_before) = claims.get("nbf") {
        let not_before = time(Some(not_before)).ok_or("nbf")?;
        if not_before > now + LEEWAY {
            return Err("nbf");
        }
    }
    let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| is_good_jti(jti)).ok_or("jti")?;
    Ok(Validity { jti: jti.to_owned(), expires_at })
}

fn is_good_jti(jti: &str) -> bool {
    !jti.is_empty() && jti.len() <= MAX_JTI_BYTES && !jti.chars().any(char::is_control)
}

/// A `NumericDate`: seconds since 1970, perhaps with a fraction.
fn time(claim: Option<&Value>) -> Option<SystemTime> {
    let since_1970 = Duration::try_from_secs_f64(claim?.as_f64()?).ok()?;
    (since_1970 <= END_OF_TIME).then(|| SystemTime::UNIX_EPOCH + since_1970)
}

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use openidconnect::core::CoreProviderMetadata;
use serde_json::json;

use super::refuse_downgrade;

fn metadata(issuer: &str, endpoint: &str, keys: &str) -> CoreProviderMetadata {
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{endpoint}/authorize"),
        "token_endpoint": format!("{endpoint}/token"),
        "userinfo_endpoint": format!("{endpoint}/userinfo"),
        "jwks_uri": format!("{keys}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    serde_json::from_value(document).unwrap()
}

#[test]
fn a_provider_reached_through_tls_must_not_lead_out_of_it() {
    let (safe, open) = ("https://login.example", "http://login.example");
    for (issuer, endpoint, keys, is_fine) in [
        (safe, safe, safe, true),
        (safe, "https://elsewhere.example", safe, true),
        (safe, open, safe, false),
        (safe, safe, open, false),
        (open, open, open, true),
    ] {
        let judged = refuse_downgrade("login", &metadata(issuer, endpoint, keys));
        assert_eq!(judged.is_ok(), is_fine, "{issuer} {endpoint} {keys}");
    }
}

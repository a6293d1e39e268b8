//! Signatures of reports: ECDSA on the curve P-256 with SHA-256.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Whether `signature`, base64 of DER, is one of `body` by the public key in `pem` (SPKI).
pub(super) fn is_valid(pem: &str, signature: &str, body: &[u8]) -> bool {
    let (Some(key), Ok(signature)) = (read_pem(pem), STANDARD.decode(signature.trim())) else { return false };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(body, &signature).is_ok()
}

/// The bytes between the two lines of a PEM text.
fn read_pem(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
    let (text, _) = rest.split_once("-----END PUBLIC KEY-----")?;
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(text).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
mod tests {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;

    fn key() -> (EcdsaKeyPair, String) {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD
                .encode(der.as_ref())
                .as_bytes()
                .chunks(64)
                .map(|line| str::from_utf8(line).unwrap())
                .collect::<Vec<_>>()
                .join("\n")
        );
        (key, pem)
    }

    fn sign(key: &EcdsaKeyPair, body: &[u8]) -> String {
        STANDARD.encode(key.sign(&SystemRandom::new(), body).unwrap())
    }

    #[test]
    fn a_signature_is_valid_for_its_key_and_its_bytes_alone() {
        let (key, pem) = key();
        let (other, other_pem) = self::key();
        let signature = sign(&key, b"[]");
        assert!(is_valid(&pem, &signature, b"[]"));
        assert!(is_valid(&pem, &format!(" {signature}\n"), b"[]"));
        assert!(!is_valid(&pem, &signature, b"[] "));
        assert!(!is_valid(&other_pem, &signature, b"[]"));
        assert!(!is_valid(&pem, &sign(&other, b"[]"), b"[]"));
    }

    #[test]
    fn what_is_no_key_or_no_signature_is_not_valid() {
        let (key, pem) = key();
        let signature = sign(&key, b"[]");
        for pem in ["", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----"] {
            assert!(!is_valid(pem, &signature, b"[]"), "{pem}");
        }
        for signature in ["", "%", "AAAA", &signature[4..]] {
            assert!(!is_valid(&pem, signature, b"[]"), "{signature}");
        }
    }
}

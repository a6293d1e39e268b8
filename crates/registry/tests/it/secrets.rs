//! Keys and request ids.

use cargohold_registry::{Pepper, PepperError, RequestId};

#[test]
fn a_key_is_written_and_read_as_64_hex_digits() {
    let text = Pepper::random().to_hex();
    assert!(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
    let read: Pepper = format!(" {text}\n").parse().unwrap();
    assert_eq!(read.to_hex(), text);
    assert_eq!(text.to_uppercase().parse::<Pepper>().unwrap().to_hex(), text);
    assert_ne!(Pepper::random().to_hex(), text);
    assert_eq!(format!("{read:?}"), "Pepper(***)");
}

#[test]
fn other_texts_are_no_keys() {
    let texts = [String::new(), "0".repeat(63), "0".repeat(65), "g".repeat(64), "ä".repeat(32), "+f".repeat(32)];
    for text in texts {
        assert_eq!(text.parse::<Pepper>().unwrap_err(), PepperError, "{text}");
    }
}

#[test]
fn a_request_id_is_32_hex_digits() {
    assert_eq!(RequestId::from_bytes([0; 16]).as_str(), "0".repeat(32));
    assert_eq!(RequestId::from_bytes([0xA0; 16]).to_string(), "a0".repeat(16));
    assert_ne!(RequestId::unique(), RequestId::unique());
    assert_eq!(RequestId::unique().as_str().len(), 32);
}

//! Checksums: 64 lower-case hex digits and nothing else.

use cargohold_protocol::Cksum;
use proptest::prelude::*;

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[test]
fn a_checksum_is_printed_as_it_was_read() {
    let cksum: Cksum = ABC.parse().unwrap();
    assert_eq!(cksum.to_string(), ABC);
    assert_eq!(serde_json::to_string(&cksum).unwrap(), format!("\"{ABC}\""));
}

#[test]
fn only_64_lower_case_hex_digits_are_a_checksum() {
    let refused = [
        String::new(),
        ABC.to_uppercase(),
        ABC[..63].to_owned(),
        format!("{ABC}0"),
        format!("{}g", &ABC[..63]),
        format!(" {}", &ABC[..63]),
        format!("0x{}", &ABC[..62]),
        format!("+{}", &ABC[..63]),
        // 64 bytes, but not 64 characters.
        format!("{}é", &ABC[..62]),
        "é".repeat(32),
    ];
    for text in refused {
        assert!(text.parse::<Cksum>().is_err(), "{text:?}");
        assert!(serde_json::from_value::<Cksum>(text.as_str().into()).is_err(), "{text:?} through serde");
    }
}

proptest! {
    #![proptest_config(crate::seeded(256))]

    #[test]
    fn printing_and_parsing_a_checksum_is_identity(bytes: [u8; 32]) {
        let cksum = Cksum::from_bytes(bytes);
        prop_assert_eq!(cksum.to_string().parse::<Cksum>().unwrap(), cksum);
        let number = |half: &[u8]| u128::from_be_bytes(half.try_into().unwrap());
        let expected = format!("{:032x}{:032x}", number(&bytes[..16]), number(&bytes[16..]));
        prop_assert_eq!(cksum.to_string(), expected);
    }

    #[test]
    fn no_text_makes_the_checksum_parser_panic(text: String) {
        if let Ok(cksum) = text.parse::<Cksum>() {
            prop_assert_eq!(cksum.to_string(), text);
        }
    }
}

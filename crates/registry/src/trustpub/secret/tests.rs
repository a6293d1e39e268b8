use super::*;

/// The example of the contract.
const EXAMPLE: &str = "cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOd";

#[test]
fn the_example_of_the_contract_is_a_token() {
    let secret = TrustpubSecret::from_presented(EXAMPLE).expect("it is one");
    assert_eq!(secret.reveal(), EXAMPLE);
    let hash: [u8; 32] = Sha256::digest(b"gGK6jurSwKyl9V3Az19z7YEFQI9aoOO").into();
    assert_eq!(secret.hash(), hash, "of the 31 characters alone");
    assert!(!format!("{secret:?}").contains("gGK6"));
}

#[test]
fn a_new_token_is_read_again_and_never_the_same() {
    let (one, other) = (TrustpubSecret::random(), TrustpubSecret::random());
    assert_eq!(TrustpubSecret::from_presented(&one.reveal()), Some(one.clone()));
    assert_eq!(one.reveal().len(), 39);
    assert_ne!(one, other);
}

#[test]
fn whatever_else_has_the_prefix_is_none() {
    for text in [
        "cio_tp_",
        "cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOO",
        "cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOe",
        "cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOdd",
        "cio_tp_hGK6jurSwKyl9V3Az19z7YEFQI9aoOOd",
        "cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoO-d",
        "cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoOéd",
        "CIO_TP_gGK6jurSwKyl9V3Az19z7YEFQI9aoOOd",
        "cio_tpgGK6jurSwKyl9V3Az19z7YEFQI9aoOOdx",
        "",
    ] {
        assert_eq!(TrustpubSecret::from_presented(text), None, "{text}");
    }
}

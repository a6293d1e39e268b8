//! Names nobody can publish.

use cargohold_protocol::CrateName;
use cargohold_registry::is_reserved;

#[test]
fn names_of_the_toolchain_and_of_devices_are_reserved_in_every_spelling() {
    for text in [
        "std",
        "STD",
        "core",
        "alloc",
        "proc_macro",
        "proc-macro",
        "Rustc-Driver",
        "test",
        "nul",
        "AUX",
        "com1",
        "LPT9",
    ] {
        assert!(is_reserved(&text.parse::<CrateName>().unwrap()), "{text}");
    }
}

#[test]
fn names_that_only_resemble_them_are_free() {
    for text in ["stdx", "my-std", "procmacro", "com10", "rust", "serde", "std-", "lpt"] {
        assert!(!is_reserved(&text.parse::<CrateName>().unwrap()), "{text}");
    }
}

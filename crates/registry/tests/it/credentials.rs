//! The `Authorization` header (contract part 2, §2.3) and the words of scopes.

use cargohold_registry::{CratePattern, Credentials, Scope};

/// What a header holds, in a form that can be compared.
#[derive(Debug, PartialEq, Eq)]
enum Held<'a> {
    Nothing,
    Token(&'a str),
    Scheme(&'a str),
    NoText,
}

fn held(credentials: &Credentials) -> Held<'_> {
    match credentials {
        Credentials::None => Held::Nothing,
        Credentials::Token(token) => Held::Token(token),
        Credentials::Malformed(Some(scheme)) => Held::Scheme(scheme),
        Credentials::Malformed(None) => Held::NoText,
    }
}

#[test]
fn a_header_holds_a_token_bare_or_after_bearer() {
    let table: [(&[u8], Held<'_>); 22] = [
        (b"cioabc", Held::Token("cioabc")),
        (b"Bearer cioabc", Held::Token("cioabc")),
        (b"bearer cioabc", Held::Token("cioabc")),
        (b"BEARER cioabc", Held::Token("cioabc")),
        (b"  cioabc\t", Held::Token("cioabc")),
        (b" Bearer  cioabc ", Held::Token("cioabc")),
        (b"Bearer \tcioabc", Held::Token("cioabc")),
        // These are tokens of an unknown format: 401 for that, not for the header.
        (b"", Held::Token("")),
        (b"   ", Held::Token("")),
        (b"Bearer", Held::Token("Bearer")),
        (b"Bearer ", Held::Token("Bearer")),
        (b"Bearer\tcioabc", Held::Token("Bearer\tcioabc")),
        (b"Basic", Held::Token("Basic")),
        // This is an unknown token: 403.
        (b"Bearer cioabc more", Held::Token("cioabc more")),
        // Anything else with a space has a scheme that is not supported.
        (b"Basic YWxpY2U6cGFzcw==", Held::Scheme("Basic")),
        (b"Token cioabc", Held::Scheme("Token")),
        (b"cioabc Bearer", Held::Scheme("cioabc")),
        (b"Bearers cioabc", Held::Scheme("Bearers")),
        (b"Bearer: cioabc", Held::Scheme("Bearer:")),
        ("cioäbc".as_bytes(), Held::NoText),
        ("Bearer cio\u{1F980}".as_bytes(), Held::NoText),
        (b"Bearer cio\xff", Held::NoText),
    ];
    for (value, expected) in table {
        let credentials = Credentials::from_header(Some(value));
        assert_eq!(held(&credentials), expected, "{:?}", String::from_utf8_lossy(value));
    }
    assert_eq!(held(&Credentials::from_header(None)), Held::Nothing);
}

#[test]
fn credentials_are_never_shown() {
    for (value, shown) in [(&b"Bearer ciosecret"[..], "Token(***)"), (b"Basic secret", "Malformed(***)")] {
        assert_eq!(format!("{:?}", Credentials::from_header(Some(value))), shown);
    }
    assert_eq!(format!("{:?}", Credentials::None), "None");
}

#[test]
fn scopes_are_read_as_they_are_written() {
    for scope in Scope::ALL {
        assert_eq!(scope.as_str().parse(), Ok(scope));
    }
    for text in ["", "Yank", "publish", "yank "] {
        let error = text.parse::<Scope>().unwrap_err();
        assert!(error.starts_with(&format!("there is no scope `{text}`; use `publish-new`")), "{error}");
    }
}

#[test]
fn a_crate_pattern_is_a_name_a_beginning_or_everything() {
    let name = |text: &str| text.parse().unwrap();
    assert_eq!("*".parse(), Ok(CratePattern::All));
    assert_eq!("tide-*".parse(), Ok(CratePattern::Prefix(name("tide-"))));
    assert_eq!("tide".parse(), Ok(CratePattern::Name(name("tide"))));
    for text in ["", "**", "t*de", "*tide", "9tide", "ti de", "tide\0"] {
        let refusal = text.parse::<CratePattern>().unwrap_err();
        assert!(refusal.contains("use a crate name, `prefix*` or `*`"), "{refusal}");
    }
}

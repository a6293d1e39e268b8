use super::Destination;

#[test]
fn nobody_is_led_to_another_site() {
    for path in ["/", "/dashboard", "/crates/tide?tab=versions#top", "/crates/docs/1.0.0", "/search?q=%2F%2Fevil"] {
        assert_eq!(Destination::of(path).path(), path);
    }
    for path in [
        "",
        "dashboard",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        " /dashboard",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a b",
        "/é",
        "/crates/tide/docs",
        "/crates/tide/repo?x",
        "/crates/tide/%64ocs/",
        "/crates/tide/x/../docs",
    ] {
        assert_eq!(Destination::of(path).path(), "/dashboard", "{path:?}");
    }
}

#[test]
fn a_step_on_the_way_remembers_where_it_leads() {
    assert_eq!(Destination::of("/a?b=c&d").by("/sign-in/code"), "/sign-in/code?to=%2Fa%3Fb%3Dc%26d");
    assert_eq!(Destination::of("/dashboard").by("/sign-in/code"), "/sign-in/code");
}

//! Scenarios 46 to 60: a private registry.

use super::{LOGGED, Requests, scenarios};
use crate::support::{Cargo, Shape, TestServer, krate};

scenarios!(
    a_token_is_sent_when_it_is_asked_for: [46, 47, 50, 51, 54, 58, 59],
    without_a_usable_configuration: [48, 49, 52, 53],
    a_redirect_elsewhere_does_not_get_the_token: [55],
    search_needs_the_token: [57],
);

async fn private(shape: Shape, more: &[(&str, &str)]) -> TestServer {
    let settings = [&LOGGED[..], &[("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")], more].concat();
    let server = TestServer::start_with(shape, &settings);
    assert_eq!(server.publish(&server.admin, &krate("baz")).await.status(), 200);
    assert_eq!(server.publish(&server.admin, &krate("bar").dependency("baz", "1")).await.status(), 200);
    server
}

const COLD: [&str; 4] =
    ["/index/config.json 401", "/index/config.json 200", "/index/3/b/bar 200", "/index/3/b/baz 200"];

async fn a_token_is_sent_when_it_is_asked_for(shape: Shape) {
    let server = private(shape, &[]).await;
    let cargo = Cargo::new(&server, &server.admin);
    let app = cargo.app("app", &[("bar", "1")]);
    let cold = Requests::from_now(&server);
    cargo.run(&app, &["fetch"]).ok();
    assert_eq!(cold.below("/index"), COLD, "scenario 46");
    assert_eq!(cold.below("/crates").len(), 2);

    let warm = Requests::from_now(&server);
    cargo.run(&app, &["update"]).ok();
    assert!(warm.below("/index").iter().all(|line| !line.ends_with("401")), "scenario 47: {:?}", warm.seen());

    let package = cargo.library("logged", "1.0.0", "");
    let publish = ["publish", "--registry", "alt", "--no-verify", "--allow-dirty"];
    cargo.run(&package, &publish).ok();
    assert!(!server.log().contains(&server.admin.token), "scenario 58");

    let wrong = Cargo::without_token(&server).with("CARGO_REGISTRIES_ALT_TOKEN", "cioWrong");
    let app = wrong.app("app", &[("bar", "1")]);
    wrong.run(&app, &["fetch"]).fails_with("token rejected").says("the token is not accepted");

    let bearer = format!("Bearer {}", server.admin.token);
    let bearer = Cargo::without_token(&server).with("CARGO_REGISTRIES_ALT_TOKEN", &bearer);
    let app = bearer.app("app", &[("bar", "1")]);
    bearer.run(&app, &["fetch"]).ok();

    let only_environment = Cargo::new(&server, &server.admin);
    std::fs::write(only_environment.home().join("config.toml"), "").unwrap();
    let index = format!("sparse+{}/index/", server.url);
    let only_environment = only_environment.with("CARGO_REGISTRIES_ALT_INDEX", &index);
    let app = only_environment.app("app", &[("bar", "1")]);
    only_environment.run(&app, &["fetch"]).ok();

    let fresh = Cargo::without_token(&server);
    let login = Requests::from_now(&server);
    fresh.run_with_input(&app, &["login", "--registry", "alt"], &server.admin.token).ok().says("saved");
    assert_eq!(login.seen(), ["GET /index/config.json 401"], "scenario 59");
    let app = fresh.app("app", &[("bar", "1")]);
    fresh.run(&app, &["fetch"]).ok();
}

async fn without_a_usable_configuration(shape: Shape) {
    let server = private(shape, &[]).await;
    let no_provider = Cargo::new(&server, &server.admin).unset("CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS");
    let app = no_provider.app("app", &[("bar", "1")]);
    let requests = Requests::from_now(&server);
    no_provider.run(&app, &["fetch"]).fails_with("credential-provider");
    assert_eq!(requests.seen(), ["GET /index/config.json 401"], "scenario 48");

    let no_token = Cargo::without_token(&server);
    let app = no_token.app("app", &[("bar", "1")]);
    no_token.run(&app, &["fetch"]).fails_with("no token found for `alt`");

    let index = format!("sparse+{}/index/", server.url);
    let unknown = Cargo::without_token(&server);
    std::fs::write(unknown.home().join("config.toml"), "").unwrap();
    unknown.run(&unknown.home(), &["install", "--index", &index, "bar"]).fails_with("no token found");

    let twice = Cargo::new(&server, &server.admin);
    twice.configure(&format!("[registries.again]\nindex = \"{index}\""));
    let app = twice.app("app", &[("bar", "1")]);
    twice.run(&app, &["fetch"]).fails_with("multiple registries");
}

/// The bucket refuses requests that carry both a signed address and a token, so a download proves that none was sent.
async fn a_redirect_elsewhere_does_not_get_the_token(shape: Shape) {
    let server = private(shape, &[("CARGOHOLD_DOWNLOADS__MODE", "presign")]).await;
    let cargo = Cargo::new(&server, &server.admin);
    let app = cargo.app("app", &[("bar", "1")]);
    let requests = Requests::from_now(&server);
    cargo.run(&app, &["fetch"]).ok();
    let status = if shape == Shape::Fleet { "302" } else { "200" };
    assert!(requests.below("/crates").iter().all(|line| line.ends_with(status)), "{:?}", requests.seen());
}

async fn search_needs_the_token(shape: Shape) {
    let server = private(shape, &[]).await;
    server.search("bar").await;
    let cargo = Cargo::new(&server, &server.admin);
    let app = cargo.app("app", &[]);
    cargo.run(&app, &["search", "bar", "--registry", "alt"]).ok().says("bar = \"1.0.0\"");
    let cargo = cargo.with("CARGO_REGISTRIES_ALT_TOKEN", "cioWrong");
    cargo.run(&app, &["search", "bar", "--registry", "alt"]).fails_with("the token is not accepted");
}

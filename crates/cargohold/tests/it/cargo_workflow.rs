//! The day of a Rust developer, from login to logout, with the installed cargo.

use std::path::PathBuf;

use crate::support::{Cargo, Shape, TestServer, on_both_shapes};

on_both_shapes!(from_login_to_logout, the_same_behind_a_token);

async fn from_login_to_logout(shape: Shape) {
    work(TestServer::start(shape)).await;
}

async fn the_same_behind_a_token(shape: Shape) {
    work(TestServer::start_with(shape, &[("CARGOHOLD_REGISTRY__AUTH_REQUIRED", "true")])).await;
}

/// Three libraries, each on top of the one before, the last with a program.
fn workspace(cargo: &Cargo) -> PathBuf {
    let depends_on = |name: &str| {
        format!("[dependencies]\n{name} = {{ path = \"../{name}\", version = \"0.1\", registry = \"alt\" }}")
    };
    let passes_on = |name: &str| format!("pub fn answer() -> u32 {{ {name}::answer() }}\n");
    cargo.library_in("work", "one", "0.1.0", "");
    let two = cargo.library_in("work", "two", "0.1.0", &depends_on("one"));
    let three = cargo.library_in("work", "three", "0.1.0", &depends_on("two"));
    std::fs::write(two.join("src/lib.rs"), passes_on("one")).unwrap();
    std::fs::write(three.join("src/lib.rs"), passes_on("two")).unwrap();
    std::fs::write(three.join("src/main.rs"), "fn main() { println!(\"{}\", three::answer()); }\n").unwrap();
    cargo.package("work", "[workspace]\nmembers = [\"one\", \"two\", \"three\"]\nresolver = \"2\"\n", &[])
}

async fn work(server: TestServer) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let cargo = Cargo::without_token(&server);
    let work = workspace(&cargo);

    cargo.run_with_input(&work, &["login", "--registry", "alt"], &alice.token).ok().says("saved");
    cargo.run(&work, &["publish", "--workspace", "--registry", "alt", "--allow-dirty"]).ok().says("Published");
    server.search("three").await;
    cargo.run(&work, &["search", "three", "--registry", "alt"]).ok().says("three = \"0.1.0\"");
    cargo.run(&work, &["info", "three", "--registry", "alt"]).ok().says("version: 0.1.0");

    let app = cargo.app("app", &[]);
    cargo.run(&app, &["add", "three", "--registry", "alt"]).ok().says("Adding three v0.1.0");
    cargo.run(&app, &["build"]).ok().says("Compiling three v0.1.0");

    let newer = cargo.library("one", "0.1.1", "");
    cargo.run(&newer, &["publish", "--registry", "alt", "--allow-dirty"]).ok();
    cargo.run(&app, &["update"]).ok().says("Updating one v0.1.0 (registry `alt`) -> v0.1.1");
    cargo.run(&app, &["yank", "one@0.1.1", "--registry", "alt"]).ok();
    cargo.forget_downloads();
    cargo.run(&app, &["build", "--locked"]).ok().says("Downloaded one v0.1.1");
    std::fs::remove_file(app.join("Cargo.lock")).unwrap();
    cargo.run(&app, &["tree"]).ok().says("one v0.1.0");
    cargo.run(&app, &["yank", "one@0.1.1", "--undo", "--registry", "alt"]).ok();
    cargo.run(&app, &["update"]).ok().says("-> v0.1.1");

    cargo
        .run(&app, &["owner", "--add", "bob", "one", "--registry", "alt"])
        .ok()
        .says("bob has been invited to own one");
    assert_eq!(server.answer_invitation(&bob, "one", true).await.status(), 200);
    let listed = cargo.run(&app, &["owner", "--list", "one", "--registry", "alt"]).ok();
    assert_eq!(listed.stdout.lines().collect::<Vec<_>>(), ["alice", "bob"]);
    cargo.run(&app, &["owner", "--remove", "alice", "one", "--registry", "alt"]).ok();
    cargo.run(&app, &["owner", "--add", "alice", "one", "--registry", "alt"]).fails_with("not an owner of `one`");
    let as_bob = Cargo::new(&server, &bob);
    as_bob.run(&app, &["yank", "one@0.1.0", "--registry", "alt"]).ok();

    cargo.run(&app, &["install", "three", "--registry", "alt"]).ok().says("Installed package `three v0.1.0");
    let installed = std::process::Command::new(cargo.home().join("bin/three")).output().unwrap();
    assert_eq!(installed.stdout, b"42\n");

    cargo.run(&app, &["logout", "--registry", "alt"]).ok();
    cargo.run(&work, &["publish", "-p", "one", "--registry", "alt", "--allow-dirty"]).fails_with("no token found");
    let wrong = Cargo::without_token(&server).with("CARGO_REGISTRIES_ALT_TOKEN", "cioWrong");
    wrong.run(&app, &["yank", "one@0.1.0", "--registry", "alt"]).fails_with(if server.is_private().await {
        "token rejected"
    } else {
        "the token is not accepted"
    });
}

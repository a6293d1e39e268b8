//! What needs no server: formatting, lints, docs, arrows.

use std::process::Command;

use crate::{Outcome, arrows, run};

pub(crate) fn run_checks() -> Outcome {
    run(Command::new("cargo").args(["fmt", "--all", "--check"]))?;
    arrows::check()?;
    let strict = ["--", "-D", "warnings"];
    run(Command::new("cargo").args(["clippy", "--locked", "--workspace", "--all-targets"]).args(strict))?;
    let docs = ["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"];
    run(Command::new("cargo").args(docs).env("RUSTDOCFLAGS", "-D warnings"))
}

//! What the operator reads on the first start.

use cargohold_registry::FirstRun;

/// Everything with which cargo can publish and build right away. Shown once.
pub(crate) fn greeting(first: &FirstRun, index_url: &str) -> String {
    let FirstRun { login, password, token } = first;
    let token = token.reveal();
    format!(
        r#"
This registry is new. Its administrator, shown this once:

  login     {login}
  password  {password}   (good once: at /sign-in you choose your own)
  token     {token}

Put this into .cargo/config.toml of your project, or of your home folder:

  [registries.cargohold]
  index = "{index_url}"

  [registry]
  global-credential-providers = ["cargo:token"]

Then, in a package whose Cargo.toml has a `description` and a `license`:

  echo {token} | cargo login --registry cargohold
  cargo publish --registry cargohold
  cargo add YOUR_CRATE --registry cargohold    # in another package; then `cargo build`
"#
    )
}

//! A real cargo with a home of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{TestServer, User};

/// The installed cargo, set up for one registry called `alt`.
pub(crate) struct Cargo {
    program: String,
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a run of cargo came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Insists on success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self
    }

    /// Insists on exit code 101 and on these words.
    #[track_caller]
    pub(crate) fn fails_with(self, words: &str) -> Self {
        assert_eq!(self.code, 101, "{}{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(words), "not {words:?}:\n{}", self.stderr);
        self
    }

    /// Insists on these words in what cargo says.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words) || self.stdout.contains(words), "{}{}", self.stdout, self.stderr);
        self
    }
}

impl Cargo {
    /// A cargo that knows the registry and has the user's token.
    pub(crate) fn new(server: &TestServer, user: &User) -> Self {
        let cargo = Self::without_token(server);
        cargo.with("CARGO_REGISTRIES_ALT_TOKEN", &user.token)
    }

    /// A cargo that knows the registry but has no token.
    pub(crate) fn without_token(server: &TestServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        let config = format!(
            "[registries.alt]\nindex = \"sparse+{}/index/\"\n[net]\nretry = 3\n[build]\ntarget-dir = \"{}\"\n",
            server.url,
            folder.path().join("target").display()
        );
        std::fs::write(folder.path().join("home/config.toml"), config).unwrap();
        let cargo = Self { program: "cargo".to_owned(), folder, environment: Vec::new() };
        cargo.with("CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS", "cargo:token")
    }

    /// Uses another cargo than the installed one.
    pub(crate) fn by_program(mut self, program: String) -> Self {
        self.program = program;
        self
    }

    /// Sets a variable for all further runs.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.environment.retain(|(other, _)| other != key);
        self.environment.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Removes a variable for all further runs.
    pub(crate) fn unset(mut self, key: &str) -> Self {
        self.environment.retain(|(other, _)| other != key);
        self
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Adds text to cargo's configuration.
    pub(crate) fn configure(&self, text: &str) {
        let path = self.home().join("config.toml");
        let old = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{old}\n{text}\n")).unwrap();
    }

    /// Forgets everything cargo has downloaded.
    pub(crate) fn forget_downloads(&self) {
        std::fs::remove_dir_all(self.home().join("registry")).unwrap();
    }

    /// Forgets the index and all crate files, but not what it has unpacked, which takes longer than to ask again.
    pub(crate) fn forget_answers(&self) {
        for folder in ["index", "cache"] {
            std::fs::remove_dir_all(self.home().join("registry").join(folder)).unwrap();
        }
    }

    /// Writes a package (a manifest and any files) and answers its folder.
    pub(crate) fn package(&self, name: impl AsRef<Path>, manifest: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.folder.path().join("packages").join(name);
        let files = [&[("Cargo.toml", manifest)], files].concat();
        for (path, text) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    /// Writes a library that can be published and answers its folder.
    pub(crate) fn library(&self, name: &str, version: &str, rest: &str) -> PathBuf {
        self.library_in(".", name, version, rest)
    }

    /// Writes a library below a folder.
    pub(crate) fn library_in(&self, parent: &str, name: &str, version: &str, rest: &str) -> PathBuf {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\ndescription = \"A test\"\n\
             license = \"MIT\"\n{rest}\n"
        );
        let folder = Path::new(parent).join(name);
        self.package(folder, &manifest, &[("src/lib.rs", "pub fn answer() -> u32 { 42 }\n")])
    }

    /// Writes an application that depends on crates of the registry and answers its folder.
    pub(crate) fn app(&self, name: &str, dependencies: &[(&str, &str)]) -> PathBuf {
        let lines: String = dependencies
            .iter()
            .map(|(name, req)| format!("{name} = {{ version = \"{req}\", registry = \"alt\" }}\n"))
            .collect();
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n{lines}");
        self.package(name, &manifest, &[("src/lib.rs", "")])
    }

    /// Runs cargo in a folder. It sees none of the environment but what a program needs.
    pub(crate) fn run(&self, folder: &Path, arguments: &[&str]) -> Ran {
        self.run_with_input(folder, arguments, "")
    }

    pub(crate) fn run_with_input(&self, folder: &Path, arguments: &[&str], input: &str) -> Ran {
        let input_file = self.folder.path().join("input");
        std::fs::write(&input_file, input).unwrap();
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(folder).stdin(std::fs::File::open(input_file).unwrap());
        #[expect(clippy::disallowed_methods, reason = "what a compiler needs to run at all")]
        let kept = std::env::vars()
            .filter(|(key, _)| matches!(key.as_str(), "PATH" | "HOME" | "RUSTUP_HOME" | "RUSTUP_TOOLCHAIN"));
        command.env_clear().envs(kept).env("CARGO_HOME", self.home()).env("CARGO_TERM_COLOR", "never");
        let output = command.envs(self.environment.iter().cloned()).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

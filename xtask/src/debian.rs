//! Programs of Debian's that the tests start themselves: the installed ones, or their packages unpacked under `target/`. They
//! are unpacked rather than installed, because the installation of a server would start one that listens on every address, and
//! that of cargo would take the place of the toolchain's.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::services::tool_folder;
use crate::{Outcome, run};

/// A program, and the package it is in.
struct Program {
    /// What tells the tests where it is.
    variable: &'static str,
    package: &'static str,
    /// Where the package puts it, without the first slash.
    path: &'static str,
    /// Whether one that is installed there will do.
    may_be_installed: bool,
}

const PROGRAMS: [Program; 3] = [
    // The LDAP server. Its schema and modules lie where the package has them, seen from the same root.
    Program { variable: "TEST_SLAPD", package: "slapd", path: "usr/sbin/slapd", may_be_installed: true },
    Program { variable: "TEST_NGINX", package: "nginx", path: "usr/sbin/nginx", may_be_installed: true },
    // A recent cargo that is linked against the distribution's old libcurl. What lies at its path may be any other cargo.
    Program { variable: "TEST_DEBIAN_CARGO", package: "cargo-web", path: "usr/bin/cargo", may_be_installed: false },
];

/// All of them, each under the name that tests know it by.
pub(crate) fn find() -> Outcome<Vec<(&'static str, PathBuf)>> {
    PROGRAMS.iter().map(|program| Ok((program.variable, program.find()?))).collect()
}

impl Program {
    fn find(&self) -> Outcome<PathBuf> {
        let installed = Path::new("/").join(self.path);
        if self.may_be_installed && installed.exists() {
            return Ok(installed);
        }
        let folder = tool_folder(self.package)?;
        let program = folder.join(self.path);
        if !program.exists() {
            self.unpack(&folder).or_else(|_| update().and_then(|()| self.unpack(&folder))).map_err(|problem| {
                format!("the tests need the Debian package `{}`; install it and try again ({problem})", self.package)
            })?;
        }
        Ok(program)
    }

    /// Unpacks the package and the libraries it needs. The folder is there only when it is complete.
    fn unpack(&self, folder: &Path) -> Outcome {
        let failed = |error: std::io::Error| format!("cannot unpack into {}: {error}", folder.display());
        let unfinished = folder.with_extension("unfinished");
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished).map_err(failed)?;
        }
        let downloads = unfinished.join("downloads");
        std::fs::create_dir_all(&downloads).map_err(failed)?;
        let packages = list_packages(self.package)?;
        run(Command::new("apt-get").args(["download", "--quiet=2"]).args(packages).current_dir(&downloads))?;
        for package in std::fs::read_dir(&downloads).map_err(failed)? {
            run(Command::new("dpkg").arg("-x").arg(package.map_err(failed)?.path()).arg(&unfinished))?;
        }
        std::fs::remove_dir_all(&downloads).map_err(failed)?;
        let program = unfinished.join(self.path);
        std::fs::rename(&program, unfinished.join(format!("{}-unwrapped", self.path))).map_err(failed)?;
        std::fs::write(&program, self.launcher()).map_err(failed)?;
        std::fs::set_permissions(program, PermissionsExt::from_mode(0o755)).map_err(failed)?;
        std::fs::rename(&unfinished, folder).map_err(failed)
    }

    /// Starts the unpacked program with the libraries that were unpacked beside it. The process stays the same, so that
    /// whoever starts it can stop it.
    fn launcher(&self) -> String {
        let path = self.path;
        format!(
            r#"#!/bin/sh
root="${{0%/{path}}}"
for folder in "$root"/lib/*-linux-* "$root"/usr/lib/*-linux-*; do
  LD_LIBRARY_PATH="$folder${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
done
export LD_LIBRARY_PATH
exec "$root/{path}-unwrapped" "$@"
"#
        )
    }
}

fn update() -> Outcome {
    run(Command::new("apt-get").args(["update", "--quiet=2"]))
}

/// The package itself and those of its libraries that the system does not have.
fn list_packages(package: &str) -> Outcome<Vec<String>> {
    let direct = list_libraries(&[package], &[])?;
    let direct: Vec<&str> = direct.iter().map(String::as_str).collect();
    let mut packages = list_libraries(&direct, &["--recurse"])?;
    let installed = output(Command::new("dpkg-query").args(["-W", "-f=${db:Status-Abbrev} ${Package}\n"]))?;
    let is_installed = |package: &str| {
        let mut installed = installed.lines().filter_map(|line| line.strip_prefix("ii"));
        installed.any(|installed| installed.trim() == package)
    };
    packages.retain(|package| !is_installed(package));
    packages.push(package.to_owned());
    Ok(packages)
}

/// The libraries that packages depend on.
fn list_libraries(packages: &[&str], options: &[&str]) -> Outcome<Vec<String>> {
    let only_depends = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"];
    let only_depends = only_depends.map(|kind| format!("--no-{kind}"));
    let mut command = Command::new("apt-cache");
    let found = output(command.arg("depends").args(options).args(only_depends).args(packages))?;
    let names = found.lines().filter_map(|line| line.split_whitespace().last());
    let mut libraries: Vec<String> = names.filter(|name| name.starts_with("lib")).map(str::to_owned).collect();
    libraries.sort();
    libraries.dedup();
    Ok(libraries)
}

fn output(command: &mut Command) -> Outcome<String> {
    let shown = format!("{command:?}").replace('"', "");
    let output = command.output().map_err(|error| format!("cannot run {shown}: {error}"))?;
    if !output.status.success() {
        return Err(format!("failed: {shown}\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("cannot read what {shown} says: {error}"))
}

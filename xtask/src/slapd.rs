//! The LDAP server of the tests: the installed one, or Debian's package unpacked under `target/`. It is unpacked rather
//! than installed, because its installation would start a server that listens on every address.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::services::tool_folder;
use crate::{Outcome, run};

const INSTALLED: &str = "/usr/sbin/slapd";

/// Starts the unpacked program with the libraries that were unpacked beside it. The process stays the same, so that
/// whoever starts it can stop it.
const LAUNCHER: &str = r#"#!/bin/sh
root="${0%/usr/sbin/slapd}"
for folder in "$root"/lib/*-linux-* "$root"/usr/lib/*-linux-*; do
  LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$root/usr/sbin/slapd-unwrapped" "$@"
"#;

/// The program `slapd`. Its schema and modules lie where the package has them, seen from the same root.
pub(crate) fn find() -> Outcome<PathBuf> {
    if Path::new(INSTALLED).exists() {
        return Ok(INSTALLED.into());
    }
    let folder = tool_folder("slapd")?;
    let program = folder.join("usr/sbin/slapd");
    if !program.exists() {
        unpack(&folder).or_else(|_| update().and_then(|()| unpack(&folder))).map_err(|problem| {
            format!("the tests need the Debian package `slapd`; install it and try again ({problem})")
        })?;
    }
    Ok(program)
}

fn update() -> Outcome {
    run(Command::new("apt-get").args(["update", "--quiet=2"]))
}

/// Unpacks the package and the libraries it needs. The folder is there only when it is complete.
fn unpack(folder: &Path) -> Outcome {
    let failed = |error: std::io::Error| format!("cannot unpack into {}: {error}", folder.display());
    let unfinished = folder.with_extension("unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished).map_err(failed)?;
    }
    let downloads = unfinished.join("downloads");
    std::fs::create_dir_all(&downloads).map_err(failed)?;
    let packages = list_packages()?;
    run(Command::new("apt-get").args(["download", "--quiet=2"]).args(packages).current_dir(&downloads))?;
    for package in std::fs::read_dir(&downloads).map_err(failed)? {
        run(Command::new("dpkg").arg("-x").arg(package.map_err(failed)?.path()).arg(&unfinished))?;
    }
    std::fs::remove_dir_all(&downloads).map_err(failed)?;
    let programs = unfinished.join("usr/sbin");
    std::fs::rename(programs.join("slapd"), programs.join("slapd-unwrapped")).map_err(failed)?;
    std::fs::write(programs.join("slapd"), LAUNCHER).map_err(failed)?;
    std::fs::set_permissions(programs.join("slapd"), PermissionsExt::from_mode(0o755)).map_err(failed)?;
    std::fs::rename(&unfinished, folder).map_err(failed)
}

/// The package itself and those of its libraries that the system does not have.
fn list_packages() -> Outcome<Vec<String>> {
    let direct = list_libraries(&["slapd"], &[])?;
    let direct: Vec<&str> = direct.iter().map(String::as_str).collect();
    let mut packages = list_libraries(&direct, &["--recurse"])?;
    let installed = output(Command::new("dpkg-query").args(["-W", "-f=${db:Status-Abbrev} ${Package}\n"]))?;
    let is_installed = |package: &str| {
        let mut installed = installed.lines().filter_map(|line| line.strip_prefix("ii"));
        installed.any(|installed| installed.trim() == package)
    };
    packages.retain(|package| !is_installed(package));
    packages.push("slapd".to_owned());
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

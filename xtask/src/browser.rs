//! The browser that the tests of the web site drive: Debian's Chromium and its driver, and axe, which judges how accessible a
//! page is. What the browser has seen is kept under `target/screenshots`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::services::{apt_install, target_folder, tool_folder};
use crate::{Outcome, run};

/// What judges the pages, pinned.
const AXE: &str = "axe-core@4.14.1";
/// Where the packages put the programs.
const CHROMIUM: &str = "/usr/bin/chromium";
const CHROMEDRIVER: &str = "/usr/bin/chromedriver";

/// The programs, installed if need be, and the folder for screenshots, each under the name that tests know it by.
pub(crate) fn find() -> Outcome<[(&'static str, PathBuf); 4]> {
    if !(Path::new(CHROMIUM).exists() && Path::new(CHROMEDRIVER).exists()) {
        apt_install(&["chromium", "chromium-driver", "fonts-dejavu-core"])?;
    }
    let screenshots = target_folder("screenshots")?;
    std::fs::create_dir_all(&screenshots).map_err(|error| format!("cannot make {}: {error}", screenshots.display()))?;
    Ok([
        ("TEST_CHROMIUM", CHROMIUM.into()),
        ("TEST_CHROMEDRIVER", CHROMEDRIVER.into()),
        ("TEST_AXE", find_axe()?),
        ("TEST_SCREENSHOTS", screenshots),
    ])
}

/// The script of axe, installed into a folder of its own under `target/` if need be.
fn find_axe() -> Outcome<PathBuf> {
    let folder = tool_folder("axe")?;
    let script = folder.join("node_modules/axe-core/axe.min.js");
    // Another version of the package would judge otherwise.
    let installed = folder.join("installed");
    let is_there = std::fs::read_to_string(&installed).is_ok_and(|found| found == AXE) && script.exists();
    if !is_there {
        let failed = |error: std::io::Error| format!("cannot write to {}: {error}", folder.display());
        std::fs::create_dir_all(&folder).map_err(failed)?;
        if !has_npm() {
            apt_install(&["npm"])?;
        }
        let options = ["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
        run(Command::new("npm").args(options).arg("--prefix").arg(&folder).arg(AXE))?;
        std::fs::write(installed, AXE).map_err(failed)?;
    }
    Ok(script)
}

fn has_npm() -> bool {
    Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success())
}

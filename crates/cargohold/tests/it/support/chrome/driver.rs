//! The process that starts Chromium and tells it what to do.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::support::service;

/// Runs a program in the background and ends its whole process group when its own input ends, which it does however the
/// test ends. It closes its output, so that whoever reads it to the end knows that all of them are gone.
const LAUNCHER: &str = r#""$@" & exec >&-; read -r _; kill -KILL 0"#;

/// A running `ChromeDriver`. It ends with this value, and every Chromium it has started ends with it.
pub(super) struct ChromeDriver {
    pub(super) url: String,
    launcher: Child,
    stdout: BufReader<ChildStdout>,
    /// Holds the profiles, the log and whatever else the programs leave behind.
    folder: TempDir,
}

impl ChromeDriver {
    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut launcher = Command::new("sh")
            .args(["-c", LAUNCHER, "sh", &service("TEST_CHROMEDRIVER"), "--port=0"])
            .envs(["HOME", "TMPDIR"].map(|name| (name, folder.path())))
            .envs([("LANG", "C.UTF-8"), ("TZ", "UTC")])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(launcher.stdout.take().unwrap());
        let mut driver = Self { url: String::new(), launcher, stdout, folder };
        let port = driver.read_port();
        driver.url = format!("http://127.0.0.1:{port}");
        driver
    }

    /// The port it has chosen, from the sentence it greets with.
    fn read_port(&mut self) -> u16 {
        let mut line = String::new();
        loop {
            line.clear();
            let is_running = self.stdout.read_line(&mut line).unwrap() > 0;
            assert!(is_running, "ChromeDriver ended before it listened:\n{}", self.log());
            if let Some((_, port)) = line.split_once("successfully on port ") {
                return port.trim_end().trim_end_matches('.').parse().unwrap();
            }
        }
    }

    /// What driver and browser have logged.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for ChromeDriver {
    fn drop(&mut self) {
        drop(self.launcher.stdin.take());
        _ = self.stdout.read_to_end(&mut Vec::new());
        _ = self.launcher.wait();
    }
}

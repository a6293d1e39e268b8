//! A certificate for 127.0.0.1 that nobody trusts.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::process::run;
use crate::Failure;

pub(super) struct Certificate {
    pub(super) chain: PathBuf,
    pub(super) key: PathBuf,
    _folder: TempDir,
}

impl Certificate {
    pub(super) fn make() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let (chain, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "2"]);
        command.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]);
        run(command.arg("-out").arg(&chain).arg("-keyout").arg(&key), "openssl")?;
        Ok(Self { chain, key, _folder: folder })
    }
}

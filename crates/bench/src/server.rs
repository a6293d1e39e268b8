//! A server of our own: fresh, in a temporary folder, on a free port of 127.0.0.1, and gone when it is no longer needed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::Failure;
use crate::package;

pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    token: String,
    child: Child,
    /// The server may go on writing to it.
    _stdout: BufReader<ChildStdout>,
    /// With its data and its log.
    _folder: TempDir,
}

/// What every server here is told: no rates, and a log of what goes wrong only.
const SETTINGS: [(&str, &str); 2] = [("CARGOHOLD_LIMITS__RATES_ENABLED", "false"), ("CARGOHOLD_LOG__FILTER", "warn")];

impl Server {
    /// Starts `program` with further settings, given as environment variables. It may open `files` files, or as many as we may.
    pub(crate) fn start(program: &Path, settings: &[(&str, String)], files: Option<u32>) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::Refused(format!("cannot start {}: {error}", program.display()));
        let program = program.canonicalize().map_err(failed)?;
        let folder = tempfile::tempdir()?;
        let limit = files.map_or_else(|| "$(ulimit -n)".to_owned(), |files| files.to_string());
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {limit}; exec \"$0\" \"$@\"")]).arg(program);
        command.args(["serve", "--listen", "127.0.0.1:0"]).env_clear().envs(SETTINGS).current_dir(folder.path());
        command.envs(settings.iter().map(|(key, value)| (*key, value.as_str())));
        let log = folder.path().join("log");
        let mut child = command.stdout(Stdio::piped()).stderr(std::fs::File::create(&log)?).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| Failure::Refused("the server has no output".to_owned()))?;
        let mut stdout = BufReader::new(stdout);
        let greeting = read_greeting(&mut stdout, &log)?;
        let word = |before: &str| {
            let word = greeting.split_once(before).and_then(|(_, rest)| rest.split_whitespace().next());
            word.map(str::to_owned)
                .ok_or_else(|| Failure::Refused(format!("the server did not say `{before}`: {greeting}")))
        };
        let (url, token) = (word("listening on ")?, word("token ")?);
        let http =
            reqwest::Client::builder().user_agent("cargohold-bench").no_proxy().tls_danger_accept_invalid_certs(true);
        Ok(Self { url, http: http.build()?, token, child, _stdout: stdout, _folder: folder })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A request to publish a library of about `bytes` bytes, as version 1.0.0.
    pub(crate) fn publish(&self, name: &str, bytes: usize) -> Result<reqwest::RequestBuilder, Failure> {
        let request = self.http.put(format!("{}/api/v1/crates/new", self.url)).header("authorization", &self.token);
        Ok(request.body(package::publish_body(name, bytes)?))
    }

    /// The body at a path, which must be there.
    pub(crate) async fn get(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await?.error_for_status()?;
        Ok(answer.bytes().await?.into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// What the first start says, up to its address.
fn read_greeting(stdout: &mut impl BufRead, log: &Path) -> Result<String, Failure> {
    let mut greeting = String::new();
    while !greeting.contains("listening on") {
        if stdout.read_line(&mut greeting)? == 0 {
            let log = std::fs::read_to_string(log)?;
            return Err(Failure::Refused(format!("the server ended before it listened: {greeting}{log}")));
        }
    }
    Ok(greeting)
}

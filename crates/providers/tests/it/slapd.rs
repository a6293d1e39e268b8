//! A real LDAP server for a test: `slapd` on free ports of 127.0.0.1, with its data in a temporary folder.
//!
//! The file stands alone, so that other test programs can include it.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use ldap3::{LdapConnAsync, Mod};
use tempfile::TempDir;

/// The root of the only tree.
pub(crate) const BASE: &str = "dc=example,dc=org";
/// An account that may read everything but passwords. Nobody else may read anything.
pub(crate) const READER: &str = "cn=reader,dc=example,dc=org";
/// The password of that account.
pub(crate) const READER_PASSWORD: &str = "reader's secret";
/// How many entries the reader gets from a search.
pub(crate) const READER_LIMIT: usize = 20;

const POLICY: &str = "cn=policy,dc=example,dc=org";
const ADMIN: &str = "cn=admin,dc=example,dc=org";
const ADMIN_PASSWORD: &str = "admin's secret";
/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// An anonymous bind, as RFC 4511 encodes it.
const ANONYMOUS_BIND: &[u8] = b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00";

/// A running server, which ends with this value.
pub(crate) struct Slapd {
    folder: TempDir,
    server: Child,
    port: u16,
    tls_port: u16,
}

impl Slapd {
    /// Starts a server that knows its base and the reader. `tls` is a certificate and its key, both as PEM; without them
    /// the server cannot encrypt.
    pub(crate) async fn start(tls: Option<(&str, &str)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let program = program();
        fs::write(folder.path().join("slapd.conf"), configuration(&program, folder.path(), tls)).unwrap();
        let [port, tls_port] = free_ports();
        let mut addresses = format!("ldap://127.0.0.1:{port}/");
        if tls.is_some() {
            write!(addresses, " ldaps://127.0.0.1:{tls_port}/").unwrap();
        }
        let server = Command::new(program)
            .arg("-f")
            .arg(folder.path().join("slapd.conf"))
            .args(["-h", &addresses, "-d", "none"])
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn();
        let mut server = Self { folder, server: server.unwrap(), port, tls_port };
        server.wait();
        server.fill().await;
        server
    }

    /// The address at which nothing is encrypted before the client asks for it.
    pub(crate) fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// The address at which everything is encrypted, if there is a certificate.
    pub(crate) fn tls_url(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.tls_port)
    }

    /// Adds an entry: its name and the values of its attributes, an attribute with several values in several rows.
    pub(crate) async fn add(&self, dn: &str, values: &[(&str, &str)]) {
        let mut attributes: Vec<(&[u8], HashSet<&[u8]>)> = Vec::new();
        for (attribute, value) in values {
            match attributes.iter_mut().find(|(known, _)| *known == attribute.as_bytes()) {
                Some((_, values)) => _ = values.insert(value.as_bytes()),
                None => attributes.push((attribute.as_bytes(), HashSet::from([value.as_bytes()]))),
            }
        }
        self.as_admin(async |ldap| ldap.add(dn, attributes).await.unwrap().success().unwrap()).await;
    }

    /// Replaces all values of an attribute by one.
    pub(crate) async fn replace(&self, dn: &str, attribute: &str, value: &[u8]) {
        let change = vec![Mod::Replace(attribute.as_bytes(), HashSet::from([value]))];
        self.as_admin(async |ldap| ldap.modify(dn, change).await.unwrap().success().unwrap()).await;
    }

    /// Ends the server before the value ends.
    pub(crate) fn stop(&mut self) {
        // A server that has ended already is what we want.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }

    async fn as_admin<T>(&self, act: impl AsyncFnOnce(&mut ldap3::Ldap) -> T) {
        let (connection, mut ldap) = LdapConnAsync::new(&self.url()).await.unwrap();
        let act = async {
            ldap.simple_bind(ADMIN, ADMIN_PASSWORD).await.unwrap().success().unwrap();
            act(&mut ldap).await;
            ldap.unbind().await.unwrap();
            drop(ldap);
        };
        let (driven, ()) = ldap3::tokio::join!(connection.drive(), act);
        driven.unwrap();
    }

    async fn fill(&self) {
        let base = [("objectClass", "domain"), ("dc", "example")];
        self.add(BASE, &base).await;
        let reader = [("objectClass", "organizationalRole"), ("objectClass", "simpleSecurityObject"), ("cn", "reader")];
        self.add(READER, &[&reader[..], &[("userPassword", READER_PASSWORD)]].concat()).await;
        // Accounts with a `pwdAccountLockedTime` are locked.
        let policy = [("objectClass", "device"), ("objectClass", "pwdPolicy"), ("cn", "policy")];
        let rules = [("pwdAttribute", "userPassword"), ("pwdLockout", "TRUE")];
        self.add(POLICY, &[&policy[..], &rules].concat()).await;
    }

    fn wait(&mut self) {
        let started = Instant::now();
        while !answers(self.port) {
            let ended = self.server.try_wait().unwrap();
            assert!(ended.is_none() && started.elapsed() < PATIENCE, "slapd does not answer:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.stop();
    }
}

fn program() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "`cargo xtask` says through the environment where the server is")]
    let program = std::env::var_os("TEST_SLAPD");
    program.expect("TEST_SLAPD is not set; run the tests under `cargo xtask with-services`").into()
}

/// The words of slapd.conf(5). Schema and modules lie where Debian's package has them, seen from the program's root.
fn configuration(program: &Path, folder: &Path, tls: Option<(&str, &str)>) -> String {
    let root = program.ancestors().nth(3).unwrap();
    // Like many directories, this one lets everybody in who gives no password (RFC 4513, section 5.1.2).
    let mut lines = "allow bind_anon_dn\n".to_owned();
    for schema in ["core", "cosine", "inetorgperson", "nis"] {
        writeln!(lines, "include {}", root.join(format!("etc/ldap/schema/{schema}.schema")).display()).unwrap();
    }
    writeln!(lines, "modulepath {}", root.join("usr/lib/ldap").display()).unwrap();
    for module in ["back_mdb", "memberof", "ppolicy"] {
        writeln!(lines, "moduleload {module}").unwrap();
    }
    if let Some((certificate, key)) = tls {
        for (setting, name, pem) in
            [("TLSCertificateFile", "certificate.pem", certificate), ("TLSCertificateKeyFile", "key.pem", key)]
        {
            fs::write(folder.join(name), pem).unwrap();
            writeln!(lines, "{setting} {}", folder.join(name).display()).unwrap();
        }
    }
    let data = folder.join("data");
    write!(
        lines,
        r#"
database mdb
suffix "{BASE}"
directory {}
maxsize 16777216
dbnosync
rootdn "{ADMIN}"
rootpw "{ADMIN_PASSWORD}"
overlay memberof
overlay ppolicy
ppolicy_default "{POLICY}"
limits dn.exact="{READER}" size={READER_LIMIT}
access to attrs=userPassword by anonymous auth
access to * by dn.exact="{READER}" read by anonymous auth
"#,
        data.display()
    )
    .unwrap();
    lines
}

/// Whether the server answers to a bind as nobody.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(ANONYMOUS_BIND)?;
        let mut first = [0];
        stream.read_exact(&mut first)?;
        Ok(first[0])
    };
    ask().is_ok_and(|first| first == ANONYMOUS_BIND[0])
}

/// Ports that nobody uses at this moment.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

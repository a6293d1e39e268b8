//! The yardstick: an nginx with two workers that sends the same bytes from files.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::certificate::Certificate;
use super::process::signal;
use crate::Failure;

pub(super) struct Nginx {
    pub(super) url: String,
    child: Child,
    _folder: TempDir,
}

impl Nginx {
    /// Starts one with these files, each at its path.
    pub(super) async fn start(
        files: &[(String, Vec<u8>)],
        certificate: Option<&Certificate>,
        http2: bool,
    ) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        // Its workers run as somebody else if it runs as root.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755))?;
        for (path, contents) in files {
            let file = folder.path().join("html").join(path.trim_start_matches('/'));
            std::fs::create_dir_all(file.parent().unwrap_or(folder.path()))?;
            std::fs::write(file, contents)?;
        }
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let configuration = configuration(&address, folder.path(), certificate, http2);
        std::fs::write(folder.path().join("nginx.conf"), configuration)?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder.path()).args(["-c", "nginx.conf", "-e", "error.log"]).stdin(Stdio::null());
        let missing = |error| Failure::Refused(format!("cannot run `nginx`: {error}; install the package `nginx`"));
        let child = command.spawn().map_err(missing)?;
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let mut nginx = Self { url: format!("{scheme}://{address}"), child, _folder: folder };
        while std::net::TcpStream::connect(&address).is_err() {
            if let Some(status) = nginx.child.try_wait()? {
                return Err(Failure::Refused(format!("nginx ended with {status}")));
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Ok(nginx)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It ends its workers itself, unless it is killed.
        _ = signal(self.child.id(), "TERM");
        _ = self.child.wait();
    }
}

fn configuration(address: &str, folder: &Path, certificate: Option<&Certificate>, http2: bool) -> String {
    let tls = certificate.map_or_else(String::new, |certificate| {
        format!("ssl_certificate {}; ssl_certificate_key {};", certificate.chain.display(), certificate.key.display())
    });
    let (ssl, http2) = (if certificate.is_some() { " ssl" } else { "" }, if http2 { " http2" } else { "" });
    let root = folder.join("html");
    format!(
        "daemon off; worker_processes 2; pid nginx.pid; error_log error.log;
         events {{ worker_connections 1024; }}
         http {{
             access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; default_type application/octet-stream;
             open_file_cache max=1000; open_file_cache_valid 1h; keepalive_requests 1000000000; keepalive_timeout 1h;
             client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
             uwsgi_temp_path uwsgi; scgi_temp_path scgi;
             server {{ listen {address}{ssl}{http2}; {tls} root {}; }}
         }}\n",
        root.display()
    )
}

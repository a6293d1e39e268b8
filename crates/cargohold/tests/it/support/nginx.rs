//! A real nginx in front of a server.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{TestServer, eventually, service};

/// A running nginx that passes everything on. It is killed when the test ends.
pub(crate) struct Nginx {
    /// Where it listens.
    pub(crate) address: String,
    child: Child,
    _folder: TempDir,
}

impl Nginx {
    /// Starts one in front of a server, to which it keeps connections open.
    pub(crate) async fn before(server: &TestServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let behind = server.url.strip_prefix("http://").unwrap();
        std::fs::write(folder.path().join("nginx.conf"), configuration(&address, behind)).unwrap();
        let mut command = Command::new(service("TEST_NGINX"));
        command.arg("-p").arg(folder.path()).args(["-c", "nginx.conf", "-e", "error.log"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let nginx = Self { address, child, _folder: folder };
        eventually("nginx listens", async || TcpStream::connect(&nginx.address).is_ok()).await;
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// One process, so that to kill it is to end it, and nothing outside its folder.
fn configuration(address: &str, behind: &str) -> String {
    format!(
        "daemon off; master_process off; pid nginx.pid; error_log error.log;
         events {{ worker_connections 1024; }}
         http {{
             access_log off; default_type application/octet-stream;
             client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
             uwsgi_temp_path uwsgi; scgi_temp_path scgi; client_max_body_size 0; keepalive_requests 100000;
             upstream registry {{ server {behind}; keepalive 16; }}
             server {{
                 listen {address};
                 location / {{
                     proxy_pass http://registry; proxy_http_version 1.1;
                     proxy_set_header Connection \"\"; proxy_set_header Host $http_host;
                 }}
             }}
         }}\n"
    )
}

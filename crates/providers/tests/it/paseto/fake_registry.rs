//! A registry that believes everything and notes which tokens it was sent, and a real cargo that talks to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::SystemTime;

use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A registry with `auth-required`, and the home of a cargo that knows it as `alt`.
pub(super) struct FakeRegistry {
    url: String,
    folder: TempDir,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    calls: Vec<(String, String)>,
    /// What the index says about `tide` since it was published.
    entry: String,
    cksum: Option<String>,
}

impl FakeRegistry {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let notes = Arc::<Mutex<Notes>>::default();
        let registry = Self { url: url.clone(), folder: tempfile::tempdir().unwrap(), notes: Arc::clone(&notes) };
        registry.write("home/config.toml", &format!(
            "[registries.alt]\nindex = \"{}\"\ncredential-provider = [\"cargo:paseto\"]\n[unstable]\nasymmetric-token = true\n",
            registry.index()
        ));
        registry.write("tide/Cargo.toml", "[package]\nname = \"tide\"\nversion = \"1.0.0\"\nedition = \"2021\"\ndescription = \"d\"\nlicense = \"MIT\"\n");
        registry.write("tide/src/lib.rs", "");
        thread::spawn(move || {
            // Ends with the process, like all who wait for a call.
            for stream in listener.incoming() {
                notes.lock().unwrap().answer(&stream.unwrap(), &url);
            }
        });
        registry
    }

    /// The registry's URL as cargo has it.
    pub(super) fn index(&self) -> String {
        format!("sparse+{}/index/", self.url)
    }

    /// When this registry was made, by the same clock that cargo goes by.
    pub(super) fn started_at(&self) -> SystemTime {
        std::fs::metadata(self.folder.path().join("home/config.toml")).unwrap().modified().unwrap()
    }

    /// All calls that came with a token.
    pub(super) fn calls(&self) -> Vec<(String, String)> {
        self.notes.lock().unwrap().calls.clone()
    }

    /// The SHA-256 of the tarball that was published.
    pub(super) fn cksum(&self) -> Option<String> {
        self.notes.lock().unwrap().cksum.clone()
    }

    /// Runs cargo in the folder of `tide`, which must succeed, and answers all it says.
    pub(super) fn cargo(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(self.folder.path().join("tide")).stdin(Stdio::null());
        command
            .env("CARGO_HOME", self.folder.path().join("home"))
            .env("CARGO_TARGET_DIR", self.folder.path().join("target"));
        // Lets a stable cargo do what is not stable yet.
        command.env("RUSTC_BOOTSTRAP", "1");
        let output = command.output().unwrap();
        let said =
            format!("{}{}", String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Notes {
    fn answer(&mut self, mut stream: &TcpStream, url: &str) {
        let mut reader = BufReader::new(stream);
        let head: Vec<String> =
            reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
        let header = |name: &str| {
            let mut fields = head.iter().filter_map(|line| line.split_once(": "));
            fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        let length = header("content-length").map_or(0, |length| length.parse().unwrap());
        if header("expect").is_some() {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let call = head[0].trim_end_matches(" HTTP/1.1").to_owned();
        let (status, answer) = match header("authorization") {
            Some(token) => self.accept(&call, token, &body, url),
            None => ("401 Unauthorized", String::new()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nwww-authenticate: Cargo login_url=\"{url}/me\"\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            answer.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(answer.as_bytes())).unwrap();
    }

    fn accept(&mut self, call: &str, token: String, body: &[u8], url: &str) -> (&'static str, String) {
        self.calls.push((call.to_owned(), token));
        if call == "PUT /api/v1/crates/new" {
            self.publish(body);
        }
        let answer = match call {
            "GET /index/config.json" => {
                json!({ "dl": format!("{url}/dl"), "api": url, "auth-required": true }).to_string()
            }
            "GET /index/ti/de/tide" if self.entry.is_empty() => return ("404 Not Found", String::new()),
            "GET /index/ti/de/tide" => self.entry.clone(),
            _ => json!({ "ok": true, "msg": "done", "warnings": null }).to_string(),
        };
        ("200 OK", answer)
    }

    /// Keeps what the index needs, so that cargo finds what it has published.
    fn publish(&mut self, body: &[u8]) {
        let length = |bytes: &[u8]| u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
        let tarball = &body[4 + length(body) + 4..];
        let cksum: String = Sha256::digest(tarball).iter().map(|byte| format!("{byte:02x}")).collect();
        let entry = json!({
            "name": "tide", "vers": "1.0.0", "deps": [], "cksum": &cksum, "features": {}, "yanked": false,
        });
        self.entry = format!("{entry}\n");
        self.cksum = Some(cksum);
    }
}

//! A real `OpenID` Connect provider, run for one test, and a browser at its sign-in form. Needs only std, reqwest and tokio,
//! for the tests of the whole server include this file, too.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// Where the program is.
const VARIABLE: &str = "TEST_OIDC_PROVIDER";

pub(crate) struct ProviderServer {
    pub(crate) issuer: String,
    child: Child,
    browser: Client,
}

impl ProviderServer {
    /// Starts the provider on a free port and waits until it can be discovered.
    pub(crate) async fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the test runner says where the program is")]
        let program = std::env::var(VARIABLE);
        let program =
            program.unwrap_or_else(|_| panic!("{VARIABLE} is not set; run under `cargo xtask with-services`"));
        let browser = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        loop {
            let port = find_free_port();
            let mut child = run(&program, port);
            let issuer = format!("http://127.0.0.1:{port}");
            if is_discovered(&browser, &issuer, &mut child).await {
                return Self { issuer, child, browser };
            }
        }
    }

    /// Makes somebody known, with claims as a JSON object.
    pub(crate) async fn put_user(&self, subject: &str, claims: impl Into<String>) {
        let request = self.browser.put(format!("{}/users/{subject}", self.issuer));
        let answer = request.header("content-type", "application/json").body(claims.into()).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// Opens the form at an authorize address, signs in as `subject` and says where the browser is led.
    pub(crate) async fn sign_in(&self, authorize_url: &str, subject: &str) -> Url {
        self.submit(authorize_url, ("sub", subject)).await
    }

    /// Opens the form at an authorize address, says no and says where the browser is led.
    pub(crate) async fn deny(&self, authorize_url: &str) -> Url {
        self.submit(authorize_url, ("action", "deny")).await
    }

    async fn submit(&self, authorize_url: &str, field: (&str, &str)) -> Url {
        let form = self.browser.get(authorize_url).send().await.unwrap();
        assert_eq!(form.status(), 200);
        assert!(form.text().await.unwrap().contains("name=\"sub\""), "there is no sign-in form");
        let mut encoded = Url::parse(&self.issuer).unwrap();
        encoded.query_pairs_mut().append_pair(field.0, field.1);
        let request = self.browser.post(authorize_url).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(encoded.query().unwrap().to_owned()).send().await.unwrap();
        let location = answer.headers().get("location").expect("the form leads back").to_str().unwrap();
        Url::parse(location).unwrap()
    }
}

impl Drop for ProviderServer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// One value of the query of an address.
pub(crate) fn query_value(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn find_free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn run(program: &str, port: u16) -> Child {
    let mut command = Command::new(program);
    command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| panic!("cannot run {program}, which {VARIABLE} names: {error}"))
}

/// Asks until it answers. It ends by itself when somebody else was quicker to take the port.
async fn is_discovered(browser: &Client, issuer: &str, child: &mut Child) -> bool {
    for _ in 0..1200 {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let asked = browser.get(format!("{issuer}/.well-known/openid-configuration")).send().await;
        if asked.is_ok_and(|answer| answer.status() == 200) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the provider did not answer within a minute");
}

//! The connection to a mail server: a new one for each mail.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Security, SmtpServer};
use crate::Error;
use crate::body::one_line;

/// How long connecting to one address of the server may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a mail may take from the first packet to the server's last word. Requests wait for some of them.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How many characters of the server's answer are worth keeping.
const MAX_ANSWER: usize = 300;

#[derive(Clone)]
pub(crate) struct Client(AsyncSmtpTransport<Tokio1Executor>);

impl Client {
    /// Prepares the connection; `name` is how this machine introduces itself.
    pub(crate) fn new(server: &SmtpServer, name: ClientId) -> Result<Self, Error> {
        let parameters = || TlsParameters::new(server.host.clone()).map_err(|error| Error::Tls(error.into()));
        let tls = match server.security {
            Security::Tls => Tls::Wrapper(parameters()?),
            Security::StartTls => Tls::Required(parameters()?),
            Security::Nothing => Tls::None,
        };
        // The builder is called dangerous because it begins without TLS, which is chosen here for every case.
        let mut client = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(tls)
            .hello_name(name)
            .timeout(Some(CONNECT_TIMEOUT));
        if let Some(user) = &server.user {
            let password = server.password.clone().ok_or(Error::NoPassword)?;
            client = client.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self(client.build()))
    }

    pub(crate) async fn send(&self, mail: Message) -> Result<(), Error> {
        match tokio::time::timeout(TIMEOUT, self.0.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(explain(error)),
            Err(_) => Err(Error::TooSlow(TIMEOUT.as_secs())),
        }
    }
}

fn explain(error: lettre::transport::smtp::Error) -> Error {
    match error.status() {
        Some(code) => {
            let text = error.source().map(ToString::to_string).unwrap_or_default();
            Error::Refused { answer: without_addresses(&format!("{code} {text}")), is_permanent: error.is_permanent() }
        }
        None if error.is_client() => Error::Incapable(error.into()),
        None => Error::Connection(error.into()),
    }
}

/// Servers like to repeat the recipient, who has no place in logs.
fn without_addresses(answer: &str) -> String {
    let words = answer.split_whitespace().map(|word| if word.contains('@') { "…" } else { word });
    one_line(&words.collect::<Vec<_>>().join(" "), MAX_ANSWER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_loses_its_addresses_and_lines() {
        let answer = without_addresses("550 <ferris@registry.example>: unknown\r\n(see mailto:post@mail.example)");
        assert_eq!(answer, "550 … unknown (see …");
    }
}

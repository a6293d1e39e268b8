//! Mails at a real server, without TLS.

use std::time::Duration;

use cargohold_mail::{Error, Letter, Mailer, SmtpServer, Transport};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::arrived::{self, FROM, TO, noon, to_server};
use crate::server::{Server, free_port};

fn letter() -> Letter {
    Letter::ConfirmAddress { token: "S3cret".to_owned(), login: "größe".to_owned() }
}

#[tokio::test]
async fn a_mail_arrives_whole() {
    let server = Server::start(&[]);
    to_server(&server.in_the_clear()).send(TO, &letter(), "id-1", noon()).await.unwrap();
    let mail = server.mail();
    assert_eq!(mail.header("X-MailFrom"), FROM);
    assert_eq!(mail.header("X-RcptTo"), TO);
    assert_eq!(mail.header("Message-ID"), "<id-1@registry.example>");
    assert_eq!(mail.subject, "Confirm your mail address for Example Crates");
    assert!(mail.text.contains("`größe`") && mail.html.contains("`größe`"));
    assert_eq!(mail.links(), ["https://registry.example/confirm/S3cret"]);
    assert_eq!(mail.text, arrived::write(&letter()).await.text);
}

#[tokio::test]
async fn one_mailer_sends_many_mails() {
    let server = Server::start(&[]);
    let mailer = to_server(&server.in_the_clear());
    for id in ["id-1", "id-2", "id-3"] {
        mailer.clone().send(TO, &letter(), id, noon()).await.unwrap();
    }
    let mut ids: Vec<_> = server.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["id-1", "id-2", "id-3"].map(|id| format!("<{id}@registry.example>")));
}

#[tokio::test]
async fn a_refused_recipient_is_an_error_without_the_address() {
    let server = Server::start_with("Picky", &[]);
    let mailer = to_server(&server.in_the_clear());
    let error = mailer.send("nobody@mail.example", &letter(), "id-1", noon()).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { answer, is_permanent: true } if answer.starts_with("550 ")), "{error:?}");
    assert!(error.to_string().contains("unknown here"), "{error}");
    assert!(!format!("{error} {error:?}").contains("nobody"), "{error:?}");

    let error = mailer.send("later@mail.example", &letter(), "id-2", noon()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused { answer, is_permanent: false } if answer.starts_with("450 ")),
        "{error:?}"
    );
    assert!(server.mails().is_empty());

    // The server greets only those who introduce themselves as the site, and it is still there.
    mailer.send(TO, &letter(), "id-3", noon()).await.unwrap();
    assert_eq!(server.mail().header("X-RcptTo"), TO);
}

#[tokio::test]
async fn a_mailbox_beyond_ascii_needs_a_server_that_knows_such() {
    let to = "jürgen@bücher.example";
    let server = Server::start(&[]);
    let mailer = to_server(&server.in_the_clear());
    let sent = mailer.send(to, &letter(), "id-1", noon()).await;
    assert!(matches!(sent, Err(Error::Incapable(_))), "{sent:?}");
    mailer.send("ferris@bücher.example", &letter(), "id-2", noon()).await.unwrap();
    assert_eq!(server.mail().header("X-RcptTo"), "ferris@xn--bcher-kva.example");

    let server = Server::start(&["--smtputf8"]);
    to_server(&server.in_the_clear()).send(to, &letter(), "id-3", noon()).await.unwrap();
    assert_eq!(server.mail().header("To"), "jürgen@xn--bcher-kva.example");
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let server = Server::start(&[]);
    for user in ["", "ferris:secret@"] {
        let mailer = to_server(&server.address(&format!("smtp://{user}"), ""));
        let error = mailer.send(TO, &letter(), "id-1", noon()).await.unwrap_err();
        assert!(matches!(&error, Error::Incapable(_)), "{error:?}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_server_that_wants_no_password_is_not_given_one() {
    let server = Server::start(&[]);
    let mailer = to_server(&server.address("smtp://ferris:secret@", "?tls=none"));
    let sent = mailer.send(TO, &letter(), "id-1", noon()).await;
    assert!(matches!(sent, Err(Error::Incapable(_))), "{sent:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let mailer = to_server(&format!("smtp://127.0.0.1:{}?tls=none", free_port()));
    let sent = mailer.send(TO, &letter(), "id-1", noon()).await;
    assert!(matches!(sent, Err(Error::Connection(_))), "{sent:?}");
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mailer = to_server(&format!("smtp://{}?tls=none", listener.local_addr().unwrap()));
    let letter = letter();
    let silent = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 welcome\r\n").await.unwrap();
        let mut hello = String::new();
        BufReader::new(&mut stream).read_line(&mut hello).await.unwrap();
        // From here on only the clock can move: the client waits for an answer that never comes.
        tokio::time::pause();
        (hello, stream, Instant::now())
    };
    let (sent, (hello, _stream, silent_since)) = tokio::join!(mailer.send(TO, &letter, "id-1", noon()), silent);
    assert_eq!(hello, "EHLO registry.example\r\n");
    assert!(matches!(sent, Err(Error::TooSlow(30))), "{sent:?}");
    assert!(silent_since.elapsed() < Duration::from_secs(31));
}

#[test]
fn a_user_without_a_password_is_an_error() {
    let server: SmtpServer = "smtps://ferris@mail.example".parse().unwrap();
    let made = Mailer::new(arrived::site(), FROM, &Transport::Smtp(server.clone()));
    assert!(matches!(made, Err(Error::NoPassword)), "{made:?}");
    let server = server.with_password("secret".to_owned()).unwrap();
    let mailer = Mailer::new(arrived::site(), FROM, &Transport::Smtp(server)).unwrap();
    assert!(mailer.is_on());
    assert!(!format!("{mailer:?}").contains("secret"));
}

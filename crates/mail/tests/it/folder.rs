//! Mails in a folder.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use cargohold_mail::{Error, Letter, Mailer, Transport};

use crate::arrived::{self, FROM, TO, noon, to_folder};

#[tokio::test]
async fn files_sort_as_the_mails_were_sent_and_never_collide() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = to_folder(folder.path());
    let send = async |mailer: &Mailer, id: &str, at| mailer.send(TO, &Letter::Unsubscribed, id, at).await.unwrap();
    for id in ["zz", "mm", "aa", "aa"] {
        send(&mailer.clone(), id, noon()).await;
    }
    send(&mailer, "00", noon() + Duration::from_micros(1)).await;
    let mails = arrived::list(folder.path());
    let ids: Vec<_> = mails.iter().map(|(_, mail)| mail.header("Message-ID")).collect();
    assert_eq!(ids, ["zz", "mm", "aa", "aa", "00"].map(|id| format!("<{id}@registry.example>")));
    assert_eq!(mails[0].0, "01782907200000000-000000-zz.eml");
}

#[tokio::test]
async fn files_are_for_this_user_alone_and_complete() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("some/mails");
    to_folder(&folder).send(TO, &Letter::Unsubscribed, "id-1", noon()).await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(mode(&names[0]), 0o600);
}

#[tokio::test]
async fn a_folder_that_is_gone_is_an_error() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("mails");
    let mailer = to_folder(&folder);
    std::fs::remove_dir(&folder).unwrap();
    let sent = mailer.send(TO, &Letter::Unsubscribed, "id-1", noon()).await;
    assert!(matches!(sent, Err(Error::Folder(_))), "{sent:?}");

    std::fs::write(&folder, "a file").unwrap();
    let made = Mailer::new(arrived::site(), FROM, &Transport::Folder(folder));
    assert!(matches!(made, Err(Error::Folder(_))), "{made:?}");
}

#[tokio::test]
async fn a_mailer_that_is_off_takes_only_what_could_be_sent() {
    let mailer = Mailer::new(arrived::site(), FROM, &Transport::Off).unwrap();
    assert!(!mailer.is_on());
    mailer.send(TO, &Letter::Unsubscribed, "id-1", noon()).await.unwrap();
    let sent = mailer.send("ferris", &Letter::Unsubscribed, "id-1", noon()).await;
    assert!(matches!(sent, Err(Error::Address)), "{sent:?}");

    let folder = tempfile::tempdir().unwrap();
    assert!(to_folder(folder.path()).is_on());
}

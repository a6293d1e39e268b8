//! The audit log.

use cargohold_store::audit::{self, Entry, Filter, Head};
use cargohold_store::{Error, Tx};

use crate::engines::Database;
use crate::fixtures::at;

on_both_engines!(
    a_log_begins_with_nothing_and_ends_with_the_last_entry,
    an_entry_is_read_as_it_was_written,
    entries_are_listed_forwards_and_backwards_and_filtered,
    a_place_is_taken_once,
    parallel_entries_make_one_chain,
);

fn entry(seq: i64) -> Entry {
    Entry {
        seq,
        at: at(seq).micros(),
        action: "version.yank".to_owned(),
        actor: "(command line)".to_owned(),
        actor_id: None,
        token_id: None,
        address: None,
        request_id: None,
        subject: "tide".to_owned(),
        details: "{}".to_owned(),
        hash: vec![u8::try_from(seq).unwrap(); 32],
    }
}

fn by(seq: i64, actor_id: i64, action: &str, subject: &str) -> Entry {
    Entry { actor_id: Some(actor_id), action: action.to_owned(), subject: subject.to_owned(), ..entry(seq) }
}

async fn append(tx: &mut Tx, entry: &Entry) {
    audit::hold_head(tx).await.unwrap();
    audit::append(tx, entry).await.unwrap();
}

async fn a_log_begins_with_nothing_and_ends_with_the_last_entry(db: &Database) {
    let mut tx = db.write().await;
    assert_eq!(audit::find_head(&mut tx).await.unwrap(), None);
    assert_eq!(audit::hold_head(&mut tx).await.unwrap(), Head { seq: 0, hash: vec![0; 32] });
    append(&mut tx, &entry(1)).await;
    append(&mut tx, &entry(2)).await;
    let end = Head { seq: 2, hash: vec![2; 32] };
    assert_eq!(audit::hold_head(&mut tx).await.unwrap(), end);
    tx.commit().await.unwrap();
    assert_eq!(audit::find_head(&mut db.read().await).await.unwrap(), Some(end));
}

async fn an_entry_is_read_as_it_was_written(db: &Database) {
    let mut tx = db.write().await;
    let whole = Entry {
        actor: "alice".to_owned(),
        actor_id: Some(7),
        token_id: Some(8),
        address: Some("2001:db8::1".to_owned()),
        request_id: Some("0123".to_owned()),
        details: r#"{"version":"1.0.0"}"#.to_owned(),
        ..entry(1)
    };
    append(&mut tx, &whole).await;
    append(&mut tx, &entry(2)).await;
    assert_eq!(audit::list_after(&mut tx, 0, &Filter::default(), 9).await.unwrap(), [whole, entry(2)]);
}

async fn entries_are_listed_forwards_and_backwards_and_filtered(db: &Database) {
    let mut tx = db.write().await;
    let yanked_by_pipeline = Entry { actor: "a pipeline".to_owned(), ..by(2, 8, "version.yank", "ebb") };
    let all = [by(1, 7, "version.yank", "tide"), yanked_by_pipeline, by(3, 7, "token.create", "alice")];
    for entry in &all {
        append(&mut tx, entry).await;
    }
    let any = Filter::default();
    let seqs = |entries: Vec<Entry>| entries.into_iter().map(|entry| entry.seq).collect::<Vec<_>>();
    assert_eq!(seqs(audit::list_after(&mut tx, 1, &any, 9).await.unwrap()), [2, 3]);
    assert_eq!(seqs(audit::list_after(&mut tx, 0, &any, 2).await.unwrap()), [1, 2]);
    assert_eq!(seqs(audit::list_before(&mut tx, i64::MAX, &any, 2).await.unwrap()), [3, 2]);
    assert_eq!(seqs(audit::list_before(&mut tx, 2, &any, 9).await.unwrap()), [1]);
    let text = |text: &str| Some(text.to_owned());
    for (filter, expected) in [
        (Filter { actor_id: Some(7), ..Filter::default() }, vec![1, 3]),
        (Filter { subject: text("ebb"), ..Filter::default() }, vec![2]),
        (Filter { action: text("version.yank"), ..Filter::default() }, vec![1, 2]),
        (Filter { actor_id: Some(7), action: text("version.yank"), subject: text("tide"), actor: None }, vec![1]),
        (Filter { actor: text("a pipeline"), ..Filter::default() }, vec![2]),
        (Filter { actor: text("a pipeline"), subject: text("tide"), ..Filter::default() }, vec![]),
        (Filter { actor: text("nobody"), ..Filter::default() }, vec![]),
        (Filter { actor_id: Some(8), subject: text("tide"), ..Filter::default() }, vec![]),
    ] {
        assert_eq!(seqs(audit::list_after(&mut tx, 0, &filter, 9).await.unwrap()), expected, "{filter:?}");
        let backwards: Vec<_> = expected.into_iter().rev().collect();
        assert_eq!(seqs(audit::list_before(&mut tx, 9, &filter, 9).await.unwrap()), backwards, "{filter:?}");
    }
}

async fn a_place_is_taken_once(db: &Database) {
    let mut tx = db.write().await;
    append(&mut tx, &entry(1)).await;
    let again = audit::append(&mut tx, &entry(1)).await;
    assert!(matches!(again, Err(Error::Statement(_))), "{again:?}");
}

async fn parallel_entries_make_one_chain(db: &Database) {
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = db.store.clone();
        writers.spawn(async move {
            let mut tx = store.write().await.unwrap();
            let head = audit::hold_head(&mut tx).await.unwrap();
            audit::append(&mut tx, &entry(head.seq + 1)).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    writers.join_all().await;
    let mut tx = db.read().await;
    let entries = audit::list_after(&mut tx, 0, &Filter::default(), 99).await.unwrap();
    assert_eq!(entries, (1..=16).map(entry).collect::<Vec<_>>());
    assert_eq!(audit::find_head(&mut tx).await.unwrap().unwrap().seq, 16);
}

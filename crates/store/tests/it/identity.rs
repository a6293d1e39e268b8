//! Which registry a database is.

use cargohold_store::identity;

use crate::engines::Database;

on_both_engines!(the_first_identity_stays);

async fn the_first_identity_stays(db: &Database) {
    for new in ["first", "second"] {
        let mut tx = db.write().await;
        assert_eq!(identity::load_or_insert(&mut tx, new).await.unwrap(), "first");
        tx.commit().await.unwrap();
    }
}

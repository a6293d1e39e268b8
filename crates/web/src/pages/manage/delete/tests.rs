use cargohold_registry::Condition;

use super::*;
use crate::pages::samples::{Sample, frame, sample};

fn page(may_delete: bool, fields: &[(&str, &str)]) -> DeleteCrate {
    let text = "A crate of this age has at most <1000> downloads; this one has 5.".to_owned();
    let preview = DeletionPreview { may_delete, conditions: vec![Condition { text, is_met: may_delete }] };
    DeleteCrate { frame: frame(), form: Form::with(fields), krate: "tide".to_owned(), preview }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let mut typed = page(true, &[("message", "</textarea><script>"), ("confirm", "\"><script>")]);
    typed.form = typed.form.refused("confirm", "this is not the name of the crate");
    vec![sample("delete_crate.html", &typed), sample("delete_crate.html", &page(false, &[]))]
}

#[test]
fn what_cannot_be_deleted_has_no_button() {
    let samples = samples();
    let [(_, typed), (_, refused)] = samples.as_slice() else { panic!("two samples") };
    assert!(typed.contains("Delete tide for good") && typed.contains("id=\"confirm-problem\""), "{typed}");
    assert!(!refused.contains("for good</button>") && refused.contains("not met"), "{refused}");
    assert!(refused.contains("Hand it over") && refused.contains("&#60;1000&#62;"), "{refused}");
}

#[test]
fn nobody_deletes_by_accident() {
    for (fields, field) in [
        (vec![], Some("message")),
        (vec![("message", " "), ("confirm", "tide")], Some("message")),
        (vec![("message", "a mistake")], Some("confirm")),
        (vec![("message", "a mistake"), ("confirm", "Tide")], Some("confirm")),
        (vec![("message", "a mistake"), ("confirm", " tide ")], None),
    ] {
        let found = page(true, &fields).check().err().map(|(field, _)| field);
        assert_eq!(found, field, "{fields:?}");
    }
}

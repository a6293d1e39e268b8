use super::{RefusalPage, Suggestion};
use crate::pages::samples::{Sample, frame, sample};

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let about = Some("<b>bold</b>".to_owned());
    let suggestions = vec![Suggestion { href: "/crates/serde".to_owned(), label: "serde".to_owned(), about }];
    let text = "Crate `<script>` does not exist.".to_owned();
    vec![sample(
        "refusal.html",
        &RefusalPage { frame: frame(), status: 404, title: "There is nothing here", text, suggestions },
    )]
}

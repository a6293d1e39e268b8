use super::{categories, crates, keywords, limits, people, pipelines, search, support, texts};
use crate::pages::samples::Sample;

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let rooms = [
        search::samples(),
        crates::samples(),
        keywords::samples(),
        categories::samples(),
        people::samples(),
        limits::samples(),
        pipelines::samples(),
        texts::samples(),
        support::samples(),
    ];
    rooms.concat()
}

#[test]
fn what_strangers_wrote_is_escaped_on_every_list() {
    for (template, html) in samples() {
        for inert in ["<script>alert", "<img", "onerror=alert(1)>", "\"><bad"] {
            assert!(!html.contains(inert), "{template} lets `{inert}` through\n{html}");
        }
    }
}

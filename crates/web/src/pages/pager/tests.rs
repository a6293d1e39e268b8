use super::Pager;
use crate::params::Params;

fn pager(page: usize, total: usize) -> Pager {
    let params = Params::parse("q=a+%26+b&page=7&done=followed&sort=new");
    Pager::new(page, total, 10, "/search", &params)
}

#[test]
fn links_to_other_pages_keep_what_was_asked_for_and_forget_what_was_done() {
    assert_eq!(pager(1, 35).link, "/search?q=a+%26+b&sort=new&page=");
}

#[test]
fn a_list_ends_at_its_last_page() {
    let around = |page, total| (pager(page, total).previous(), pager(page, total).next());
    assert_eq!(around(1, 0), (None, None));
    assert_eq!(around(1, 10), (None, None));
    assert_eq!(around(1, 11), (None, Some(2)));
    assert_eq!(around(2, 35), (Some(1), Some(3)));
    assert_eq!(around(4, 35), (Some(3), None));
    assert_eq!(around(9, 35), (Some(4), None), "from behind the end, back to the end");
    assert_eq!(around(200, 1_000_000), (Some(199), None), "what lies behind page 200 is for the dump");
}

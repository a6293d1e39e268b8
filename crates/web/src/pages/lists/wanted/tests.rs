use super::Wanted;

fn read(typed: &str, more_keywords: &str) -> Wanted {
    Wanted::read(typed, more_keywords).unwrap_or_else(|_| panic!("{typed} is refused"))
}

#[test]
fn keywords_and_a_category_are_taken_out_of_the_words() {
    let found = read("  http keyword:Async category:Web-Programming::http-client  client keyword:tls ", "");
    assert_eq!(found.text, "http client");
    assert_eq!(found.keywords, ["async", "tls"]);
    assert_eq!(found.category.as_deref(), Some("web-programming::http-client"));
    assert_eq!(found.typed(), "http client keyword:async keyword:tls category:web-programming::http-client");
}

#[test]
fn what_only_looks_like_a_filter_stays_a_word() {
    for typed in ["std::io", "keywords:a", "Keyword:a", "https://registry.example", ":", "::"] {
        assert_eq!(read(typed, ""), Wanted { text: typed.to_owned(), ..Wanted::default() });
    }
    assert_eq!(read("keyword: category: tide", "").typed(), "tide");
}

#[test]
fn a_keyword_counts_once_wherever_it_is_said() {
    assert_eq!(read("keyword:a keyword:A", "b a").keywords, ["a", "b"]);
}

#[test]
fn more_keywords_than_any_crate_has_are_refused() {
    assert_eq!(read("keyword:a keyword:b", "c d e a").keywords.len(), 5);
    assert!(Wanted::read("keyword:a keyword:b", "c d e f").is_err());
}

#[test]
fn a_second_category_is_refused_but_the_same_one_is_not() {
    assert!(Wanted::read("category:os category:wasm", "").is_err());
    assert_eq!(read("category:os category:OS", "").category.as_deref(), Some("os"));
}

#[test]
fn each_filter_can_be_dropped() {
    let wanted = read("tide keyword:a keyword:b category:os", "");
    let dropped: Vec<_> = wanted.filters().into_iter().map(|(filter, rest)| (filter, rest.typed())).collect();
    let expected = [
        ("keyword:a", "tide keyword:b category:os"),
        ("keyword:b", "tide keyword:a category:os"),
        ("category:os", "tide keyword:a keyword:b"),
    ];
    assert_eq!(dropped, expected.map(|(filter, rest)| (filter.to_owned(), rest.to_owned())));
}

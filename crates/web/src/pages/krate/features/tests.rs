use super::{Features, on_by_default};
use crate::pages::krate::head::Tab;
use crate::pages::krate::sample::{assert_inert, head};
use crate::pages::samples::{Sample, frame, sample};

pub(in crate::pages::krate) fn samples() -> Vec<Sample> {
    vec![sample("crate_features.html", &Features::new(frame(), head(Tab::Features)))]
}

#[test]
fn features_say_what_they_switch_on() {
    let (_, html) = samples().remove(0);
    assert_inert(&html);
    assert!(
        html.contains("<a href=\"#feature-std\"><code>std</code></a>") && html.contains("<code>dep:ebb</code>"),
        "{html}"
    );
}

#[test]
fn what_default_switches_on_is_on_even_in_a_circle() {
    let features = [("default", vec!["a"]), ("a", vec!["b", "dep:x"]), ("b", vec!["a"]), ("c", vec!["a"])];
    let features = features.map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()));
    assert_eq!(Vec::from_iter(on_by_default(&features.into())), ["a", "b", "default"]);
    assert!(on_by_default(&[("c".to_owned(), vec![])].into()).is_empty());
}

use super::*;
use crate::pages::samples::{Sample, frame, sample};

fn page(provider: TrustedProvider, krate: Option<&str>, form: Form) -> NewPublisher {
    NewPublisher {
        frame: frame(),
        krate: krate.map(str::to_owned),
        provider,
        is_believed: provider == TrustedProvider::Oidc,
        issuers: vec!["forge".to_owned()],
        rows: vec![("sub".to_owned(), "\"><script>".to_owned())],
        form,
    }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let guess = Guess { provider: TrustedProvider::GitHub, owner: "sea".to_owned(), repository: "tide".to_owned() };
    let typed = Form::with(&[("environment", "\"><script>")]).refused("environment", "`environment` is <too> long");
    let pages = [
        page(TrustedProvider::GitHub, Some("tide"), guess.form()),
        page(TrustedProvider::GitLab, Some("tide"), typed),
        page(TrustedProvider::Oidc, None, Form::default()),
    ];
    pages.iter().map(|page| sample("new_publisher.html", page)).collect()
}

#[test]
fn each_kind_has_its_own_fields() {
    let samples = samples();
    let [(_, github), (_, gitlab), (_, oidc)] = samples.as_slice() else { panic!("three samples") };
    assert!(github.contains("name=\"repository_owner\"") && github.contains("value=\"sea\""), "{github}");
    assert!(github.contains("trustpub.github"), "who vouches for nothing is told: {github}");
    assert!(gitlab.contains("name=\"namespace\"") && !gitlab.contains("name=\"crate\""), "{gitlab}");
    assert!(gitlab.contains("id=\"environment-problem\"") && !gitlab.contains("<too>"), "{gitlab}");
    assert!(oidc.contains("name=\"crate\"") && oidc.contains("action=\"/me/pending-publishers/new\""), "{oidc}");
    assert!(oidc.contains("name=\"pattern\" value=\"&#34;&#62;&#60;script&#62;\""), "{oidc}");
}

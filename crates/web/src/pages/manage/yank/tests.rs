use cargohold_protocol::api::VersionLinks;
use cargohold_protocol::{Cksum, Timestamp};
use cargohold_registry::Dependent;

use super::*;
use crate::pages::samples::{Sample, frame, sample};

fn version() -> VersionObject {
    let at = Timestamp::from_micros(1_700_000_000_000_000);
    let nothing = String::new;
    VersionObject {
        id: 1,
        krate: "tide".to_owned(),
        num: "1.2.0".to_owned(),
        dl_path: nothing(),
        readme_path: nothing(),
        updated_at: at,
        created_at: at,
        downloads: 0,
        features: std::collections::BTreeMap::new(),
        yanked: false,
        yank_message: None,
        lib_links: None,
        license: None,
        links: VersionLinks { dependencies: nothing(), version_downloads: nothing(), authors: nothing() },
        crate_size: 1,
        published_by: None,
        audit_actions: Vec::new(),
        checksum: Cksum::from_bytes([7; 32]),
        rust_version: None,
        has_lib: None,
        bin_names: None,
        edition: None,
        description: None,
        homepage: None,
        documentation: None,
        repository: None,
        trustpub_data: None,
        linecounts: None,
    }
}

fn dependent(krate: &str, req: &str, would_break: bool) -> Dependent {
    let (krate, req) = (krate.to_owned(), req.to_owned());
    Dependent { krate, version: "0.1.0".to_owned(), req, downloads: 1234, would_break }
}

fn page(is_yanked: bool, dependents: Vec<Dependent>, total: i64) -> Yank {
    let preview = YankPreview { is_yanked, dependents, total, downloads_90_days: 5 };
    let form = Form::with(&[("message", "</textarea><script>alert(1)</script>")]);
    Yank { frame: frame(), form, version: version(), preview }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let dependents = vec![dependent("tight", "=1.2.0", true), dependent("loose", ">=1, <2", false)];
    let mut yanked = version();
    (yanked.yanked, yanked.yank_message) = (true, Some("<b>broken</b>".to_owned()));
    let unyank = |version: VersionObject| Unyank { frame: frame(), form: Form::default(), version };
    vec![
        sample("yank.html", &page(false, dependents, 105)),
        sample("yank.html", &page(true, Vec::new(), 0)),
        sample("unyank.html", &unyank(yanked)),
        sample("unyank.html", &unyank(version())),
    ]
}

#[test]
fn a_yank_says_who_would_notice() {
    let samples = samples();
    let [(_, wanted), (_, alone), (_, back), (_, there)] = samples.as_slice() else { panic!("four samples") };
    assert!(wanted.contains("would break") && wanted.contains("takes another"), "{wanted}");
    assert!(wanted.contains("<strong>1</strong>") && wanted.contains("And 103 more."), "{wanted}");
    assert!(wanted.contains("&#62;=1, &#60;2") && !wanted.contains("<script>alert"), "{wanted}");
    assert!(alone.contains("No crate here depends on this version.") && alone.contains("yanked already"), "{alone}");
    assert!(back.contains("&#60;b&#62;broken") && back.contains("Unyank 1.2.0"), "{back}");
    assert!(there.contains("is not yanked") && !there.contains("<button>Unyank"), "{there}");
}

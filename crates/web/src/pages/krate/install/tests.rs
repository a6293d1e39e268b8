use super::Install;
use crate::pages::krate::sample::page;
use crate::pages::samples::frame;

#[test]
fn snippets_name_this_registry_and_the_version() {
    let mut page = page();
    page.version.num = "1.2.3+build".to_owned();
    page.krate.default_version = Some("1.2.3+build".to_owned());
    let install = Install::new(&frame(), &page);
    assert_eq!(install.add.as_deref(), Some("cargo add tide --registry sample-registry"));
    let dependency = "tide = { version = \"1.2.3\", registry = \"sample-registry\" }";
    assert_eq!(install.dependency.as_deref(), Some(dependency));
    let package_url = "pkg:cargo/tide@1.2.3%2Bbuild?repository_url=https:%2F%2Fregistry.example";
    assert_eq!(install.package_url, package_url);
    assert!(
        install.config.contains("[registries.sample-registry]\nindex = \"sparse+https://registry.example/index/\"")
    );
    page.version.num = "2.0.0-rc.1".to_owned();
    let install = Install::new(&frame(), &page);
    assert_eq!(install.add.as_deref(), Some("cargo add tide@2.0.0-rc.1 --registry sample-registry"));
}

#[test]
fn only_what_can_be_used_is_offered() {
    let offered = |has_lib: bool, bins: &[&str]| {
        let mut page = page();
        page.version.has_lib = Some(has_lib);
        page.version.bin_names = Some(bins.iter().map(|name| Some((*name).to_owned())).collect());
        let install = Install::new(&frame(), &page);
        (install.add.is_some(), install.dependency.is_some(), install.binaries.is_some())
    };
    assert_eq!(offered(true, &[]), (true, true, false));
    assert_eq!(offered(true, &["tide"]), (true, true, true));
    assert_eq!(offered(false, &["tide"]), (false, false, true));
    assert_eq!(offered(false, &[]), (true, true, false), "there must be some way to use it");
}

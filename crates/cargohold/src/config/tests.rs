#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::*;

fn layers(environment: &[(&str, &str)]) -> Result<Layers, ConfigError> {
    let mut layers = Layers::default();
    layers.add_environment(environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))?;
    Ok(layers)
}

#[test]
fn every_default_can_be_used() {
    let config = Config::from_layers(Layers::default()).expect("the defaults are valid");
    assert_eq!(config.limits.publish_new.burst, 5);
    assert_eq!(config.limits.max_upload_bytes, 10_485_760);
    assert_eq!(config.listen.to_string(), "127.0.0.1:7878");
}

#[test]
fn a_variable_sets_what_its_name_spells() {
    let config = layers(&[("CARGOHOLD_LIMITS__PUBLISH_NEW__BURST", "77"), ("CARGO_HOME", "x")]).unwrap();
    assert_eq!(Config::from_layers(config).unwrap().limits.publish_new.burst, 77);
}

#[test]
fn an_unknown_setting_is_refused_with_a_suggestion() {
    let error = layers(&[("CARGOHOLD_SERVER__LISTN", "x")]).unwrap_err().to_string();
    assert!(error.contains("did you mean `server.listen`?"), "{error}");
    assert!(error.contains("CARGOHOLD_SERVER__LISTN"), "{error}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cargohold.toml");
    std::fs::write(&path, "data_dir = \"a\"\n[limits]\nmax_features = 7\nmax_entries = 9\n").unwrap();
    let mut layers = Layers::default();
    layers.add_file(&path).unwrap();
    layers.add_environment([("CARGOHOLD_LIMITS__MAX_ENTRIES".to_owned(), "11".to_owned())].into_iter()).unwrap();
    let config = Config::from_layers(layers).unwrap();
    assert_eq!((config.limits.max_features, config.limits.max_entries), (7, 11));
}

#[test]
fn a_secret_comes_from_the_file_that_is_named_and_is_masked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "hunter2\n").unwrap();
    let path = path.display().to_string();
    let config = layers(&[("CARGOHOLD_STORAGE__SECRET_ACCESS_KEY_FILE", &path)]).unwrap();
    assert_eq!(config.text("storage.secret_access_key"), "hunter2");
    assert!(!config.describe().contains("hunter2"));
}

#[test]
fn sections_hold_every_setting_with_its_source_and_no_secret() {
    let config = layers(&[
        ("CARGOHOLD_DATABASE__URL", "postgres://carol:hunter2@db.example/registry"),
        ("CARGOHOLD_SIGN_IN__OIDC__CORP__CLIENT_SECRET", "hunter2"),
        ("CARGOHOLD_SERVER__LISTEN", "127.0.0.1:1"),
        ("CARGOHOLD_STORAGE__ENDPOINT", "https://carol:hunter2@s3.example/a@b"),
        ("CARGOHOLD_TRUSTPUB__OIDC", "a=https://a.example,b=https://c:hunter2,x@b.example"),
    ]);
    let config = config.unwrap();
    let sections = config.sections();
    assert!(!format!("{sections:?}{}", config.describe()).contains("hunter2"));
    let entry = |section: &str, key: &str| {
        let section = sections.iter().find(|it| it.name == section).unwrap();
        let entry = section.entries.iter().find(|it| it.key == key).unwrap();
        (entry.value.clone(), entry.source.clone())
    };
    let text = |value: &str, source: &str| (value.to_owned(), source.to_owned());
    assert_eq!(entry("", "data_dir"), text("data", "the default"));
    assert_eq!(entry("", "secret_key"), text("", "the default"));
    let listen = text("127.0.0.1:1", "the environment (CARGOHOLD_SERVER__LISTEN)");
    assert_eq!(entry("server", "server.listen"), listen);
    assert_eq!(entry("database", "database.url").0, "***");
    assert_eq!(entry("storage", "storage.endpoint").0, "https://***@s3.example/a@b");
    assert_eq!(entry("trustpub", "trustpub.oidc").0, "a=https://a.example,b=https://***@b.example");
    assert_eq!(entry("sign_in", "sign_in.oidc.corp.client_secret").0, "***");
}

#[test]
fn a_value_that_cannot_be_used_names_its_setting() {
    let config = layers(&[("CARGOHOLD_LIMITS__MAX_UPLOAD", "ten")]).unwrap();
    let error = Config::from_layers(config).unwrap_err().to_string();
    assert!(error.contains("limits.max_upload") && error.contains("CARGOHOLD_LIMITS__MAX_UPLOAD"), "{error}");
}

#[test]
fn a_renamed_setting_goes_on_working_with_a_warning() {
    let config = layers(&[("CARGOHOLD_LIMITS__UPLOAD_MEMORY", "33 MiB")]).unwrap();
    let config = Config::from_layers(config).unwrap();
    assert_eq!(config.limits.request_memory_bytes, 33 * 1024 * 1024);
    let [warning] = config.warnings() else { panic!("one warning, not {:?}", config.warnings()) };
    assert!(warning.contains("`limits.upload_memory`") && warning.contains("`limits.request_memory`"), "{warning}");
    assert!(config.describe().contains(warning), "`check-config` tells");
}

#[test]
fn a_server_without_connections_is_no_server() {
    for variable in ["CARGOHOLD_LIMITS__CONNECTIONS", "CARGOHOLD_LIMITS__CONNECTIONS_PER_ADDRESS"] {
        let error = Config::from_layers(layers(&[(variable, "0")]).unwrap()).unwrap_err().to_string();
        assert!(error.contains(variable), "{error}");
    }
}

#[test]
fn issuers_of_pipelines_have_a_name_and_an_address_that_nobody_can_forge() {
    let read = |value: &str| {
        let environment = [("CARGOHOLD_TRUSTPUB__GITLAB", "true"), ("CARGOHOLD_TRUSTPUB__OIDC", value)];
        Config::from_layers(layers(&environment).unwrap()).map_err(|error| error.to_string())
    };
    let config = read("forge=https://forge.example/api, k8s-1=http://127.0.0.1:9").unwrap();
    assert_eq!(config.trustpub.other_names(), ["forge", "k8s-1"]);
    assert_eq!(config.trustpub.issuers[0].name, "gitlab");
    assert!(config.trustpub.audience.is_none());
    for value in [
        "forge",
        "=https://forge.example",
        "Forge=https://forge.example",
        "gitlab=https://forge.example",
        "forge=http://forge.example",
        "forge=ftp://127.0.0.1",
        "forge=https://a.example,forge=https://b.example",
        "forge=https://a.example,other=https://a.example",
    ] {
        let error = read(value).unwrap_err();
        assert!(error.contains("`trustpub.oidc`"), "{value}: {error}");
    }
}

/// `docs/configuration.md` is made from the table of settings. After a change, run the tests with `ACCEPT_DOCS=1`.
#[test]
fn the_manual_lists_every_setting() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    #[expect(clippy::disallowed_methods, reason = "a switch of the test, not of the program")]
    if std::env::var("ACCEPT_DOCS").is_ok() {
        std::fs::write(path, keys::manual()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), keys::manual());
}

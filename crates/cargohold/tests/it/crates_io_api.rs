//! The client library that most programs use against crates.io, against ours.
//!
//! Its address is built in, so its HTTP client is told that every name on the net leads here, and speaks TLS to a server with a
//! certificate of its own. That needs `AsyncClient`; `SyncClient` takes no other HTTP client and makes the same requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crates_io_api::{AsyncClient, CratesQuery, Error, Sort};
use futures_util::StreamExt;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest_of_crates_io_api as reqwest;

use crate::support::{Shape, Shop, TestServer, eventually, on_both_shapes};

on_both_shapes!(every_method_of_the_client_works);

/// Answers the same address for every name.
struct AlwaysHere(SocketAddr);

impl Resolve for AlwaysHere {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Addrs = Box::new(std::iter::once(self.0));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

fn client(server: &TestServer) -> AsyncClient {
    // The library names no implementation of cryptography; ours is the one the server has.
    _ = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider().install_default();
    let address = server.url.strip_prefix("https://").unwrap().parse().unwrap();
    let http = reqwest::Client::builder()
        .user_agent("cargohold-tests")
        .dns_resolver(Arc::new(AlwaysHere(address)))
        .danger_accept_invalid_certs(true)
        .no_proxy()
        .build()
        .unwrap();
    AsyncClient::with_http_client(http, Duration::ZERO)
}

async fn every_method_of_the_client_works(shape: Shape) {
    let folder = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    let settings = [
        ("CARGOHOLD_DOWNLOADS__ROLL_UP_EVERY", "5s"),
        ("CARGOHOLD_SERVER__TLS__CERTIFICATE", certificate.to_str().unwrap()),
        ("CARGOHOLD_SERVER__TLS__KEY", key.to_str().unwrap()),
    ];
    let server = TestServer::start_with(shape, &settings).trusting(&cert.pem());
    Shop::open(&server).await;
    let client = client(&server);
    look_at_a_crate(&client).await;
    look_at_everything(&client).await;
    search(&client).await;
    be_refused(&client).await;
}

async fn look_at_a_crate(client: &AsyncClient) {
    let found = client.get_crate("Tide_Core").await.unwrap();
    assert_eq!(found.crate_data.name, "tide-core");
    assert_eq!(found.crate_data.max_stable_version.as_deref(), Some("1.1.0"));
    assert_eq!(found.crate_data.max_version, "2.0.0-rc.1+build.5");
    assert_eq!(found.crate_data.homepage.as_deref(), Some("https://tide.example/"));
    let ids: Vec<u64> = found.versions.iter().map(|version| version.id).collect();
    assert_eq!(found.crate_data.versions, Some(ids));
    assert_eq!(found.versions[2].published_by.as_ref().unwrap().login, "admin");
    assert_eq!(found.versions[2].audit_actions.len(), 1);
    assert_eq!(found.versions[2].rust_version.as_deref(), Some("1.85"));
    assert_eq!((found.keywords.len(), found.categories.len()), (2, 2));
    let downloads = client.crate_downloads("tide-core").await.unwrap();
    assert_eq!(downloads.version_downloads.iter().map(|day| day.downloads).sum::<u64>(), 3);
    let owners = client.crate_owners("tide-core").await.unwrap();
    let logins: Vec<&str> = owners.iter().map(|owner| owner.login.as_str()).collect();
    assert_eq!(logins, ["admin", "alice", "keeper"]);
    assert!(owners.iter().all(|owner| owner.kind.as_deref() == Some("user")));
    assert!(client.crate_authors("tide-core", "1.0.0").await.unwrap().names.is_empty());
    let dependencies = client.crate_dependencies("tide-codec", "0.2.0").await.unwrap();
    let mut kinds: Vec<(&str, &str)> =
        dependencies.iter().map(|dependency| (dependency.crate_id.as_str(), dependency.kind.as_str())).collect();
    kinds.sort_unstable();
    let expected = [("manifold", "normal"), ("tide-core", "build"), ("tide-core", "dev"), ("tide-core", "normal")];
    assert_eq!(kinds, expected);
}

async fn look_at_everything(client: &AsyncClient) {
    let summary = client.summary().await.unwrap();
    assert_eq!((summary.num_crates, summary.new_crates.len()), (4, 4));
    assert!(summary.popular_keywords.iter().any(|keyword| keyword.keyword == "tide" && keyword.crates_cnt == 2));
    let dependents = client.crate_reverse_dependencies("tide-core").await.unwrap();
    assert_eq!((dependents.meta.total, dependents.dependencies.len()), (1, 1));
    assert_eq!(dependents.dependencies[0].crate_version.crate_name, "tide-codec");
    assert_eq!(client.crate_reverse_dependencies_page("tide-core", 1).await.unwrap().dependencies.len(), 1);
    assert_eq!(client.crate_reverse_dependency_count("tide-core").await.unwrap(), 1);
    let whole = client.full_crate("manifold", true).await.unwrap();
    assert_eq!((whole.versions.len(), whole.owners.len()), (7, 2));
    assert!(whole.versions.iter().any(|version| version.num == "1.2.0" && version.yanked));
    assert_eq!(whole.downloads.version_downloads.len(), 0, "only an old version was downloaded");
    assert_eq!(whole.downloads.meta.extra_downloads[0].downloads, 2);
    let newest = client.full_crate("tide-codec", false).await.unwrap();
    assert_eq!((newest.versions.len(), newest.versions[0].dependencies.len()), (1, 4));
}

async fn search(client: &AsyncClient) {
    let names = async |query: CratesQuery| {
        let page = client.crates(query).await.unwrap();
        page.crates.into_iter().map(|krate| krate.name).collect::<Vec<_>>()
    };
    let sorts = [
        (Sort::Alphabetical, ["tide-codec", "tide-core"]),
        (Sort::Relevance, ["tide-core", "tide-codec"]),
        (Sort::Downloads, ["tide-core", "tide-codec"]),
        (Sort::RecentDownloads, ["tide-core", "tide-codec"]),
        (Sort::RecentUpdates, ["tide-codec", "tide-core"]),
        (Sort::NewlyAdded, ["tide-codec", "tide-core"]),
    ];
    for (sort, expected) in sorts {
        let query = CratesQuery::builder().search("tide").sort(sort.clone()).build();
        // Counters and the index follow the publish within a moment.
        eventually(&format!("{sort:?} is in order"), async || names(query.clone()).await == expected).await;
    }
    let ids = CratesQuery::builder().ids(vec!["silent".to_owned(), "nobody".to_owned(), "manifold".to_owned()]).build();
    assert_eq!(names(ids).await, ["silent", "manifold"], "the latest update first, if nobody says");
    let category = CratesQuery::builder().category("web-programming").build();
    assert_eq!(names(category).await, ["tide-core"]);
    let owned = CratesQuery::builder().user_id(1).page_size(2).page(2).sort(Sort::NewlyAdded).build();
    assert_eq!(names(owned).await, ["manifold", "tide-core"]);
    assert!(names(CratesQuery::builder().team_id(1).build()).await.is_empty());
    let all = client.crates_stream(CratesQuery::builder().page_size(2).build());
    assert_eq!(all.map(|krate| krate.unwrap().name).collect::<Vec<_>>().await.len(), 4);
}

async fn be_refused(client: &AsyncClient) {
    assert!(matches!(client.get_crate("nobody").await.unwrap_err(), Error::NotFound(_)));
    assert!(matches!(client.crate_dependencies("manifold", "9.9.9").await.unwrap_err(), Error::NotFound(_)));
    let too_many = CratesQuery::builder().page_size(101).build();
    assert!(matches!(client.crates(too_many).await.unwrap_err(), Error::Http(_)));
}

//! The hundred scenarios of cargo's behaviour (cargo-client §8), by their numbers: each is covered by a test here, or
//! named with the reason why not.

mod auth;
mod index;
mod publish;
mod tools;

use crate::support::TestServer;

/// Scenarios that no test of this module runs, and why.
const NAMED: &[(u8, &str)] = &[
    (
        12,
        "the server never sends a line that is not JSON: lines are written by one function, property-tested in `protocol`",
    ),
    (13, "the server never sends `v` above 2; `protocol` tests the line"),
    (14, "the server never sends another form of `pubtime`; `publish::the_index_line_follows_the_manifest` checks it"),
    (21, "crates and versions cannot be deleted yet"),
    (22, "crates cannot be deleted yet"),
    (27, "such an upload is refused: `security::s08_metadata_that_contradicts_the_manifest_is_refused`"),
    (29, "needs injected server errors: it tests the client's retries"),
    (30, "needs injected server errors: it tests the client's retries"),
    (31, "reads have no rate limit, so there is no 429 to retry"),
    (32, "needs an injected 503: it tests the client's retries"),
    (33, "needs injected server errors; a 404 download is in `download::only_the_stored_spelling_downloads`"),
    (34, "needs injected server errors: it tests the client's retries"),
    (35, "a truncated download is what `download::bytes_that_rotted_on_disk_are_never_served_as_a_whole` forces"),
    (36, "wrong bytes are never sent whole: `download::bytes_that_rotted_on_disk_are_never_served_as_a_whole`"),
    (37, "over HTTP: `index::index_files_come_in_the_coding_the_client_lists`"),
    (38, "over HTTP: `download::a_download_is_the_published_bytes_and_never_coded`"),
    (41, "over HTTP: `shutdown::a_publish_in_flight_finishes_while_the_server_stops`"),
    (43, "the server has one index address and redirects none"),
    (44, "`dl` is a prefix without markers; the mixed-case name is in 7"),
    (56, "the server has no redirect within its origin on the way of cargo"),
    (60, "asymmetric tokens come with the identity work"),
    (67, "tests the client against answers this server never gives; its real refusals are in 57, 63, 71, 84 and 85"),
    (68, "a version is in the index before the publish is answered, so there is nothing to wait for"),
    (69, "a version is in the index before the publish is answered"),
    (75, "a version is in the index before the publish is answered"),
    (77, "a publish is answered in milliseconds; the time limit is a setting"),
    (78, "over HTTP: `security::s01…`, `s03…`, `s23…`, and `package` for a second gzip member"),
    (80, "`config.json` always has `api`"),
];

/// Says which scenarios a test covers, and makes it run on both shapes.
macro_rules! scenarios {
    ($($name:ident: [$($number:literal),*]),* $(,)?) => {
        pub(super) const COVERED: &[u8] = &[$($($number),*),*];
        $crate::support::on_both_shapes!($($name),*);
    };
}
use scenarios;

#[test]
fn every_scenario_is_covered_or_named_once() {
    let covered = [index::COVERED, auth::COVERED, publish::COVERED, tools::COVERED].concat();
    let mut all: Vec<u8> = covered.into_iter().chain(NAMED.iter().map(|(number, _)| *number)).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=100).collect::<Vec<u8>>());
}

/// Settings under which the server logs every request, for [`Requests`].
const LOGGED: [(&str, &str); 2] =
    [("CARGOHOLD_LOG__FILTER", "info,cargohold_web=debug"), ("CARGOHOLD_LOG__FORMAT", "json")];

/// What the server was asked since a moment.
struct Requests<'s> {
    server: &'s TestServer,
    from_line: usize,
}

impl<'s> Requests<'s> {
    fn from_now(server: &'s TestServer) -> Self {
        Self { server, from_line: server.log().lines().count() }
    }

    /// Every request as `METHOD path status`.
    fn seen(&self) -> Vec<String> {
        let requests = self.fields().into_iter();
        requests
            .map(|field| format!("{} {} {}", text(&field["method"]), text(&field["path"]), field["status"]))
            .collect()
    }

    /// The requests whose path begins so, without the method.
    fn below(&self, prefix: &str) -> Vec<String> {
        let seen = self.seen().into_iter().map(|line| line.split_once(' ').unwrap().1.to_owned());
        seen.filter(|line| line.starts_with(prefix)).collect()
    }

    /// The HTTP versions that were spoken.
    fn versions(&self) -> Vec<String> {
        let mut versions: Vec<_> = self.fields().iter().map(|field| text(&field["http.version"])).collect();
        versions.sort();
        versions.dedup();
        versions
    }

    fn fields(&self) -> Vec<serde_json::Value> {
        let log = self.server.log();
        let lines =
            log.lines().skip(self.from_line).map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.map(|line| line["fields"].clone()).filter(|fields| fields["message"] == "request").collect()
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use cargohold_protocol::{Day, Timestamp};
use cargohold_store::downloads::DayCount;
use cargohold_store::versions::Summary;

use super::series;

fn version(id: i64, num: &str) -> Summary {
    Summary { id, num: num.parse().unwrap(), is_yanked: false, created_at: Timestamp::from_micros(0) }
}

#[test]
fn the_most_downloaded_versions_are_shown_and_the_rest_is_summed_up() {
    let versions: Vec<Summary> = (0..8).rev().map(|id| version(id, &format!("1.{id}.0"))).collect();
    let versions: Vec<&Summary> = versions.iter().collect();
    let first = Day::from_number(1000);
    let count = |version_id, day, downloads| DayCount { version_id, day, downloads };
    let mut counts: Vec<DayCount> = (1..8).map(|id| count(id, 1000, 10)).collect();
    counts.extend([count(1, 1089, 5), count(2, 1089, 7), count(7, 1089, 0)]);
    let found = series(&counts, &versions, first);
    let shown: Vec<_> = found.iter().map(|series| series.version.as_deref()).collect();
    assert_eq!(shown, [Some("1.7.0"), Some("1.6.0"), Some("1.5.0"), Some("1.2.0"), Some("1.1.0"), None]);
    assert_eq!((found[3].counts.len(), found[3].counts[0], found[3].counts[89]), (90, 10, 7));
    assert_eq!((found[5].counts[0], found[5].counts[89]), (20, 0), "1.4.0 and 1.3.0");
    assert_eq!(series(&[], &versions, first), []);
}

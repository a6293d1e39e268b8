use cargohold_protocol::Day;
use cargohold_registry::{DownloadHistory, DownloadSeries};

use super::{Chart, scale};

fn series(version: Option<&str>, some: &[(usize, i64)]) -> DownloadSeries {
    let mut counts = vec![0; 90];
    for (place, count) in some {
        counts[*place] = *count;
    }
    DownloadSeries { version: version.map(str::to_owned), counts }
}

#[test]
fn lines_stand_at_round_numbers() {
    assert_eq!(scale(1), (1, 1));
    assert_eq!(scale(4), (1, 4));
    assert_eq!(scale(5), (2, 6));
    assert_eq!(scale(8), (2, 8));
    assert_eq!(scale(9), (5, 10));
    assert_eq!(scale(21), (10, 30));
    assert_eq!(scale(1_000_000), (500_000, 1_000_000));
}

#[test]
fn columns_stand_on_top_of_each_other() {
    let first = Day::from_number(20_000);
    let series = vec![series(Some("1.1.0"), &[(0, 2), (89, 4)]), series(None, &[(0, 2)])];
    let chart = Chart::new(&DownloadHistory { first, series }).unwrap();
    // The picture goes up to 4 and is 160 pixels high.
    assert_eq!(chart.layers[0].path, "M46 88h7v80h-7zM758 8h7v160h-7z");
    assert_eq!(chart.layers[1].path, "M46 8h7v80h-7z");
    let classes: Vec<_> = chart.layers.iter().map(|layer| (layer.class, layer.label.as_str())).collect();
    assert_eq!(classes, [("s0", "1.1.0"), ("s5", "others")]);
    assert_eq!(chart.lines.first().unwrap(), &(168, "0".to_owned()));
    assert_eq!(chart.lines.last().unwrap(), &(8, "4".to_owned()));
    assert_eq!(chart.tips[0], (46, "2024-10-04: 4 downloads (1.1.0: 2, others: 2)".to_owned()));
    assert_eq!((chart.tips.len(), chart.total), (2, 8));
    assert_eq!(
        (chart.weeks.len(), chart.weeks[0].1.as_slice(), chart.weeks[12].1.as_slice()),
        (13, &[2, 2][..], &[4, 0][..])
    );
}

#[test]
fn without_downloads_there_is_no_picture() {
    assert!(Chart::new(&DownloadHistory { first: Day::from_number(0), series: vec![] }).is_none());
}

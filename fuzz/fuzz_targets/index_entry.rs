//! An index line that can be read is written as a line that reads the same and is written the same.

#![no_main]

use cargohold_protocol::IndexEntry;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &str| {
    let Ok(entry) = serde_json::from_str::<IndexEntry>(line) else { return };
    let parts = entry.into_line().expect("what was read from JSON can be written as JSON");
    for yanked in [false, true] {
        let mut file = String::new();
        parts.write_to(yanked, &mut file);
        assert_eq!(file.find('\n'), Some(file.len() - 1), "one line");
        let again: IndexEntry = serde_json::from_str(&file).expect("what was written can be read");
        assert_eq!(again.yanked, yanked);
        assert_eq!(again.v, (!again.features2.is_empty()).then_some(2));
        assert_eq!(again.into_line().expect("as above"), parts);
    }
});

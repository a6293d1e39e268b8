//! The two counted strings of a publish (contract §7.2, security row S40).

use cargohold_protocol::{FrameError, MAX_METADATA_BYTES, PublishFrame, PublishMetadata};
use proptest::prelude::*;

const JSON: &[u8] = br#"{"name":"foo","vers":"1.0.0","readme":"hello"}"#;

fn body(json: &[u8], tarball: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in [json, tarball] {
        body.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        body.extend(part);
    }
    body
}

type Parts = (PublishMetadata, u32, Vec<u8>);

/// Feeds the chunks one by one and takes each part as soon as it can be taken, as a server does.
fn read<'c>(chunks: impl IntoIterator<Item = &'c [u8]>, limit: u64) -> Result<Parts, FrameError> {
    let mut frame = PublishFrame::new();
    let (mut metadata, mut len, mut tarball) = (None, None, None);
    let mut take = |frame: &mut PublishFrame| {
        if metadata.is_none() {
            metadata = frame.take_metadata()?;
        }
        if metadata.is_some() && len.is_none() {
            len = frame.take_tarball_len(limit)?;
        }
        if len.is_some() && tarball.is_none() {
            tarball = frame.take_tarball()?;
        }
        Ok::<_, FrameError>(())
    };
    for chunk in chunks {
        frame.push(chunk);
        take(&mut frame)?;
    }
    frame.end();
    take(&mut frame)?;
    Ok((metadata.unwrap(), len.unwrap(), tarball.unwrap()))
}

fn read_whole(body: &[u8], limit: u64) -> Result<Parts, FrameError> {
    read([body], limit)
}

/// Cuts `body` at the given places.
fn cut<'b>(body: &'b [u8], places: &[prop::sample::Index]) -> Vec<&'b [u8]> {
    let mut places: Vec<_> = places.iter().map(|place| place.index(body.len() + 1)).collect();
    places.extend([0, body.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect()
}

#[test]
fn a_publish_is_taken_apart_into_metadata_and_tarball() {
    let (metadata, len, tarball) = read_whole(&body(JSON, b"tarball"), 7).unwrap();
    assert_eq!((metadata.name.as_str(), metadata.vers.as_str()), ("foo", "1.0.0"));
    assert_eq!((len, tarball.as_slice()), (7, b"tarball".as_slice()));
}

#[test]
fn an_empty_tarball_is_a_tarball() {
    let (_, len, tarball) = read_whole(&body(JSON, b""), 0).unwrap();
    assert_eq!((len, tarball.len()), (0, 0));
}

#[test]
fn nothing_is_taken_before_it_has_arrived() {
    let body = body(JSON, b"tarball");
    let mut frame = PublishFrame::new();
    for byte in &body[..4 + JSON.len()] {
        assert!(frame.take_metadata().unwrap().is_none());
        frame.push(&[*byte]);
    }
    assert!(frame.take_metadata().unwrap().is_some());
    for byte in &body[4 + JSON.len()..8 + JSON.len()] {
        assert!(frame.take_tarball_len(100).unwrap().is_none());
        frame.push(&[*byte]);
    }
    assert_eq!(frame.take_tarball_len(100).unwrap(), Some(7));
    for byte in b"tarball" {
        assert!(frame.take_tarball().unwrap().is_none());
        frame.push(&[*byte]);
    }
    assert_eq!(frame.take_tarball().unwrap().unwrap(), b"tarball");
}

#[test]
fn a_body_that_ends_early_is_refused_for_the_part_it_ends_in() {
    let body = body(JSON, b"tarball");
    let json_end = 4 + JSON.len();
    let json_len = u32::try_from(JSON.len()).unwrap();
    for end in 0..body.len() {
        let error = read_whole(&body[..end], 100).unwrap_err();
        let expected = match end {
            0..4 => matches!(error, FrameError::NoMetadataLength),
            _ if end < json_end => matches!(error, FrameError::MetadataCutOff(len) if len == json_len),
            _ if end < json_end + 4 => matches!(error, FrameError::NoTarballLength),
            _ => matches!(error, FrameError::TarballCutOff(7)),
        };
        assert!(expected, "after {end} bytes: {error:?}");
    }
}

#[test]
fn metadata_may_have_a_mebibyte_and_not_one_byte_more() {
    let mut json = JSON.to_vec();
    json.resize(MAX_METADATA_BYTES as usize, b' ');
    assert_eq!(read_whole(&body(&json, b"x"), 1).unwrap().0.name, "foo");

    let mut frame = PublishFrame::new();
    frame.push(&(MAX_METADATA_BYTES + 1).to_le_bytes());
    // The length alone is enough: the server need not wait for the bytes.
    let error = frame.take_metadata().unwrap_err();
    assert!(matches!(error, FrameError::MetadataTooLong(len) if len == MAX_METADATA_BYTES + 1), "{error:?}");
}

#[test]
fn a_tarball_may_have_exactly_the_limit() {
    assert!(read_whole(&body(JSON, b"1234"), 4).is_ok());
    let error = read_whole(&body(JSON, b"12345"), 4).unwrap_err();
    assert!(matches!(error, FrameError::TarballTooLong { actual: 5, limit: 4 }), "{error:?}");
    // The length alone is enough here too.
    let announced = &body(JSON, b"12345")[..8 + JSON.len()];
    let error = read_whole(announced, 4).unwrap_err();
    assert!(matches!(error, FrameError::TarballTooLong { actual: 5, limit: 4 }), "{error:?}");
}

/// The most address space this process ever had, in KiB.
#[cfg(target_os = "linux")]
fn peak_address_space() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmPeak:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

// Reserved memory shows in the address space at once, even if no page of it is ever touched.
#[cfg(target_os = "linux")]
#[test]
fn s40_announced_lengths_reserve_no_memory() {
    let before = peak_address_space();
    let mut frame = PublishFrame::new();
    frame.push(&u32::MAX.to_le_bytes());
    frame.push(b"{}");
    assert!(matches!(frame.take_metadata(), Err(FrameError::MetadataTooLong(u32::MAX))));

    let mut announced = body(JSON, b"");
    announced.truncate(4 + JSON.len());
    announced.extend(u32::MAX.to_le_bytes());
    announced.extend(b"few bytes");
    let mut frame = PublishFrame::new();
    frame.push(&announced);
    assert!(frame.take_metadata().unwrap().is_some());
    assert_eq!(frame.take_tarball_len(u64::MAX).unwrap(), Some(u32::MAX));
    frame.push(b"a few more");
    assert!(frame.take_tarball().unwrap().is_none());
    frame.end();
    assert!(matches!(frame.take_tarball(), Err(FrameError::TarballCutOff(u32::MAX))));
    let grown_kib = peak_address_space() - before;
    assert!(grown_kib < 2 * 1024 * 1024, "4 GiB announced, {grown_kib} KiB reserved");
}

proptest! {
    #![proptest_config(crate::seeded(512))]

    #[test]
    fn the_parts_do_not_depend_on_how_the_body_is_cut(
        tarball: Vec<u8>,
        trailing: Vec<u8>,
        places: Vec<prop::sample::Index>,
    ) {
        let mut body = body(JSON, &tarball);
        body.extend(&trailing);
        let (metadata, len, taken) = read(cut(&body, &places), tarball.len() as u64).unwrap();
        prop_assert_eq!(metadata.name, "foo");
        prop_assert_eq!(metadata.readme.as_deref(), Some("hello"));
        prop_assert_eq!(len as usize, tarball.len());
        // Bytes behind the tarball are ignored, whichever chunk they come in.
        prop_assert_eq!(taken, tarball);
    }

    #[test]
    fn a_damaged_body_fails_alike_however_it_is_cut(
        tarball in prop::collection::vec(any::<u8>(), 0..20),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end: prop::sample::Index,
        limit in 0_u64..30,
        places: Vec<prop::sample::Index>,
    ) {
        let mut body = body(JSON, &tarball);
        for (place, byte) in damage {
            let at = place.index(body.len());
            body[at] = byte;
        }
        body.truncate(end.index(body.len() + 1));
        let whole = format!("{:?}", read_whole(&body, limit));
        prop_assert_eq!(format!("{:?}", read(cut(&body, &places), limit)), whole);
    }

    #[test]
    fn no_bytes_in_no_order_of_calls_panic(
        calls in prop::collection::vec((0..6_u8, prop::collection::vec(any::<u8>(), 0..40)), 0..30),
        small: bool,
    ) {
        let mut frame = PublishFrame::new();
        for (call, mut bytes) in calls {
            match call {
                // Small numbers in most length bytes reach further than random ones.
                0 if small => bytes.iter_mut().skip(1).for_each(|byte| *byte = 0),
                0 | 1 => {}
                2 => drop(frame.take_metadata()),
                3 => drop(frame.take_tarball_len(20)),
                4 => drop(frame.take_tarball()),
                _ => frame.end(),
            }
            frame.push(&bytes);
        }
    }
}

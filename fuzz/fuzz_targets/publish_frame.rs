//! No publish body makes the frame panic, and how a body is cut into chunks changes nothing.

#![no_main]

use cargohold_protocol::{FrameError, PublishFrame};
use libfuzzer_sys::fuzz_target;

const MAX_TARBALL_BYTES: u64 = 64 * 1024;

fn read(body: &[u8], chunk_len: usize) -> Result<String, FrameError> {
    let mut frame = PublishFrame::new();
    let (mut metadata, mut len, mut tarball) = (None, None, None);
    let mut take = |frame: &mut PublishFrame| {
        if metadata.is_none() {
            metadata = frame.take_metadata()?;
        }
        if metadata.is_some() && len.is_none() {
            len = frame.take_tarball_len(MAX_TARBALL_BYTES)?;
        }
        if len.is_some() && tarball.is_none() {
            tarball = frame.take_tarball()?;
        }
        Ok::<_, FrameError>(())
    };
    for chunk in body.chunks(chunk_len) {
        frame.push(chunk);
        take(&mut frame)?;
    }
    frame.end();
    take(&mut frame)?;
    let tarball = tarball.expect("a frame that has ended is complete or an error");
    assert_eq!(len, u32::try_from(tarball.len()).ok());
    Ok(format!("{metadata:?} {tarball:?}"))
}

fuzz_target!(|input: (u8, &[u8])| {
    let (chunk_len, body) = input;
    let whole = format!("{:?}", read(body, body.len().max(1)));
    assert_eq!(format!("{:?}", read(body, usize::from(chunk_len) + 1)), whole);
});

//! Crates whose bytes look like messages between a client and a server, wherever an answer is cut into pieces.

use flate2::Crc;

use crate::support::{Krate, add_file, krate};

/// Where something begins that looks like a message: at every multiple of this many bytes. Answers are cut at its multiples.
const PAGE_BYTES: usize = 16 * 1024;

/// Of a stored block, whose header is then valid UTF-8: a page that is read as text stays text.
const BLOCK_BYTES: usize = 0xbfc2;

/// Of the first block, so that the headers of the others lie in the middle of pages.
const FIRST_BLOCK_BYTES: usize = PAGE_BYTES + PAGE_BYTES / 2 - GZIP_HEADER.len() - BLOCK_HEADER_BYTES;
const BLOCK_HEADER_BYTES: usize = 5;
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// What is repeated in the file of a crate.
type Page = Vec<u8>;

/// One crate for each kind of message, larger than what is kept in memory, and one that is smaller.
pub(super) fn crates() -> Vec<(Krate, Vec<u8>)> {
    let pages = [
        ("bare-400", bare_refusal("400"), 1_400_000),
        ("bare-414", bare_refusal("414"), 1_400_000),
        ("bare-431", bare_refusal("431"), 1_400_000),
        ("small-400", bare_refusal("400"), 700_000),
        ("lines", lines(), 1_400_000),
        ("frames", frames(), 1_400_000),
        ("upgrade", upgrade(), 1_400_000),
    ];
    pages.map(|(name, page, len)| stored(&krate(name), &page, len)).into()
}

/// A text file of short refusals.
pub(super) fn text() -> Vec<u8> {
    lines().repeat(3_000_000 / PAGE_BYTES)
}

/// A whole refusal as the HTTP library writes it, as long as a page.
fn bare_refusal(status: &str) -> Page {
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nx: ");
    filled(head.as_bytes(), b"\r\n\r\n")
}

/// As many short refusals as go in a page.
fn lines() -> Page {
    let line = format!("HTTP/1.1 431 {}\r\ncontent-length: 0\r\n\r\n", "X".repeat(28));
    line.repeat(PAGE_BYTES / line.len()).into_bytes()
}

/// Frames of HTTP/2 that end streams and connections.
fn frames() -> Page {
    let goaway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    let reset = [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0];
    let end = [0, 0, 0, 0, 1, 0, 0, 0, 1];
    let all = [&goaway[..], &reset, &settings, &end].concat();
    filled(&all.repeat(20), &all)
}

fn upgrade() -> Page {
    let head = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n";
    filled(head.as_bytes(), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
}

fn filled(beginning: &[u8], end: &[u8]) -> Page {
    [beginning, &vec![b'a'; PAGE_BYTES - beginning.len() - end.len()], end].concat()
}

/// The crate with a file, whose tarball is stored without compression so that each page of the file begins at a multiple of
/// [`PAGE_BYTES`] of the tarball; and that tarball.
fn stored(krate: &Krate, page: &[u8], len: usize) -> (Krate, Vec<u8>) {
    const TAR_HEADER_BYTES: usize = 512;
    let mut tar = krate.tar();
    let begin = tar.get_ref().len() + TAR_HEADER_BYTES;
    let file: Vec<u8> = (begin..begin + len).map(|offset| page[place(offset) % PAGE_BYTES]).collect();
    add_file(&mut tar, &format!("{}/data", krate.root()), &file);
    let tarball = gzip_stored(&tar.into_inner().unwrap());
    (krate.clone().tarball_bytes(tarball.clone()), tarball)
}

/// Where a byte of the tar lies in the tarball.
fn place(offset: usize) -> usize {
    let headers = if offset < FIRST_BLOCK_BYTES { 1 } else { 2 + (offset - FIRST_BLOCK_BYTES) / BLOCK_BYTES };
    GZIP_HEADER.len() + headers * BLOCK_HEADER_BYTES + offset
}

fn gzip_stored(tar: &[u8]) -> Vec<u8> {
    let (first, rest) = tar.split_at(FIRST_BLOCK_BYTES);
    let blocks: Vec<&[u8]> = std::iter::once(first).chain(rest.chunks(BLOCK_BYTES)).collect();
    let mut tarball = GZIP_HEADER.to_vec();
    for (index, block) in blocks.iter().enumerate() {
        let len = u16::try_from(block.len()).unwrap();
        tarball.push(u8::from(index + 1 == blocks.len()));
        tarball.extend([len.to_le_bytes(), (!len).to_le_bytes()].concat());
        tarball.extend_from_slice(block);
    }
    let mut crc = Crc::new();
    crc.update(tar);
    tarball.extend([crc.sum().to_le_bytes(), crc.amount().to_le_bytes()].concat());
    tarball
}

#[test]
fn a_page_begins_where_the_answer_is_cut() {
    let (_, tarball) = stored(&krate("cut"), &bare_refusal("400"), 800_000);
    let piece = std::str::from_utf8(&tarball[256 * 1024..512 * 1024]).unwrap();
    assert!(piece.starts_with("HTTP/1.1 400 X\r\ncontent-length: 0\r\n") && piece.ends_with("\r\n\r\n"));
}

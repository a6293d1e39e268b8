//! Short texts that people write for others to read: they stand in lists and in the audit log, so they have a limit.

use crate::{Error, Result};

/// Characters that the name of a person, a token or a key may have.
pub(crate) const MAX_NAME_CHARS: usize = 100;

/// Characters that the reason for a yank or a deletion may have.
pub(crate) const MAX_REASON_CHARS: usize = 10_000;

/// Makes sure that a text is short enough, and has no NUL, which PostgreSQL cannot store. `what` is what the refusal calls it.
///
/// # Errors
/// When it is too long or has a NUL.
pub(crate) fn check_words(what: &str, text: &str, max_chars: usize) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::Refused(format!("{what} contains a NUL character; remove it")));
    }
    let chars = text.chars().count();
    if chars > max_chars {
        return Err(Error::Refused(format!("{what} has {chars} characters; make it at most {max_chars} long")));
    }
    Ok(())
}

/// Makes sure that a text can stand where the name of a person does.
///
/// # Errors
/// When it is too long or has several lines.
pub(crate) fn check_name(name: &str) -> Result<()> {
    if name.chars().count() <= MAX_NAME_CHARS && !name.contains(char::is_control) {
        return Ok(());
    }
    let text = format!("a name has at most {MAX_NAME_CHARS} characters on one line; shorten it");
    Err(Error::Refused(text))
}

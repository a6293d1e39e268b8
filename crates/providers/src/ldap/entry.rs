//! What an entry of a directory says.

use ldap3::SearchEntry;

use super::error::LdapProblem;

/// Attributes that hold bytes, even when these happen to be text.
const BINARY: [&str; 2] = ["objectGUID", "objectSid"];

/// An entry of a directory. The names of its attributes ignore case.
pub(super) struct Entry(SearchEntry);

impl From<SearchEntry> for Entry {
    fn from(entry: SearchEntry) -> Self {
        Self(entry)
    }
}

impl Entry {
    /// Its name.
    pub(super) fn dn(&self) -> &str {
        &self.0.dn
    }

    /// The first text of an attribute.
    pub(super) fn find_text(&self, attribute: &str) -> Option<String> {
        self.list_texts(attribute).into_iter().next()
    }

    /// All texts of an attribute that are not empty.
    pub(super) fn list_texts(&self, attribute: &str) -> Vec<String> {
        let attributes = self.0.attrs.iter().filter(|(name, _)| name.eq_ignore_ascii_case(attribute));
        attributes.flat_map(|(_, values)| values).filter(|text| !text.trim().is_empty()).cloned().collect()
    }

    /// The only value of an attribute: as it is when it is text, in hexadecimal when it is not.
    pub(super) fn load_subject(&self, attribute: &str) -> Result<String, LdapProblem> {
        let bytes = self.0.bin_attrs.iter().filter(|(name, _)| name.eq_ignore_ascii_case(attribute));
        let mut bytes: Vec<Vec<u8>> = bytes.flat_map(|(_, values)| values).cloned().collect();
        bytes.extend(self.list_texts(attribute).into_iter().map(String::into_bytes));
        match <[Vec<u8>; 1]>::try_from(bytes) {
            Ok([value]) => Ok(spell(attribute, value)),
            Err(_) => Err(LdapProblem::Subject(attribute.to_owned())),
        }
    }
}

fn spell(attribute: &str, value: Vec<u8>) -> String {
    let is_binary = BINARY.iter().any(|binary| binary.eq_ignore_ascii_case(attribute));
    match String::from_utf8(value) {
        Ok(text) if !is_binary && !text.contains(char::is_control) => text,
        Ok(text) => hex(text.as_bytes()),
        Err(error) => hex(error.as_bytes()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! What teams are called: `provider:org:team`.

use crate::{Error, Result};

/// The name of a team, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TeamLogin<'a> {
    pub(super) provider: &'a str,
    pub(super) org: &'a str,
    pub(super) team: &'a str,
}

impl<'a> TeamLogin<'a> {
    /// Takes a name apart.
    ///
    /// # Errors
    /// When it does not have three parts.
    pub(super) fn parse(text: &'a str) -> Result<Self> {
        let mut parts = text.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(provider), Some(org), Some(team), None) if !org.is_empty() && !team.is_empty() => {
                Ok(Self { provider, org, team })
            }
            _ => Err(Error::Refused(format!("`{text}` names no team; write it like `github:org:team`"))),
        }
    }

    /// Makes sure that the organisation can be one where names are plain words.
    ///
    /// # Errors
    /// When it has other characters, with the first of them.
    pub(super) fn check_org(&self) -> Result<()> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        match self.org.chars().find(|c| !is_plain(*c)) {
            None => Ok(()),
            Some(odd) => {
                let org = self.org;
                let hint = "it has ASCII letters, digits, `-` and `_` only";
                Err(Error::Refused(format!("`{odd}` cannot be in the name of an organisation, as in `{org}`; {hint}")))
            }
        }
    }

    /// The name under which the team is stored.
    pub(super) fn stored(&self) -> String {
        format!("{}:{}:{}", self.provider, self.org, self.team).to_lowercase()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;

    #[test]
    fn a_team_has_three_parts() {
        let login = TeamLogin::parse("github:Rust-Lang:Core").unwrap();
        assert_eq!((login.provider, login.org, login.team), ("github", "Rust-Lang", "Core"));
        assert_eq!(login.stored(), "github:rust-lang:core");
        for text in ["", ":", "github", "github:", "github:org", "github:org:", "github::team", "github:org:team:more"]
        {
            let refusal = TeamLogin::parse(text).unwrap_err().to_string();
            assert!(refusal.contains(&format!("`{text}` names no team")), "{refusal}");
        }
    }

    #[test]
    fn organisations_are_plain_words() {
        TeamLogin::parse("github:a-Z_0:any thing").unwrap().check_org().unwrap();
        for (text, odd) in [("github:a b:c", ' '), ("github:ä:c", 'ä'), ("github:a/../b:c", '/')] {
            let refusal = TeamLogin::parse(text).unwrap().check_org().unwrap_err().to_string();
            assert!(refusal.starts_with(&format!("`{odd}`")), "{refusal}");
        }
    }
}

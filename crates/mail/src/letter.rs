//! Everything this registry writes to people, section 11 of the contract.

use std::fmt;

/// One mail, as data. Instants come written out, as the reader shall see them. Names may contain anything.
///
/// `Debug` shows only the kind: some letters carry secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum Letter {
    /// To a new address: is it yours?
    ConfirmAddress {
        /// The secret of the link.
        token: String,
        /// The account the address was entered for.
        login: String,
    },
    /// To the owner: an API token was made.
    NewToken {
        /// What the owner called it.
        token_name: String,
    },
    /// To the owner: an API token will soon end.
    TokenExpires {
        /// What the owner called it.
        token_name: String,
        /// Its id, for the page that makes another one like it.
        token_id: i64,
        /// When it ends.
        expires_at: String,
    },
    /// To the owner: an API token was found in public and has been revoked.
    TokenExposed {
        /// What the owner called it.
        token_name: String,
        /// Who reported it.
        reporter: String,
        /// What kind of place it was found in.
        source: String,
        /// Where exactly, if that is known; shown, but not made a link.
        url: Option<String>,
    },
    /// To an owner of the crates: a token from trusted publishing was found in public and has been revoked.
    TrustpubTokenExposed {
        /// The reader's crates it could publish.
        crates: Vec<String>,
        /// Who reported it.
        reporter: String,
        /// What kind of place it was found in.
        source: String,
        /// Where exactly, if that is known; shown, but not made a link.
        url: Option<String>,
    },
    /// To whoever was invited to own a crate.
    OwnerInvitation {
        /// Who invites.
        inviter: String,
        /// The crate.
        krate: String,
        /// The secret of the link.
        token: String,
    },
    /// To an owner: a version was published.
    Published {
        /// The crate.
        krate: String,
        /// The version.
        version: String,
        /// When.
        at: String,
        /// By whom.
        by: Publisher,
    },
    /// To the account's owner: there will be no more mails about publishes.
    Unsubscribed,
    /// To whoever deleted a crate.
    CrateDeleted {
        /// The crate.
        krate: String,
    },
    /// To an owner: a crate got a trusted publisher.
    TrustpubConfigCreated {
        /// Who added it.
        actor: String,
        /// Whether that is the reader.
        is_actor: bool,
        /// The crate.
        krate: String,
        /// What describes the publisher: labels (provider, repository, workflow, …) and values.
        publisher: Vec<(String, String)>,
    },
    /// To an owner: a crate lost a trusted publisher.
    TrustpubConfigDeleted {
        /// Who removed it.
        actor: String,
        /// Whether that is the reader.
        is_actor: bool,
        /// The crate.
        krate: String,
        /// What describes the publisher: labels (provider, repository, workflow, …) and values.
        publisher: Vec<(String, String)>,
    },
    /// To an owner: whether a crate takes publishes from its trusted publishers only has changed.
    TrustpubOnlyChanged {
        /// Who changed it.
        actor: String,
        /// Whether that is the reader.
        is_actor: bool,
        /// The crate.
        krate: String,
        /// Whether it now does.
        is_on: bool,
    },
    /// To the operators: a new crate is called almost like a popular one.
    PossibleTyposquat {
        /// The new crate.
        krate: String,
        /// One sentence for each check that fired, with the crate it resembles.
        findings: Vec<String>,
    },
    /// To those who were administrators before: the set of them has changed.
    AdminsChanged {
        /// Who became one.
        granted: Vec<String>,
        /// Who is none any more.
        revoked: Vec<String>,
    },
    /// To somebody without an account.
    SignUpInvitation {
        /// Who invites.
        inviter: String,
        /// The secret of the link.
        token: String,
    },
    /// To the account's owner: how one signs in to the account has changed.
    SecurityNotice {
        /// What happened, as a sentence without a full stop, such as `Two-factor authentication was switched off`.
        what: String,
        /// When.
        at: String,
        /// The network address it came from.
        address: String,
    },
}

/// Who published a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publisher {
    /// The reader.
    You,
    /// Another user.
    User(String),
    /// A run of a trusted workflow.
    Workflow {
        /// Where it ran, such as `GitHub` or `GitLab`.
        provider: String,
        /// The repository or project.
        project: String,
        /// The number of the run or job.
        run: String,
    },
}

impl Letter {
    /// What kind of letter this is, in one word, for logs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConfirmAddress { .. } => "confirm_address",
            Self::NewToken { .. } => "new_token",
            Self::TokenExpires { .. } => "token_expires",
            Self::TokenExposed { .. } => "token_exposed",
            Self::TrustpubTokenExposed { .. } => "trustpub_token_exposed",
            Self::OwnerInvitation { .. } => "owner_invitation",
            Self::Published { .. } => "published",
            Self::Unsubscribed => "unsubscribed",
            Self::CrateDeleted { .. } => "crate_deleted",
            Self::TrustpubConfigCreated { .. } => "trustpub_config_created",
            Self::TrustpubConfigDeleted { .. } => "trustpub_config_deleted",
            Self::TrustpubOnlyChanged { .. } => "trustpub_only_changed",
            Self::PossibleTyposquat { .. } => "possible_typosquat",
            Self::AdminsChanged { .. } => "admins_changed",
            Self::SignUpInvitation { .. } => "sign_up_invitation",
            Self::SecurityNotice { .. } => "security_notice",
        }
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Letter").field(&self.kind()).finish()
    }
}

//! What can go wrong, one variant per thing the caller could do differently.

use cargohold_package::PackageError;
use cargohold_protocol::{CrateName, FrameError, NameError, Timestamp, Version, VersionError};

/// A result of a rule.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a rule refuses. Each text says what is wrong and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such crate. Tools look for the words "does not exist".
    #[error("crate `{0}` does not exist; check the spelling of its name")]
    NoSuchCrate(String),
    /// The crate has no such version.
    #[error("crate `{name}` does not have a version `{version}`; `/crates/{name}/versions` lists those it has")]
    NoSuchVersion {
        /// The crate.
        name: CrateName,
        /// The version asked for.
        version: Version,
    },
    /// No version of the crate satisfies a requirement.
    #[error("no version of `{0}` satisfies `{1}`; `/crates/{0}/versions` lists those it has")]
    NoVersionInRange(CrateName, String),
    /// There is no such job, or it is in another state.
    #[error("there is no job with the id {0} of which this can be said; it may be done already, list the jobs anew")]
    NoSuchJob(i64),
    /// There are no credentials.
    #[error("this needs a token; run `cargo login` or set CARGO_REGISTRIES_<NAME>_TOKEN")]
    LoginNeeded,
    /// The request comes from a web site that may not act for people.
    #[error(
        "requests from the origin `{0}` may not act for anybody; add it to `server.allowed_origins` if they should"
    )]
    ForeignOrigin(String),
    /// The `Authorization` header holds no token.
    #[error("the `Authorization` header {}; send the token alone or after `Bearer`", describe_scheme(.0.as_deref()))]
    MalformedAuthorization(Option<String>),
    /// The token does not look like one of ours.
    #[error("the token does not have the format of this registry's tokens, which start with `cio`; create a new one")]
    TokenFormat,
    /// An asymmetric token proves nothing.
    #[error(transparent)]
    Signed(cargohold_providers::paseto::PasetoError),
    /// An asymmetric token is for another registry.
    #[error(
        "the token is signed for the index `{0}`, which is not this registry's; check the registry's `index` in `.cargo/config.toml`"
    )]
    SignedForAnother(String),
    /// An asymmetric token is too old, or from the future.
    #[error("the token was signed at {}, which is not now; check the clock of this machine and try again", .0.to_words())]
    SignedTooLongAgo(Timestamp),
    /// The token is unknown, revoked or expired.
    #[error("the token is not accepted: it is unknown, revoked or expired; run `cargo login` with a new one")]
    TokenNotAccepted,
    /// The token may not be used for this.
    #[error("the token does not have the permission this needs ({0}); use one that has")]
    TokenScope(String),
    /// The user does not own the crate.
    #[error("you are not an owner of `{0}`; ask one to run `cargo owner --add {1} {0}`")]
    NotOwner(CrateName, String),
    /// Only a team of the user's owns the crate.
    #[error("your team may publish and yank `{0}`, but this only people who own it may do; ask one of them")]
    TeamMayNot(CrateName),
    /// The user does not decide who is in a team.
    #[error("you are not a maintainer of the team `{0}`; ask one of them, or an administrator of this registry")]
    NotMaintainer(String),
    /// The user wants to make a team an owner that they are not in.
    #[error(
        "only members of the team `{0}` can make it an owner; ask one of them to own the crate with you and to add it"
    )]
    NotInTeam(String),
    /// There is no such team.
    #[error("Not Found: there is no team `{0}`; check its spelling, which is `provider:org:team` in lower case")]
    NoSuchTeam(String),
    /// An organisation at GitHub hides its teams from this registry.
    #[error(
        "the organisation `{0}` does not let this registry see its teams; ask one of its owners to approve the registry at GitHub"
    )]
    TeamsHidden(String),
    /// There is no such invitation, or it is somebody else's.
    #[error(
        "Not Found: there is no such invitation; it may have been answered or taken back: see who owns the crate, or ask for another one"
    )]
    NoSuchInvitation,
    /// The invitation came too late.
    #[error("the invitation to own `{0}` has expired; ask for another one")]
    InvitationExpired(CrateName),
    /// Somebody without a verified email address wants to own a crate.
    #[error("an owner needs a verified email address; verify yours, then accept again")]
    InviteeEmailNotVerified,
    /// Somebody asks for the invitations of somebody else.
    #[error("invitations are shown only to those they are for; ask with your own id, or with a crate you own")]
    NotYourInvitations,
    /// The crate belongs to others, and this is an upload to it.
    #[error(
        "the crate `{0}` exists already and you are not an owner of it; choose another name, or ask an owner to run \
         `cargo owner --add {1} {0}`"
    )]
    CrateTaken(CrateName, String),
    /// Only trusted publishing may publish the crate.
    #[error("the crate `{0}` accepts only trusted publishing; publish it from its configured pipeline")]
    TrustedPublishingOnly(CrateName),
    /// The publisher's email address is not verified.
    #[error("your email address is not verified; ask an administrator of {0} to verify it, then publish again")]
    EmailNotVerified(String),
    /// Only somebody with a verified email address may do this.
    #[error("your email address is not verified; verify it first, then try again")]
    VerifiedEmailNeeded,
    /// Nobody but a user, or a pending trusted publisher, may create a crate.
    #[error(
        "there is no crate `{0}`, and its first version must be published by a user; publish it with an API token, or make \
         a pending trusted publisher for that name"
    )]
    FirstPublishByUser(CrateName),
    /// There is no token of trusted publishing to revoke.
    #[error("this needs the token that trusted publishing gave to the pipeline; send it in the `Authorization` header")]
    TrustpubTokenNeeded,
    /// There are enough trusted publishers.
    #[error("{0} has as many trusted publishers as are allowed, which is {1}; remove one first")]
    TooManyPublishers(String, i64),
    /// The trusted publishers of somebody else are asked for.
    #[error("the user with the id {0} is somebody else; list your own trusted publishers, or those of a crate you own")]
    PublishersOfOthers(i64),
    /// There is no such trusted publisher.
    #[error("there is no trusted publisher with the id {0} here; list those of the crate for their ids")]
    NoSuchPublisher(i64),
    /// The name belonged to a deleted crate until recently.
    #[error("the crate `{name}` was deleted a short while ago; its name is free again at {}", .available_at.to_seconds_text())]
    RecentlyDeleted {
        /// The deleted crate.
        name: CrateName,
        /// From when on the name is free.
        available_at: Timestamp,
    },
    /// The user did this too often.
    #[error("you {action} too often; try again after {}", .retry_at.to_seconds_text())]
    TooOften {
        /// What was done too often.
        action: &'static str,
        /// When it is allowed again.
        retry_at: Timestamp,
    },
    /// The crate got too many versions today.
    #[error("`{0}` has got {1} versions in 24 hours, which is the limit; try again tomorrow")]
    TooManyVersionsToday(CrateName, i64),
    /// The version is there already. Tools look for the words "already uploaded".
    #[error("crate version `{0}` is already uploaded; raise the version and publish again")]
    VersionExists(String),
    /// The crate exists in another spelling.
    #[error("the crate is called `{stored}`, not `{given}`; use that spelling in `Cargo.toml`")]
    OtherSpelling {
        /// The stored name.
        stored: CrateName,
        /// The name in the upload.
        given: CrateName,
    },
    /// The upload cannot be taken apart.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The crate name is not valid.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The version is not valid.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// The tarball is not acceptable.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A value in the request is not acceptable; the text says which and what to do.
    #[error("{0}")]
    Refused(String),
    /// Somebody is to become an owner who is one already.
    #[error("`{0}` is an owner already; leave them out")]
    OwnerAlready(String),
    /// Nobody has this login.
    #[error("there is no user `{0}`; check the spelling of the login")]
    NoSuchUser(String),
    /// The user to remove is no owner.
    #[error("`{0}` is not an owner of this crate; see its page or `cargo owner --list` for who is")]
    NoSuchOwner(String),
    /// The last owner is to be removed.
    #[error("a crate needs at least one person who owns it, teams do not count; add somebody else first")]
    LastOwner,
    /// The login is taken.
    #[error("the login `{0}` is taken; choose another one")]
    LoginTaken(String),
    /// There is no such token.
    #[error("there is no token with the id {0}; see `cargohold admin token list`")]
    NoSuchToken(i64),
    /// Nobody has this login, or nearly this one.
    #[error("Not Found: there is no user `{0}`; check the spelling of the login")]
    NobodyHere(String),
    /// The caller has no token with this id.
    #[error("Not Found: you have no token with the id {0}; `/settings/tokens` lists those you have")]
    NotYourToken(i64),
    /// The operator lets nobody create tokens; the text is theirs.
    #[error("{0}")]
    TokenCreationDisabled(String),
    /// The operator has not set up what this needs.
    #[error("this registry takes no {0}; ask its operator if it should")]
    NotOffered(&'static str),
    /// Whoever reports leaked tokens does not present the right secret.
    #[error("the secret is not the one that the operator has set for scanners; send that one after `Bearer`")]
    ScannerRefused,
    /// There is no such keyword.
    #[error("Not Found: no crate has had the keyword `{0}`; see `/keywords` for those in use")]
    NoSuchKeyword(String),
    /// There is no such category.
    #[error("Not Found: there is no category `{0}`; see `/category_slugs` for all")]
    NoSuchCategory(String),
    /// There is no such derived file.
    #[error("there is no file `{0}`; check its spelling, or wait a moment if it was published just now")]
    NoSuchFile(String),
    /// The version has no such file.
    #[error("`{name}` {version} has no file `{path}`; see the list of its files for those it has")]
    NoSuchSource {
        /// The crate.
        name: CrateName,
        /// Its version.
        version: Version,
        /// The path without a file.
        path: String,
    },
    /// Only people who are signed in may do this.
    #[error("this is possible on the web site only; sign in there, a token is not enough")]
    WebSiteOnly,
    /// There is no such provider to sign in with.
    #[error("this registry has no such provider to sign in with; see `/sign-in` for those it has")]
    NoSuchProvider,
    /// The browser that came back is not the one that was sent, or was away for too long.
    #[error("this sign-in was not begun in this browser, or it took too long; start it again")]
    StateMismatch,
    /// A provider is of no help.
    #[error(transparent)]
    Provider(cargohold_providers::ProviderError),
    /// A directory is of no help.
    #[error(transparent)]
    Directory(cargohold_providers::LdapError),
    /// Strangers get no account.
    #[error("nobody can open an account here by themselves; ask an administrator of this registry for one")]
    SignUpClosed,
    /// Strangers need an invitation, and this is no good one.
    #[error(
        "opening an account here takes an invitation that is still good; ask an administrator of this registry for one"
    )]
    InvitationNeeded,
    /// Nobody is asked here whether they want an account.
    #[error("Not Found: accounts are not asked for here; sign in, and you have one if you may have one")]
    NoSignUp,
    /// No provider vouches for this browser.
    #[error("no sign-up is under way in this browser, or it took too long; sign in with your provider once more")]
    NoSignUpPending,
    /// The text is no address.
    #[error("`{0}` is no email address; write it like `name@example.org`")]
    NoMailbox(String),
    /// Only administrators may do this.
    #[error("only administrators of this registry may do this; ask one of them")]
    AdministratorsOnly,
    /// The account is locked.
    #[error("this account is locked{}, because: {reason}; ask an administrator of this registry to unlock it", describe_end(.until.as_ref()))]
    AccountLocked {
        /// Why.
        reason: String,
        /// Until when, if not for good.
        until: Option<Timestamp>,
    },
    /// Somebody else chose the password.
    #[error("choose a password of your own first: sign in on the web site, or `PUT /api/private/session/password`")]
    PasswordChangeNeeded,
    /// There is no sign-in that awaits its second factor.
    #[error("no sign-in waits for a code; sign in once more")]
    NoSignInAwaitsCode,
    /// The code of a second factor is wrong, or was used before. Which of them is not told.
    #[error("the code is wrong or was used before; wait for the next one, or use a recovery code")]
    CodeRefused,
    /// The audit log is not what was written.
    #[error(
        "the audit log is broken at entry {0}: somebody has changed the database by hand; compare it with a backup"
    )]
    AuditBroken(i64),
    /// Login or password are wrong. Which of them is not told.
    #[error("login or password are wrong; check both and try again")]
    SignInRefused,
    /// A new password is too easy to guess, or none of those that are taken; the text says which and what to do.
    #[error("{0}")]
    WeakPassword(String),
    /// Others may build on the crate.
    #[error("{0}")]
    NotDeletable(String),
    /// There is nobody to build documentation.
    #[error("this registry has no documentation host; its operator can set `docs.rebuild_url`")]
    NoDocsHost,
    /// Answers on their way hold all the memory that they may.
    #[error("the registry is sending as much as it can hold right now; try again in a few seconds")]
    Busy,
    /// The database failed.
    #[error("the registry is having trouble with its database")]
    Store(#[from] cargohold_store::Error),
    /// The blob store failed.
    #[error("the registry is having trouble with its storage")]
    Blobs(#[from] cargohold_blobs::Error),
    /// The search index failed.
    #[error("the registry is having trouble with its search index")]
    Search(#[from] cargohold_search::Error),
    /// Stored bytes are not the bytes that were published.
    #[error("the stored bytes of `{0}` do not have the checksum recorded at publish")]
    Corrupt(String),
    /// A bug or a broken machine.
    #[error("the registry failed internally")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub(crate) fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }
}

/// An error and its causes in one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn describe_end(until: Option<&Timestamp>) -> String {
    match until {
        Some(until) => format!(" until {}", until.to_words()),
        None => " indefinitely".to_owned(),
    }
}

fn describe_scheme(scheme: Option<&str>) -> String {
    match scheme {
        Some(scheme) => format!("has the scheme `{scheme}`, which is not supported"),
        None => "is not plain ASCII text".to_owned(),
    }
}

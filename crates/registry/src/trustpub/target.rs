//! What a new configuration is for, and whether it may be (contract part 2, §8.1).

use cargohold_protocol::CrateName;
use cargohold_store::crates::{self, Crate};
use cargohold_store::users::User;
use cargohold_store::{Tx, owners, tombstones, trusted_publishers};

use super::{NewTrustedPublisher, TrustedPublisher};
use crate::{Actor, Call, Error, Registry, Result};

/// How many configurations of one provider a crate may have, and how many pending ones a user.
const MAX_CONFIGS: i64 = 5;

/// What a configuration is for.
pub(super) enum Target {
    /// A crate that is there.
    Crate(Crate),
    /// One that is yet to be published.
    Name(CrateName),
}

impl Target {
    pub(super) fn name(&self) -> &CrateName {
        match self {
            Self::Crate(krate) => &krate.name,
            Self::Name(name) => name,
        }
    }

    pub(super) fn crate_id(&self) -> Option<i64> {
        match self {
            Self::Crate(krate) => Some(krate.id),
            Self::Name(_) => None,
        }
    }
}

impl Registry {
    /// What a configuration would be for, if the caller may make it.
    pub(super) async fn find_target(
        &self,
        tx: &mut Tx,
        call: &Call,
        actor: &Actor,
        new: &NewTrustedPublisher,
    ) -> Result<Target> {
        let name: Result<CrateName, _> = new.krate.parse();
        let found = match &name {
            Ok(name) => crates::find(tx, &name.canonical()).await?,
            Err(_) => None,
        };
        match found {
            Some(krate) => {
                check_room(tx, &krate, new).await?;
                check_publishing_owner(tx, actor, &krate).await?;
                check_email(actor)?;
                Ok(Target::Crate(krate))
            }
            None if new.is_pending => {
                let name = name?;
                self.check_future_name(tx, call, &name).await?;
                check_email(actor)?;
                check_room_for_pending(tx, actor).await?;
                Ok(Target::Name(name))
            }
            None => Err(Error::NoSuchCrate(new.krate.clone())),
        }
    }

    /// Names that could not be published cannot be waited for either.
    async fn check_future_name(&self, tx: &mut Tx, call: &Call, name: &CrateName) -> Result<()> {
        self.check_not_reserved(name)?;
        match tombstones::find(tx, &name.canonical(), call.now).await? {
            Some(stone) => Err(Error::RecentlyDeleted { name: stone.name, available_at: stone.available_at }),
            None => Ok(()),
        }
    }
}

async fn check_room(tx: &mut Tx, krate: &Crate, new: &NewTrustedPublisher) -> Result<()> {
    let provider = new.pipeline.provider().as_str();
    let there = trusted_publishers::list_of_crate(tx, provider, krate.id).await?.len();
    if i64::try_from(there).unwrap_or(i64::MAX) < MAX_CONFIGS {
        return Ok(());
    }
    Err(Error::TooManyPublishers(format!("`{}`", krate.name), MAX_CONFIGS))
}

async fn check_room_for_pending(tx: &mut Tx, actor: &Actor) -> Result<()> {
    if trusted_publishers::count_pending(tx, actor.user.id).await? < MAX_CONFIGS {
        return Ok(());
    }
    Err(Error::TooManyPublishers("your list of crates yet to be published".to_owned(), MAX_CONFIGS))
}

fn check_email(actor: &Actor) -> Result<()> {
    if actor.user.is_email_verified { Ok(()) } else { Err(Error::VerifiedEmailNeeded) }
}

/// Makes sure that somebody may change who publishes a crate: an owner who has given an address.
async fn check_publishing_owner(tx: &mut Tx, actor: &Actor, krate: &Crate) -> Result<()> {
    if actor.user.email.is_some() && owners::is_owner(tx, krate.id, actor.user.id).await? {
        return Ok(());
    }
    Err(no_owner(krate.name.as_str()))
}

/// Makes sure that somebody may remove a configuration: as for making one, and pending ones are their maker's.
pub(super) async fn check_remover(tx: &mut Tx, actor: &Actor, publisher: &TrustedPublisher) -> Result<()> {
    let is_allowed = match publisher.crate_id {
        Some(id) => actor.user.email.is_some() && owners::is_owner(tx, id, actor.user.id).await?,
        None => publisher.created_by == actor.user.id,
    };
    if is_allowed { Ok(()) } else { Err(no_owner(&publisher.crate_name)) }
}

/// Whom to tell of a change: all owners, or whoever waits for the crate.
pub(super) async fn list_concerned(tx: &mut Tx, actor: &Actor, crate_id: Option<i64>) -> Result<Vec<User>> {
    match crate_id {
        Some(id) => Ok(owners::list(tx, id).await?),
        None => Ok(vec![actor.user.clone()]),
    }
}

/// The contract wants a 400 here where everybody else says 403.
pub(super) fn no_owner(name: &str) -> Error {
    Error::Refused(format!("you are not an owner of `{name}` with an email address; ask an owner to do this"))
}

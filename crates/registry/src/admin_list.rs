//! What administrators see of a person (contract part 2, §12).

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{ReviewedCrate, UserReview};
use cargohold_store::{owned_crates, users};

use crate::auth::Need;
use crate::version_view::stored_json;
use crate::{Call, Error, Registry, Result};

impl Registry {
    /// The address and the crates of whoever has exactly this login at GitHub, or here if nobody has it there.
    ///
    /// # Errors
    /// When the caller is no administrator, or nobody has the login.
    pub async fn review_user(&self, call: &Call, login: &str) -> Result<UserReview> {
        self.authorize(call, Need::Administrator).await?;
        let nobody = || Error::NobodyHere(login.replace('\0', "\u{fffd}"));
        if login.contains('\0') {
            return Err(nobody());
        }
        let mut tx = self.store.read().await?;
        let found = match users::find_by_github_login(&mut tx, login).await? {
            Some(user) => Some(user),
            None => users::find_by_login(&mut tx, login).await?.filter(|user| user.login == login),
        };
        let user = found.ok_or_else(nobody)?;
        let mut crates = owned_crates::list_to_review(&mut tx, user.id).await?;
        crates.sort_by_cached_key(|krate| krate.name.to_lowercase());
        Ok(UserReview {
            user_email_verified: user.email.is_some() && user.is_email_verified,
            user_email: user.email,
            crates: crates.into_iter().map(show).collect::<Result<_>>()?,
        })
    }
}

fn show(krate: owned_crates::ReviewedCrate) -> Result<ReviewedCrate> {
    Ok(ReviewedCrate {
        name: krate.name,
        description: krate.description,
        updated_at: Timestamp::from_micros(krate.updated_at),
        downloads: krate.downloads,
        num_rev_deps: krate.num_rev_deps,
        num_versions: krate.num_versions,
        yanked: krate.is_yanked,
        default_version_num: krate.default_version,
        crate_size: krate.size_bytes,
        bin_names: krate.bin_names.as_deref().map(stored_json).transpose()?,
    })
}

//! What somebody wants to know every day: their crates, those they follow, and what is new of them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{Crate, OwnUser, VersionObject};
use cargohold_registry::{CratesFound, Group, InvitationFilter, ListFrom, ListQuery, Membership, Sort};

use crate::app::App;
use crate::pages::filters;
use crate::pages::frame::Frame;
use crate::pages::pager::{self, Pager};
use crate::pages::refusal::{PageError, PageResult};
use crate::pages::visit::Visit;
use crate::params::Params;

/// How many crates of a kind the dashboard shows.
const SHOWN_CRATES: usize = 10;

/// How many updates a page of the dashboard shows.
const SHOWN_UPDATES: usize = 20;

/// How many invitations are counted.
const MAX_COUNTED: usize = 100;

/// How many followed crates a page has.
const PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "dashboard.html")]
pub(super) struct Dashboard {
    pub(super) frame: Frame,
    pub(super) user: OwnUser,
    pub(super) own: CrateShelf,
    pub(super) followed: CrateShelf,
    pub(super) downloads: i64,
    pub(super) updates: Vec<UpdateView>,
    /// The page of updates that comes next, if there may be one.
    pub(super) next_page: Option<usize>,
    pub(super) invitations: usize,
    pub(super) has_token: bool,
    pub(super) teams: Vec<Membership>,
}

/// A new version of a followed crate.
pub(super) struct UpdateView {
    pub(super) krate: String,
    pub(super) num: String,
    pub(super) is_yanked: bool,
    pub(super) description: Option<String>,
    pub(super) created_at: Timestamp,
    /// Who published it, unless that was a pipeline.
    pub(super) publisher: Option<String>,
}

impl UpdateView {
    fn of(version: VersionObject) -> Self {
        Self {
            krate: version.krate,
            num: version.num,
            is_yanked: version.yanked,
            description: version.description,
            created_at: version.created_at,
            publisher: version.published_by.map(|user| user.login),
        }
    }
}

/// The first of some crates, and how many there are.
pub(super) struct CrateShelf {
    pub(super) crates: Arc<[Crate]>,
    pub(super) total: usize,
}

impl CrateShelf {
    fn of(found: &CratesFound) -> Self {
        Self { crates: found.crates.clone(), total: found.total }
    }
}

impl Dashboard {
    async fn load(app: &App, visit: &Visit, page: usize) -> Result<Self, PageError> {
        let (registry, call) = (&app.registry, visit.call());
        let actor = registry.who_is_signed_in(call).await?;
        let id = actor.user.id;
        let followed = registry.list_followed(call).await?;
        let updates = registry.list_updates(&actor, (page - 1) * SHOWN_UPDATES, SHOWN_UPDATES).await?;
        let filter = InvitationFilter::OfUser(id);
        let invitations = registry.list_invitations(call, &actor, filter, None, MAX_COUNTED).await?.invitations.len();
        Ok(Self {
            frame: visit.frame(),
            user: registry.me(call).await?.user,
            own: CrateShelf::of(&*registry.list_crates(shelf(Group::User(id))).await?),
            followed: CrateShelf::of(&*registry.list_crates(shelf(Group::Ids(followed))).await?),
            downloads: registry.count_downloads_of_owner(id).await?,
            next_page: (updates.len() == SHOWN_UPDATES).then_some(page + 1),
            updates: updates.into_iter().map(UpdateView::of).collect(),
            invitations,
            has_token: !registry.list_my_tokens(call, None).await?.is_empty(),
            teams: registry.list_my_teams(call).await?,
        })
    }

    /// Whether there is something to set up yet before the first publish.
    fn is_new(&self) -> bool {
        self.own.total == 0
    }
}

/// The followed crates.
#[derive(Template)]
#[template(path = "following.html")]
pub(super) struct Following {
    pub(super) frame: Frame,
    pub(super) crates: Arc<[Crate]>,
    pub(super) total: usize,
    pub(super) pager: Pager,
}

/// The crates of a group that changed last.
fn shelf(group: Group) -> ListQuery {
    list(group, Sort::Updated, 0, SHOWN_CRATES)
}

fn list(group: Group, sort: Sort, skip: usize, limit: usize) -> ListQuery {
    let from = ListFrom::Offset(skip);
    ListQuery { text: None, category: None, hide_yanked: false, group: Some(group), sort, from, limit }
}

pub(super) async fn show(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    visit.signed_in()?;
    visit.page(&Dashboard::load(&app, &visit, pager::page(&params)?).await?)
}

pub(super) async fn show_following(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    visit.signed_in()?;
    let page = pager::page(&params)?;
    let followed = Group::Ids(app.registry.list_followed(visit.call()).await?);
    let found = app.registry.list_crates(list(followed, Sort::Name, (page - 1) * PER_PAGE, PER_PAGE)).await?;
    let pager = Pager::new(page, found.total, PER_PAGE, "/me/following", &params);
    visit.page(&Following { frame: visit.frame(), crates: found.crates.clone(), total: found.total, pager })
}

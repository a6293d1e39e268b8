//! `GET /api/v1/crates` and `GET /api/v1/suggest`: search and lists of crates (contract §5.1).

use axum::extract::{RawQuery, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use cargohold_protocol::api::{CrateList, CrateListMeta, Errors, Suggestions};
use cargohold_registry::{Call, CratesFound, Group, ListFrom, ListKey, ListQuery, Sort};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, Json, finished};
use crate::params::{Offset, Paging, Params};
use crate::{seek, sort};

/// Searches or lists crates.
///
/// Without `page`, the pages are linked by `next_page` alone, which goes on for ever; with `page`, they end at page 200. Of the
/// filters from `all_keywords` to `ids[]`, the first one given applies and the others are passed over.
#[utoipa::path(get, path = "/api/v1/crates", operation_id = "list_crates", tag = "crates",
    params(
        ("q" = Option<String>, Query, description = "What to search for: words anywhere, or a part of a name"),
        ("sort" = Option<String>, Query, description = "`relevance`, `downloads`, `recent-downloads`, `recent-updates`, `new` or `alphabetical`; anything else sorts by name"),
        ("category" = Option<String>, Query, description = "Only crates in this category or below it, by slug"),
        ("all_keywords" = Option<String>, Query, description = "Only crates with all of these keywords, separated by blanks"),
        ("keyword" = Option<String>, Query, description = "Only crates with this keyword"),
        ("letter" = Option<String>, Query, description = "Only crates whose names begin with this letter"),
        ("user_id" = Option<i32>, Query, description = "Only crates of this user"),
        ("team_id" = Option<i32>, Query, description = "Only crates of this team"),
        ("following" = Option<String>, Query, description = "Only crates the caller follows; needs a sign-in or an unlimited token"),
        ("ids[]" = Option<Vec<String>>, Query, explode = true, description = "Only crates of exactly these names"),
        ("include_yanked" = Option<String>, Query, description = "Anything but `yes` hides crates whose versions are all yanked"),
        ("page" = Option<u32>, Query, minimum = 1, maximum = 200, description = "The number of the page; excludes `seek`"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many crates a page has, 10 if nobody says"),
        ("seek" = Option<String>, Query, description = "From `next_page`; excludes `page`"),
    ),
    responses((status = 200, body = CrateList), (status = 400, body = Errors), (status = 403, body = Errors), (status = 429, body = Errors)))]
pub(super) async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
    params: Params,
) -> ApiResult<Response> {
    let is_personal = params.raw("following")?.is_some_and(|value| !value.is_empty());
    let query = filters(&params)?;
    let query = follow_filter(&app, &call, query, is_personal).await?;
    let paging = params.paging()?;
    let offset = paging.offset_or_seek()?;
    let limit = paging.limit()?;
    let from = start(&paging, offset.as_ref(), query.sort)?;
    if query.text.is_some() {
        app.registry.spend_search(&call)?;
    }
    let found = app.registry.list_crates(ListQuery { from, limit, ..query }).await?;
    let write = || CrateList { crates: found.crates.to_vec(), meta: meta(&paging, offset.as_ref(), &found) };
    let answer = found.answer(asked.as_deref().unwrap_or_default(), write)?;
    let mut response = finished(&headers, &answer).await?;
    if is_personal {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// Suggests crates while their name is being typed. The reference server has nothing like it.
#[utoipa::path(get, path = "/api/v1/suggest", operation_id = "suggest_crates", tag = "crates",
    params(
        ("q" = Option<String>, Query, description = "What was typed so far"),
        ("per_page" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many suggestions, 10 if nobody says"),
    ),
    responses((status = 200, body = Suggestions), (status = 400, body = Errors), (status = 429, body = Errors)))]
pub(super) async fn suggest(
    State(app): State<App>,
    Caller(call): Caller,
    params: Params,
) -> ApiResult<Json<Suggestions>> {
    let prefix = params.text("q")?.unwrap_or_default();
    let limit = params.paging()?.limit()?;
    app.registry.spend_search(&call)?;
    Ok(Json(Suggestions { suggestions: app.registry.suggest(prefix, limit).await? }))
}

/// A query without its page. The filter for followed crates is left to [`follow_filter`].
fn filters(params: &Params) -> Result<ListQuery, ApiError> {
    let text = params.text("q")?.map(str::to_owned);
    let category = params.text("category")?.map(str::to_owned);
    let all_keywords = params
        .text("all_keywords")?
        .map(|words| Group::AllKeywords(words.split_whitespace().map(str::to_lowercase).collect()));
    let keyword = params.text("keyword")?.map(|keyword| Group::Keyword(keyword.to_lowercase()));
    let letter = params.text("letter")?.and_then(|text| text.chars().next());
    let letter = letter.map(|letter| Group::Letter(letter.to_lowercase().next().unwrap_or(letter)));
    let user = params.number::<i32>("user_id")?.map(|id| Group::User(id.into()));
    let team = params.number::<i32>("team_id")?.map(|id| Group::Team(id.into()));
    let is_personal = params.raw("following")?.is_some_and(|value| !value.is_empty());
    let followed = is_personal.then(|| Group::Ids(Vec::new()));
    let names = params.list("ids[]")?.map(Group::Names);
    let hide_yanked = params.text("include_yanked")?.is_some_and(|value| value != "yes");
    let sort = sort::named(params.raw("sort")?.unwrap_or_default(), text.is_some());
    let group = all_keywords.or(keyword).or(letter).or(user).or(team).or(followed).or(names);
    Ok(ListQuery { text, category, hide_yanked, group, sort, from: ListFrom::Offset(0), limit: 1 })
}

/// Puts in the crates the caller follows. Whoever asks for them must say who they are, even if another filter goes first.
async fn follow_filter(app: &App, call: &Call, query: ListQuery, is_personal: bool) -> Result<ListQuery, ApiError> {
    if !is_personal {
        return Ok(query);
    }
    let followed = app.registry.list_followed(call).await?;
    let group = match query.group {
        Some(Group::Ids(_)) => Some(Group::Ids(followed)),
        other => other,
    };
    Ok(ListQuery { group, ..query })
}

fn start(paging: &Paging<'_>, offset: Option<&Offset>, sort: Sort) -> Result<ListFrom, ApiError> {
    match (offset, paging.seek) {
        (Some(offset), _) => {
            sort::check_reach(sort, offset.page, offset.skip)?;
            Ok(ListFrom::Offset(offset.skip))
        }
        (None, Some(seek)) => Ok(ListFrom::After(seek::decode(seek, sort)?)),
        (None, None) => Ok(ListFrom::Offset(0)),
    }
}

fn meta(paging: &Paging<'_>, offset: Option<&Offset>, found: &CratesFound) -> CrateListMeta {
    let earlier = offset.filter(|offset| offset.page > 1);
    CrateListMeta {
        total: found.total,
        next_page: next_page(paging, offset, found.last.as_ref().filter(|_| found.is_full)),
        prev_page: earlier.map(|offset| paging.page_link(offset.page - 1)),
    }
}

fn next_page(paging: &Paging<'_>, offset: Option<&Offset>, last: Option<&ListKey>) -> Option<String> {
    let last = last?;
    Some(match offset {
        Some(offset) => paging.page_link(offset.page + 1),
        None => paging.seek_link(&seek::encode(last)),
    })
}

//! The query string of a request (contract §1.3, §2.4): parameters, pages and links to other pages.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::error::ApiError;

/// How many rows a page has if nobody says.
const DEFAULT_PER_PAGE: usize = 10;
const MAX_PER_PAGE: usize = 100;

/// The last page that is served of crates and their dependents; what lies behind it belongs into a dump.
const LAST_PAGE: usize = 200;

/// The pairs of a query string in their order. Broken escapes and bytes that are no UTF-8 are no errors.
pub(crate) struct Params(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Params {
    /// The pairs of a query string, without its `?`.
    pub(crate) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The value of a parameter that may be given once, as it is.
    pub(crate) fn raw(&self, key: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.0.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(wrong(key, "it is given twice; give it once")),
            (value, None) => Ok(value),
        }
    }

    /// Whether a parameter is given, whatever its value.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    /// The text of a parameter that may be given once; an empty one counts as none.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&str>, ApiError> {
        let value = self.raw(key)?.filter(|value| !value.is_empty());
        value.map(|value| without_nul(key, value)).transpose()
    }

    /// A number; an empty one counts as none.
    pub(crate) fn number<T: FromStr>(&self, key: &str) -> Result<Option<T>, ApiError> {
        let Some(value) = self.raw(key)?.filter(|value| !value.is_empty()) else { return Ok(None) };
        value.parse().map(Some).map_err(|_| wrong(key, &format!("`{value}` is no number in its range")))
    }

    /// A whole number, if it is given; unlike elsewhere, an empty one is none.
    pub(crate) fn whole_number(&self, key: &str) -> Result<Option<i64>, ApiError> {
        let Some(value) = self.raw(key)? else { return Ok(None) };
        value
            .parse()
            .map(Some)
            .map_err(|_| wrong(key, &format!("`{value}` is no whole number; give one or leave it out")))
    }

    /// All values of a repeatable parameter, such as `ids[]`; `None` if it is not given at all.
    pub(crate) fn list(&self, key: &str) -> Result<Option<Vec<String>>, ApiError> {
        let values = self.0.iter().filter(|(name, _)| name == key).enumerate();
        let values: Result<Vec<String>, ApiError> = values
            .map(|(index, (_, value))| without_nul(&format!("{key}[{index}]"), value).map(str::to_owned))
            .collect();
        values.map(|values| (!values.is_empty()).then_some(values))
    }

    /// The words of `include`; `None` if it is not given at all.
    pub(crate) fn include(&self, allowed: &[&str]) -> Result<Option<Vec<&str>>, ApiError> {
        let Some(value) = self.raw("include")? else { return Ok(None) };
        let words: Vec<&str> = value.split(',').filter(|word| !word.is_empty()).collect();
        match words.iter().find(|word| !allowed.contains(word)) {
            None => Ok(Some(words)),
            Some(word) => {
                let allowed = allowed.join("`, `");
                Err(ApiError::bad_request(format!("`include` does not know `{word}`; it can be `{allowed}`")))
            }
        }
    }

    /// What the request says about pages. Here only the syntax of its numbers is judged.
    pub(crate) fn paging(&self) -> Result<Paging<'_>, ApiError> {
        Ok(Paging {
            page: self.positive("page")?,
            per_page: self.positive("per_page")?,
            seek: self.raw("seek")?,
            params: self,
        })
    }

    fn positive(&self, key: &str) -> Result<Option<usize>, ApiError> {
        let Some(value) = self.raw(key)? else { return Ok(None) };
        match value.parse::<u32>() {
            Ok(number @ 1..) => Ok(usize::try_from(number).ok()),
            _ => Err(wrong(key, &format!("it must be a number from 1 on, not `{value}`"))),
        }
    }

    /// All pairs in their order.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The same parameters without these.
    pub(crate) fn without(&self, keys: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !keys.contains(&name.as_str())).cloned().collect())
    }

    /// All of them as a query string with its `?`; nothing if there are none.
    pub(crate) fn query(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        form_urlencoded::Serializer::for_suffix("?".to_owned(), 1).extend_pairs(&self.0).finish()
    }

    /// The query string of another page: ours with one pair removed and put last with another value.
    pub(crate) fn link(&self, key: &str, value: &str) -> String {
        let kept = self.0.iter().filter(|(name, _)| name != key);
        let mut query = form_urlencoded::Serializer::for_suffix("?".to_owned(), 1);
        for (name, value) in kept {
            query.append_pair(name, value);
        }
        query.append_pair(key, value);
        query.finish()
    }
}

fn without_nul<'v>(key: &str, value: &'v str) -> Result<&'v str, ApiError> {
    if value.contains('\0') { Err(wrong(key, "it contains a NUL character; remove it")) } else { Ok(value) }
}

fn wrong(key: &str, problem: &str) -> ApiError {
    ApiError::bad_request(format!("failed to deserialize query string: {key}: {problem}"))
}

/// What a request says about pages.
pub(crate) struct Paging<'p> {
    pub(crate) page: Option<usize>,
    per_page: Option<usize>,
    pub(crate) seek: Option<&'p str>,
    params: &'p Params,
}

/// A page by its number.
pub(crate) struct Offset {
    pub(crate) page: usize,
    pub(crate) skip: usize,
    pub(crate) limit: usize,
}

impl Paging<'_> {
    /// Whether the request says how long a page is.
    pub(crate) fn is_limited(&self) -> bool {
        self.per_page.is_some()
    }

    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        match self.per_page {
            Some(asked) if asked > MAX_PER_PAGE => Err(ApiError::bad_request(format!(
                "`per_page` cannot be more than 100 items at once, and {asked} are asked for; ask for several pages"
            ))),
            Some(asked) => Ok(asked),
            None => Ok(DEFAULT_PER_PAGE),
        }
    }

    /// A page of a list without `seek`.
    pub(crate) fn offset(&self) -> Result<Offset, ApiError> {
        if self.seek.is_some() {
            return Err(ApiError::bad_request("`seek` is not supported for this list; use `page`"));
        }
        self.numbered()
    }

    /// A page of a list without `seek`, one of the first 200.
    pub(crate) fn limited_offset(&self) -> Result<Offset, ApiError> {
        let offset = self.offset()?;
        check_page(&offset)?;
        Ok(offset)
    }

    /// The page of a list with `page` and `seek`, if it is asked for by number.
    pub(crate) fn offset_or_seek(&self) -> Result<Option<Offset>, ApiError> {
        if self.page.is_some() && self.seek.is_some() {
            return Err(ApiError::bad_request("`page` and `seek` exclude each other; use one of them"));
        }
        if self.page.is_none() {
            return Ok(None);
        }
        let offset = self.numbered()?;
        check_page(&offset)?;
        Ok(Some(offset))
    }

    fn numbered(&self) -> Result<Offset, ApiError> {
        let (page, limit) = (self.page.unwrap_or(1), self.limit()?);
        Ok(Offset { page, skip: (page - 1).saturating_mul(limit), limit })
    }

    /// The link to the page of this number.
    pub(crate) fn page_link(&self, page: usize) -> String {
        self.params.link("page", &page.to_string())
    }

    /// The link to the page behind this place.
    pub(crate) fn seek_link(&self, seek: &str) -> String {
        self.params.link("seek", seek)
    }
}

fn check_page(offset: &Offset) -> Result<(), ApiError> {
    if offset.page <= LAST_PAGE {
        return Ok(());
    }
    let page = offset.page;
    Err(ApiError::bad_request(format!(
        "page {page} is behind the last one that is served, {LAST_PAGE}; follow `next_page` from the first page on instead, or \
         see the data access policy of this registry"
    )))
}

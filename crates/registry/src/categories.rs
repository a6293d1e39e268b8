//! Categories: the set there is, and what the API shows of it (contract §5.12, appendix B).
//!
//! There are about a hundred, so everything but the memberships is computed in memory.

use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{self, Categories, CategorySlug, SingleCategory, Total};
use cargohold_store::Tx;
use cargohold_store::categories::{self, Category};

use crate::{Error, Registry, Result};

/// All categories, one a line: slug, full display name and description, separated by tabs.
const CATEGORIES: &str = include_str!("categories.tsv");

/// Every category there is, as slug, full display name and description.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    CATEGORIES.lines().filter_map(|line| {
        let mut parts = line.split('\t');
        Some((parts.next()?, parts.next()?, parts.next()?))
    })
}

/// The order of the list of categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CategoryOrder {
    /// By display name.
    Alphabetical,
    /// The most used first.
    Crates,
}

impl Registry {
    /// Makes the set of this release the categories there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sync_categories(&self, now: Timestamp) -> Result<()> {
        let wanted: Vec<_> = all().collect();
        let mut tx = self.store.write().await?;
        categories::sync(&mut tx, &wanted, now).await?;
        Ok(tx.commit().await?)
    }

    /// One page of the top-level categories, each with the crates of everything below it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_categories(&self, order: CategoryOrder, offset: usize, limit: usize) -> Result<Categories> {
        let all = categories::list(&mut self.store.read().await?).await?;
        let mut top = top_level(&all);
        if order == CategoryOrder::Crates {
            top.sort_by_key(|(_, total)| -total);
        }
        let total = i64::try_from(top.len()).unwrap_or(i64::MAX);
        let page = top.into_iter().skip(offset).take(limit);
        Ok(Categories {
            categories: page.map(|(category, total)| show_sum(category, total)).collect(),
            meta: Total { total },
        })
    }

    /// A category among its kin, by its slug in any casing.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find_category(&self, slug: &str) -> Result<SingleCategory> {
        let all = categories::list(&mut self.store.read().await?).await?;
        let wanted = slug.to_lowercase();
        let found = all.iter().find(|category| category.slug == wanted);
        let found = found.ok_or_else(|| Error::NoSuchCategory(slug.to_owned()))?;
        let root = found.slug.split("::").next().unwrap_or_default();
        let whole_tree = sum_below(&all, root);
        let children = all.iter().filter(|category| parent(&category.slug) == Some(found.slug.as_str()));
        let parents = all.iter().filter(|category| found.slug.starts_with(&format!("{}::", category.slug)));
        Ok(SingleCategory {
            category: show_category(found),
            subcategories: children.map(|child| show_sum(child, sum_below(&all, &child.slug))).collect(),
            parent_categories: parents.map(|parent| show_sum(parent, whole_tree)).collect(),
        })
    }

    /// All categories as manifests name them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_category_slugs(&self) -> Result<Vec<CategorySlug>> {
        let all = categories::list(&mut self.store.read().await?).await?;
        let slug = |category: Category| CategorySlug {
            id: category.slug.clone(),
            slug: category.slug,
            description: category.description,
        };
        Ok(all.into_iter().map(slug).collect())
    }

    /// The most used top-level categories.
    pub(crate) async fn popular_categories(&self, tx: &mut Tx, limit: usize) -> Result<Vec<api::Category>> {
        let all = categories::list(tx).await?;
        let mut top = top_level(&all);
        top.sort_by_key(|(_, total)| -total);
        Ok(top.into_iter().take(limit).map(|(category, total)| show_sum(category, total)).collect())
    }
}

/// A category with the number of crates that are in exactly it.
pub(crate) fn show_category(category: &Category) -> api::Category {
    show_sum(category, category.crates_cnt)
}

fn show_sum(category: &Category, crates_cnt: i64) -> api::Category {
    api::Category {
        id: category.slug.clone(),
        category: category.name.rsplit("::").next().unwrap_or_default().to_owned(),
        slug: category.slug.clone(),
        description: category.description.clone(),
        created_at: Timestamp::from_micros(category.created_at),
        crates_cnt,
    }
}

/// The top-level categories by display name, each with the sum of its tree.
fn top_level(all: &[Category]) -> Vec<(&Category, i64)> {
    let top = all.iter().filter(|category| parent(&category.slug).is_none());
    let mut top: Vec<_> = top.map(|category| (category, sum_below(all, &category.slug))).collect();
    top.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    top
}

fn parent(slug: &str) -> Option<&str> {
    slug.rsplit_once("::").map(|(parent, _)| parent)
}

/// How many memberships a category and everything below it have.
fn sum_below(all: &[Category], slug: &str) -> i64 {
    let prefix = format!("{slug}::");
    let below = all.iter().filter(|category| category.slug == slug || category.slug.starts_with(&prefix));
    below.map(|category| category.crates_cnt).sum()
}

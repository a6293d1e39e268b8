use cargohold_protocol::Timestamp;
use cargohold_protocol::api::{Category, CategorySlug, SingleCategory};

use super::{CategoriesPage, CategoryPage, SlugsPage};
use crate::pages::lists::shelf;
use crate::pages::lists::shelf::order_links;
use crate::pages::pager::Pager;
use crate::pages::samples::{Sample, frame, sample};
use crate::params::Params;

fn category(slug: &str) -> Category {
    Category {
        id: slug.to_owned(),
        category: format!("Name of {slug}"),
        slug: slug.to_owned(),
        description: "All about <img & more".to_owned(),
        created_at: Timestamp::from_micros(0),
        crates_cnt: 1234,
    }
}

fn list(categories: Vec<Category>) -> CategoriesPage {
    let params = Params::parse("");
    CategoriesPage {
        frame: frame(),
        categories,
        orders: order_links(&[("alpha", "Name")], "alpha", "/categories", &params),
        pager: Pager::new(2, 150, 100, "/categories", &params),
    }
}

pub(in crate::pages) fn samples() -> Vec<Sample> {
    let found = SingleCategory {
        category: category("os::unix"),
        subcategories: vec![category("os::unix::tide")],
        parent_categories: vec![category("os")],
    };
    let slug = CategorySlug { id: "os".to_owned(), slug: "os".to_owned(), description: "<script>alert(1)".to_owned() };
    vec![
        sample("categories.html", &list(vec![category("os"), category("wasm")])),
        sample("categories.html", &list(Vec::new())),
        sample(
            "category.html",
            &CategoryPage { frame: frame(), found, shelf: shelf::sample("/categories/os", "", true) },
        ),
        sample("category_slugs.html", &SlugsPage { frame: frame(), slugs: vec![slug] }),
    ]
}

#[test]
fn a_category_leads_up_and_down() {
    let samples = samples();
    let html = &samples[2].1;
    for link in ["/categories", "/categories/os", "/categories/os::unix::tide"] {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link} is not in\n{html}");
    }
}

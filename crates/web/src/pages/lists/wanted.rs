//! What is typed into a search: words, and `keyword:…` and `category:…` among them.

use crate::pages::refusal::PageError;

/// The keywords that a crate may have (Cargo book, the manifest format).
const MAX_KEYWORDS: usize = 5;

/// What a search looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The words, one blank between them.
    pub(super) text: String,
    /// Keywords that a crate must all have, in lower case.
    pub(super) keywords: Vec<String>,
    /// The slug of the category that a crate must be in.
    pub(super) category: Option<String>,
}

impl Wanted {
    /// Reads what was typed, with further keywords beside it.
    ///
    /// # Errors
    /// When it names more than one category, or more keywords than any crate has.
    pub(super) fn read(typed: &str, more_keywords: &str) -> Result<Self, PageError> {
        let mut wanted = Self::default();
        let mut words = Vec::new();
        for word in typed.split_whitespace() {
            match word.split_once(':') {
                Some(("keyword", keyword)) => wanted.add_keyword(keyword)?,
                Some(("category", category)) => wanted.set_category(category)?,
                _ => words.push(word),
            }
        }
        more_keywords.split_whitespace().try_for_each(|keyword| wanted.add_keyword(keyword))?;
        wanted.text = words.join(" ");
        Ok(wanted)
    }

    fn add_keyword(&mut self, keyword: &str) -> Result<(), PageError> {
        let keyword = keyword.to_lowercase();
        if keyword.is_empty() || self.keywords.contains(&keyword) {
            return Ok(());
        }
        if self.keywords.len() >= MAX_KEYWORDS {
            return Err(PageError::bad_request(format!(
                "no crate has more than {MAX_KEYWORDS} keywords, and this search names more; leave some of them out"
            )));
        }
        self.keywords.push(keyword);
        Ok(())
    }

    fn set_category(&mut self, category: &str) -> Result<(), PageError> {
        let category = category.to_lowercase();
        if category.is_empty() {
            return Ok(());
        }
        match self.category.replace(category.clone()) {
            Some(other) if other != category => Err(PageError::bad_request(format!(
                "a search can be limited to one category, and this one names `{other}` and `{category}`; leave one of them out"
            ))),
            _ => Ok(()),
        }
    }

    /// What to type to look for the same.
    pub(super) fn typed(&self) -> String {
        let keywords = self.keywords.iter().map(|keyword| format!("keyword:{keyword}"));
        let category = self.category.iter().map(|category| format!("category:{category}"));
        let text = Some(self.text.clone()).filter(|text| !text.is_empty());
        text.into_iter().chain(keywords).chain(category).collect::<Vec<_>>().join(" ")
    }

    /// Each `keyword:…` and `category:…`, and what the search is without it.
    pub(super) fn filters(&self) -> Vec<(String, Self)> {
        let without = |dropped: &String| {
            let keywords = self.keywords.iter().filter(|keyword| *keyword != dropped).cloned().collect();
            (format!("keyword:{dropped}"), Self { keywords, ..self.clone() })
        };
        let keywords = self.keywords.iter().map(without);
        let all = |category: &String| (format!("category:{category}"), Self { category: None, ..self.clone() });
        keywords.chain(self.category.as_ref().map(all)).collect()
    }
}

#[cfg(test)]
mod tests;

//! Index entries: one line of JSON per version (Cargo book, "Registry Index"; contract §8.3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Cksum, CrateName, DependencyKind, Version};

/// Everything the index says about a version.
///
/// Build one, then call [`IndexEntry::into_line`]: it sorts dependencies and splits features as the index wants them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndexEntry {
    /// The crate's name in its stored spelling.
    pub name: CrateName,
    /// The version, build metadata included.
    pub vers: Version,
    /// The dependencies of all kinds.
    pub deps: Vec<IndexDependency>,
    /// The SHA-256 of the tarball.
    pub cksum: Cksum,
    /// Features that every cargo understands.
    pub features: BTreeMap<String, Vec<String>>,
    /// Features that use `dep:` or `?/`, and those that refer to them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features2: BTreeMap<String, Vec<String>>,
    /// Whether fresh resolution avoids this version.
    pub yanked: bool,
    /// The native library the crate links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub links: Option<String>,
    /// The lowest Rust version the crate supports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rust_version: Option<String>,
    /// When the version was published, in whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pubtime: Option<String>,
    /// The schema version: absent or 2, which tells cargo before 1.60 to pass over the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub v: Option<u32>,
}

/// One dependency of an index entry. `target` is always written, `package` and `registry` only when there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndexDependency {
    /// The name in the depending manifest, the alias if there is one.
    pub name: String,
    /// The version requirement.
    pub req: String,
    /// The features asked for.
    pub features: Vec<String>,
    /// Whether a feature must switch it on.
    pub optional: bool,
    /// Whether its default features are on.
    pub default_features: bool,
    /// The platform it is limited to.
    #[schema(required)]
    pub target: Option<String>,
    /// Its kind.
    pub kind: DependencyKind,
    /// The index it comes from; absent means this registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub registry: Option<String>,
    /// The real crate name if `name` is an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub package: Option<String>,
}

/// A finished index line in two halves, before and behind the value of `yanked`.
///
/// The line of a version is written once, at publish; only `yanked` changes afterwards. Keeping the halves apart means
/// that a yank cannot touch any other byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexLine {
    /// The text up to and including `"yanked":`.
    pub head: String,
    /// The text after the value of `yanked`, without a line break.
    pub tail: String,
}

impl IndexEntry {
    /// The finished line.
    ///
    /// # Errors
    /// When the entry cannot be written as JSON, which no entry made of valid types can cause.
    pub fn into_line(mut self) -> Result<IndexLine, serde_json::Error> {
        self.deps.sort_by(|a, b| dependency_order(a).cmp(&dependency_order(b)));
        self.split_features();
        let not_yanked = serde_json::to_string(&Self { yanked: false, ..self.clone() })?;
        let yanked = serde_json::to_string(&Self { yanked: true, ..self })?;
        // The two texts are equal up to the value of `yanked`, and nothing before it differs.
        let value_at = not_yanked.bytes().zip(yanked.bytes()).take_while(|(a, b)| a == b).count();
        let tail = not_yanked[value_at + "false".len()..].to_owned();
        Ok(IndexLine { head: not_yanked[..value_at].to_owned(), tail })
    }

    /// Moves features with `dep:` or `?/`, and those that list a moved one, to `features2` and sets `v` to 2 if any moved.
    fn split_features(&mut self) {
        // An entry that was read has its features split already.
        self.features.append(&mut self.features2);
        let uses_new_syntax = |values: &Vec<String>| values.iter().any(|v| v.starts_with("dep:") || v.contains("?/"));
        let mut moved: BTreeMap<_, _> = self.features.extract_if(.., |_, values| uses_new_syntax(values)).collect();
        loop {
            let refers: Vec<_> =
                self.features.extract_if(.., |_, values| values.iter().any(|v| moved.contains_key(v))).collect();
            if refers.is_empty() {
                break;
            }
            moved.extend(refers);
        }
        self.v = (!moved.is_empty()).then_some(2);
        self.features2 = moved;
    }
}

impl IndexLine {
    /// Appends the line and its line break to an index file.
    pub fn write_to(&self, yanked: bool, file: &mut String) {
        file.push_str(&self.head);
        file.push_str(if yanked { "true" } else { "false" });
        file.push_str(&self.tail);
        file.push('\n');
    }
}

type DependencyOrder<'a> =
    (&'a str, DependencyKind, &'a str, bool, bool, Option<&'a str>, Option<&'a str>, &'a [String], Option<&'a str>);

fn dependency_order(dep: &IndexDependency) -> DependencyOrder<'_> {
    (
        &dep.name,
        dep.kind,
        &dep.req,
        dep.optional,
        dep.default_features,
        dep.target.as_deref(),
        dep.package.as_deref(),
        &dep.features,
        dep.registry.as_deref(),
    )
}

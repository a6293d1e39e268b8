//! Feature names and feature values (contract §7.6).

use std::str::FromStr;

use crate::DependencyName;

/// Why a text is no feature name or feature value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// A feature without a name.
    #[error("a feature name is empty; give every feature a name")]
    Empty,
    /// A feature that starts with something else than a letter, digit or `_`.
    #[error("the feature name `{0}` starts with `{1}`; start it with a letter, a digit or `_`")]
    BadStart(String, char),
    /// A feature with a character that feature names do not have.
    #[error("the feature name `{0}` contains `{1}`; use letters, digits, `_`, `-`, `+` and `.`")]
    BadChar(String, char),
    /// The dependency part of a value such as `dep:x` or `x?/y` is no dependency name.
    #[error("in the feature value `{value}`: {problem}")]
    BadDependency {
        /// The whole value.
        value: String,
        /// What is wrong with its dependency part.
        problem: String,
    },
}

/// The name of a feature: Unicode identifier characters, digits, `_`, `-`, `+` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeatureName(String);

impl FromStr for FeatureName {
    type Err = FeatureError;

    fn from_str(text: &str) -> Result<Self, FeatureError> {
        let mut chars = text.chars();
        let first = chars.next().ok_or(FeatureError::Empty)?;
        if !(unicode_ident::is_xid_start(first) || first == '_' || first.is_ascii_digit()) {
            return Err(FeatureError::BadStart(text.to_owned(), first));
        }
        let allowed = |c: &char| unicode_ident::is_xid_continue(*c) || matches!(c, '+' | '-' | '.');
        match chars.find(|c| !allowed(c)) {
            Some(bad) => Err(FeatureError::BadChar(text.to_owned(), bad)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// What a feature switches on: another feature, `dep:dependency`, `dependency/feature` or `dependency?/feature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureValue(String);

impl FromStr for FeatureValue {
    type Err = FeatureError;

    fn from_str(text: &str) -> Result<Self, FeatureError> {
        let dependency = |name: &str| {
            name.parse::<DependencyName>()
                .map_err(|problem| FeatureError::BadDependency { value: text.to_owned(), problem })
        };
        if let Some((left, feature)) = text.split_once('/') {
            dependency(left.strip_suffix('?').unwrap_or(left))?;
            feature.parse::<FeatureName>()?;
        } else if let Some((before, name)) = text.split_once("dep:") {
            // crates.io lets anything stand before `dep:`; what reaches reports and pages must at least be plain (S45).
            if !before.is_empty() {
                before.parse::<FeatureName>()?;
            }
            dependency(name)?;
        } else {
            text.parse::<FeatureName>()?;
        }
        Ok(Self(text.to_owned()))
    }
}

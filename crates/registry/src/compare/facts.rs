//! Compares what the manifests of two versions said.

use std::collections::{BTreeMap, BTreeSet};

use cargohold_protocol::DependencyKind;
use cargohold_store::dependencies::Dependency;
use cargohold_store::versions::VersionRow;

use super::{DependencyChange, DependencyFacts, FactChange, FeatureChange};
use crate::Result;
use crate::version_view::stored_json;

/// The dependencies that are not in both lists. Those of one name are taken for each other if they are most alike: of the same
/// kind for the same platform, or at least of the same kind.
pub(super) fn compare_dependencies(old: Vec<Dependency>, new: Vec<Dependency>) -> Result<Vec<DependencyChange>> {
    let (mut old, mut new) = (by_name(old)?, by_name(new)?);
    let names: BTreeSet<String> = old.keys().chain(new.keys()).cloned().collect();
    let mut changes = Vec::new();
    for name in names {
        let (mut old, mut new) = (old.remove(&name).unwrap_or_default(), new.remove(&name).unwrap_or_default());
        take_pairs(&mut old, &mut new, |a, b| a == b);
        let alike = take_pairs(&mut old, &mut new, |a, b| (a.kind, &a.target) == (b.kind, &b.target));
        let similar = take_pairs(&mut old, &mut new, |a, b| a.kind == b.kind);
        let pairs = alike.into_iter().chain(similar).map(|(old, new)| (Some(old), Some(new)));
        let alone = old.into_iter().map(|old| (Some(old), None)).chain(new.into_iter().map(|new| (None, Some(new))));
        changes.extend(pairs.chain(alone).map(|(old, new)| DependencyChange { name: name.clone(), old, new }));
    }
    Ok(changes)
}

fn by_name(rows: Vec<Dependency>) -> Result<BTreeMap<String, Vec<DependencyFacts>>> {
    let mut named: BTreeMap<String, Vec<DependencyFacts>> = BTreeMap::new();
    for row in rows {
        let facts = DependencyFacts {
            req: row.req,
            kind: kind(&row.kind),
            target: row.target,
            is_optional: row.is_optional,
            default_features: row.default_features,
            features: stored_json(&row.features)?,
            explicit_name: row.explicit_name,
            registry: row.registry,
        };
        named.entry(row.name).or_default().push(facts);
    }
    Ok(named)
}

/// As the store spells it.
fn kind(text: &str) -> DependencyKind {
    match text {
        "build" => DependencyKind::Build,
        "dev" => DependencyKind::Dev,
        _ => DependencyKind::Normal,
    }
}

/// Takes what belongs together out of both lists.
fn take_pairs<T>(old: &mut Vec<T>, new: &mut Vec<T>, belong: impl Fn(&T, &T) -> bool) -> Vec<(T, T)> {
    let mut pairs = Vec::new();
    for one in std::mem::take(old) {
        match new.iter().position(|other| belong(&one, other)) {
            Some(at) => pairs.push((one, new.remove(at))),
            None => old.push(one),
        }
    }
    pairs
}

/// The features of two versions, each stored as a JSON object.
pub(super) fn compare_features(old: &str, new: &str) -> Result<Vec<FeatureChange>> {
    let mut old: BTreeMap<String, Vec<String>> = stored_json(old)?;
    let mut new: BTreeMap<String, Vec<String>> = stored_json(new)?;
    let names: BTreeSet<String> = old.keys().chain(new.keys()).cloned().collect();
    let change = |name: String| {
        let (old, new) = (old.remove(&name), new.remove(&name));
        (old != new).then_some(FeatureChange { name, old, new })
    };
    Ok(names.into_iter().filter_map(change).collect())
}

pub(super) fn compare_facts(old: &VersionRow, new: &VersionRow) -> Result<Vec<FactChange>> {
    let (old, new) = (facts(old)?, facts(new)?);
    let pairs = old.into_iter().zip(new).filter(|((_, old), (_, new))| old != new);
    Ok(pairs.map(|((fact, old), (_, new))| FactChange { fact, old, new }).collect())
}

fn facts(row: &VersionRow) -> Result<[(&'static str, Option<String>); 6]> {
    let bin_names: Option<Vec<String>> = row.bin_names.as_deref().map(stored_json).transpose()?;
    Ok([
        ("edition", row.edition.clone()),
        ("rust_version", row.rust_version.clone()),
        ("license", row.license.clone()),
        ("lib_links", row.links.clone()),
        ("has_lib", row.has_lib.map(|has_lib| has_lib.to_string())),
        ("bin_names", bin_names.filter(|names| !names.is_empty()).map(|names| names.join(", "))),
    ])
}

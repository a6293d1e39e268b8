//! What crates depend on.

use std::collections::BTreeMap;

use cargohold_protocol::{DependencyKind, IndexDependency};
use cargohold_store::bulk::DependencyRow;

use crate::random::{Facet, Random};
use crate::universe::Universe;

/// The most dependencies of a version.
const MOST: usize = 8;

/// How often, in a hundred crates, one has so many dependencies; about three on average.
const HOW_MANY: [u64; MOST + 1] = [15, 15, 15, 15, 13, 10, 8, 5, 4];

/// A dependency, as the index says it.
#[derive(Clone, Debug)]
pub(crate) struct Dependency(IndexDependency);

/// Everything a crate ever depends on, and how many of it most versions have.
#[derive(Clone, Debug)]
pub(crate) struct Dependencies {
    all: Vec<Dependency>,
    usual: usize,
}

impl Dependencies {
    pub(crate) fn of(universe: &Universe, index: usize) -> Self {
        let mut random = universe.random(Facet::Dependencies, index);
        let mut point = random.below(100);
        let mut usual = 0;
        while usual < MOST && point >= HOW_MANY[usual] {
            point -= HOW_MANY[usual];
            usual += 1;
        }
        let mut all: Vec<Dependency> = Vec::new();
        for _ in 0..if usual == 0 { 0 } else { (usual + 1).min(MOST) } {
            let on = universe.popular(&mut random);
            let is_new = on != index && all.iter().all(|dependency| dependency.real_name() != universe.name(on));
            if is_new {
                all.push(Dependency::new(universe.name(on), &mut random));
            }
        }
        Self { all, usual }
    }

    /// Those of one version.
    pub(crate) fn of_version(&self, random: &mut Random) -> &[Dependency] {
        let count = match random.below(10) {
            0 => self.usual.saturating_sub(1),
            1 => self.usual + 1,
            _ => self.usual,
        };
        &self.all[..count.min(self.all.len())]
    }
}

impl Dependency {
    fn new(real_name: &str, random: &mut Random) -> Self {
        let kind = match random.below(20) {
            0..15 => DependencyKind::Normal,
            15..19 => DependencyKind::Dev,
            _ => DependencyKind::Build,
        };
        let is_renamed = random.percent(2);
        let req =
            if random.percent(50) { format!("^0.{}", random.below(9) + 1) } else { format!("^1.{}", random.below(9)) };
        Self(IndexDependency {
            name: if is_renamed { format!("my_{real_name}") } else { real_name.to_owned() },
            req,
            features: if random.percent(15) { vec!["std".to_owned()] } else { Vec::new() },
            optional: kind == DependencyKind::Normal && random.percent(15),
            default_features: !random.percent(10),
            target: random.percent(3).then(|| "cfg(windows)".to_owned()),
            kind,
            registry: None,
            package: is_renamed.then(|| real_name.to_owned()),
        })
    }

    fn real_name(&self) -> &str {
        self.0.package.as_deref().unwrap_or(&self.0.name)
    }

    pub(crate) fn in_index(&self) -> IndexDependency {
        self.0.clone()
    }

    pub(crate) fn in_store(&self, version_id: i64) -> DependencyRow {
        DependencyRow {
            version_id,
            name: self.real_name().to_owned(),
            explicit_name: self.0.package.as_ref().map(|_| self.0.name.clone()),
            req: self.0.req.clone(),
            kind: self.0.kind.to_string(),
            is_optional: self.0.optional,
            default_features: self.0.default_features,
            features: if self.0.features.is_empty() { "[]".to_owned() } else { r#"["std"]"#.to_owned() },
            target: self.0.target.clone(),
            registry: None,
        }
    }
}

/// The features of a version: one for each optional dependency, and a few that every other crate has.
pub(crate) fn features(dependencies: &[Dependency]) -> BTreeMap<String, Vec<String>> {
    let optional = dependencies.iter().map(|Dependency(it)| it).filter(|it| it.optional);
    let mut features: BTreeMap<_, _> = optional.map(|it| (it.name.clone(), vec![format!("dep:{}", it.name)])).collect();
    if dependencies.len() % 2 == 1 {
        features.insert("default".to_owned(), vec!["std".to_owned()]);
        features.insert("std".to_owned(), Vec::new());
    }
    features
}

//! What all versions of a crate share, and the row of one of them.

use std::collections::BTreeMap;

use cargohold_protocol::{Cksum, CrateName, IndexEntry, Timestamp};
use cargohold_store::bulk::{CrateRow, VersionRow};

use super::{Setting, number};
use crate::Failure;
use crate::dependencies::{Dependency, features};
use crate::history::Release;
use crate::prose;
use crate::random::{Facet, Random};
use crate::universe::Universe;

/// What all versions of a crate share.
pub(super) struct Common {
    pub(super) crate_id: i64,
    name: CrateName,
    pub(super) owners: Vec<i64>,
    pub(super) keywords: Vec<String>,
    pub(super) slugs: Vec<&'static str>,
    texts: Texts,
}

struct Texts {
    description: String,
    homepage: Option<String>,
    documentation: Option<String>,
    repository: Option<String>,
}

impl Common {
    pub(super) fn new(universe: &Universe, setting: Setting, index: usize) -> Result<Self, Failure> {
        let name = universe.name(index);
        let mut random = universe.random(Facet::Owners, index);
        let first = setting.first_user_id + random.between(0, setting.users);
        let mut owners = vec![first];
        if random.percent(25) {
            let second = setting.first_user_id + random.between(0, setting.users);
            owners.extend((second != first).then_some(second));
        }
        let repository = random.percent(85).then(|| format!("https://git.example.org/{name}/{name}"));
        let texts = Texts {
            description: prose::description(universe, index),
            homepage: random.percent(30).then(|| format!("https://{}.example.org/", name.replace('_', "-"))),
            documentation: random.percent(40).then(|| format!("https://docs.example.org/{name}")),
            repository,
        };
        let (keywords, slugs) = universe.tags(index);
        let crate_id = number(index) + 1;
        Ok(Self { crate_id, name: name.parse().map_err(Failure::row)?, owners, keywords, slugs, texts })
    }

    /// The crate's row, without what follows from its versions.
    pub(super) fn row(&self) -> CrateRow {
        CrateRow {
            id: self.crate_id,
            name: self.name.to_string(),
            canonical_name: self.name.canonical().to_string(),
            description: Some(self.texts.description.clone()),
            homepage: self.texts.homepage.clone(),
            documentation: self.texts.documentation.clone(),
            repository: self.texts.repository.clone(),
            ..CrateRow::default()
        }
    }

    pub(super) fn version(
        &self,
        id: i64,
        release: &Release,
        dependencies: &[Dependency],
        publisher: i64,
        random: &mut Random,
    ) -> Result<VersionRow, Failure> {
        let cksum = cksum(random);
        let features = features(dependencies);
        let rust_version = random.percent(40).then(|| format!("1.{}", 56 + random.below(35)));
        let entry = IndexEntry {
            name: self.name.clone(),
            vers: release.num.clone(),
            deps: dependencies.iter().map(Dependency::in_index).collect(),
            cksum,
            features: features.clone(),
            features2: BTreeMap::new(),
            yanked: false,
            links: None,
            rust_version: rust_version.clone(),
            pubtime: Some(Timestamp::from_micros(release.created_at).to_seconds_text()),
            v: None,
        };
        let line = entry.into_line().map_err(Failure::row)?;
        let has_binary = random.percent(15);
        let bin_names: &[&str] = if has_binary { &[self.name.as_str()] } else { &[] };
        Ok(VersionRow {
            id,
            crate_id: self.crate_id,
            num: release.num.to_string(),
            num_no_build: release.num.without_build(),
            created_at: release.created_at,
            updated_at: release.yanked_at.unwrap_or(release.created_at),
            is_yanked: release.yanked_at.is_some(),
            yank_message: None,
            line_head: line.head,
            line_tail: line.tail,
            blob_key: format!("made-up/{id}/{cksum}.crate"),
            cksum: cksum.to_string(),
            size_bytes: random.between(2_000, 200_000),
            published_by: Some(publisher),
            published_email: Some(format!("person-{publisher}@example.org")),
            features: json(&features)?,
            keywords: json(&self.keywords)?,
            categories: json(&self.slugs)?,
            license: Some((*random.pick(&["MIT OR Apache-2.0", "MIT OR Apache-2.0", "MIT", "Apache-2.0"])).to_owned()),
            links: None,
            rust_version,
            edition: Some((*random.pick(&["2018", "2021", "2021", "2024"])).to_owned()),
            has_lib: true,
            lib_name: Some(self.name.canonical().to_string()),
            bin_names: Some(json(&bin_names)?),
            description: Some(self.texts.description.clone()),
            homepage: self.texts.homepage.clone(),
            documentation: self.texts.documentation.clone(),
            repository: self.texts.repository.clone(),
            readme_file: Some("README.md".to_owned()),
            downloads: release.downloads,
            linecounts: Some(linecounts(random)),
        })
    }
}

fn cksum(random: &mut Random) -> Cksum {
    let mut bytes = [0; 32];
    for part in bytes.chunks_exact_mut(8) {
        part.copy_from_slice(&random.next().to_le_bytes());
    }
    Cksum::from_bytes(bytes)
}

fn linecounts(random: &mut Random) -> String {
    let (code, comments, files) = (random.below(20_000), random.below(4_000), 1 + random.below(60));
    format!(
        r#"{{"languages":{{"Rust":{{"code_lines":{code},"comment_lines":{comments},"files":{files}}}}},"total_code_lines":{code},"total_comment_lines":{comments}}}"#
    )
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::row)
}

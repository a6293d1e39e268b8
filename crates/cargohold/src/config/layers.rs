//! Puts flags, environment and file on top of each other, and refuses what is no setting.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write};
use std::path::Path;

use cargohold_web::{ConfigEntry, ConfigSection};

use crate::cli::{Cli, Command};
use crate::config::ConfigError;
use crate::config::keys::{KEYS, Key, RENAMED};

/// What every environment variable of ours starts with.
const PREFIX: &str = "CARGOHOLD_";

/// What a setting ends with that names a file holding a secret.
const FILE: &str = "_file";

/// The value of every setting that somebody set, with where.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    set: BTreeMap<String, Set>,
    /// What was understood, but should be written in another way.
    warnings: Vec<String>,
}

#[derive(Debug)]
struct Set {
    value: String,
    origin: String,
}

impl Layers {
    /// Reads the file, then the environment, then the flags; each wins over those before.
    pub(crate) fn read(cli: &Cli) -> Result<Self, ConfigError> {
        let mut layers = Self::default();
        if let Some(path) = &cli.config {
            layers.add_file(path)?;
        }
        #[expect(clippy::disallowed_methods, reason = "this is where the environment gets in")]
        let variables = std::env::vars_os();
        // A variable that is not UTF-8 cannot be one of ours.
        layers.add_environment(
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )?;
        if let Some(data_dir) = &cli.data_dir {
            layers.set("data_dir", data_dir.display().to_string(), "--data-dir")?;
        }
        if let Command::Serve(args) = &cli.command
            && let Some(listen) = &args.listen
        {
            layers.set("server.listen", listen.clone(), "--listen")?;
        }
        Ok(layers)
    }

    pub(crate) fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let origin = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError(format!("cannot read {origin}: {error}")))?;
        // The whole error would show the line at fault, which may hold a secret.
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            ConfigError(format!("{origin} is no TOML, in line {line}: {}", error.message()))
        })?;
        self.add_table("", &table, &origin)
    }

    fn add_table(&mut self, prefix: &str, table: &toml::Table, origin: &str) -> Result<(), ConfigError> {
        for (name, value) in table {
            let name = format!("{prefix}{name}");
            match value {
                toml::Value::Table(table) => self.add_table(&format!("{name}."), table, origin)?,
                value => self.set(&name, plain_text(&name, value, origin)?, origin)?,
            }
        }
        Ok(())
    }

    pub(crate) fn add_environment(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        for (variable, value) in variables {
            if let Some(name) = variable.strip_prefix(PREFIX).filter(|name| !is_injected(name)) {
                let name = name.to_lowercase().replace("__", ".");
                self.set(&name, value, &format!("the environment ({variable})"))?;
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: String, origin: &str) -> Result<(), ConfigError> {
        let name = self.present_name(name, origin);
        let secret = name.strip_suffix(FILE).filter(|secret| find(secret).is_some_and(|key| key.is_secret));
        let (name, value) = match (find(name), secret) {
            (Some(_), _) => (name, value),
            (None, Some(secret)) => (secret, read_secret(name, &value, origin)?),
            (None, None) => return Err(unknown(name, origin)),
        };
        self.set.insert(name.to_owned(), Set { value, origin: origin.to_owned() });
        Ok(())
    }

    /// The name that a setting has today.
    fn present_name<'a>(&mut self, name: &'a str, origin: &str) -> &'a str {
        let Some((old, new)) = RENAMED.iter().find(|(old, _)| *old == name) else { return name };
        self.warnings
            .push(format!("the setting `{old}` in {origin} is called `{new}` now; rename it before the next release"));
        new
    }

    /// What was understood, but should be written in another way.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The names that stand for the `*` of settings that begin so: `corp` if somebody set `sign_in.oidc.corp.issuer`.
    pub(crate) fn names_in(&self, table: &str) -> BTreeSet<String> {
        let rests = self.set.keys().filter_map(|name| name.strip_prefix(table)?.strip_prefix('.'));
        rests.filter_map(|rest| Some(rest.split_once('.')?.0.to_owned())).collect()
    }

    /// The value of a setting; its default if nobody set it.
    pub(crate) fn text(&self, name: &str) -> String {
        let set = self.set.get(name).map(|set| set.value.clone());
        set.unwrap_or_else(|| find(name).map_or("", |key| key.default).to_owned())
    }

    /// The value of a setting, or nothing if it is empty.
    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// A complaint about the value of a setting.
    pub(crate) fn error(&self, name: &str, problem: impl Display) -> ConfigError {
        let origin = self.set.get(name).map_or(String::new(), |set| format!(" in {}", set.origin));
        ConfigError(format!("the setting `{name}`{origin} cannot be used: {problem}"))
    }

    /// Every setting as text, secrets masked.
    pub(crate) fn describe(&self) -> String {
        let mut lines = String::new();
        for warning in &self.warnings {
            // Writing to a string cannot fail.
            _ = writeln!(lines, "# Warning: {warning}\n");
        }
        for ConfigEntry { key, value, source, about } in self.entries() {
            _ = writeln!(lines, "# {about}\n{key} = {value:?}  # from {source}\n");
        }
        lines.trim_end().to_owned()
    }

    /// Every setting in sections, by what their names begin with, secrets masked.
    pub(crate) fn sections(&self) -> Vec<ConfigSection> {
        let mut sections: Vec<ConfigSection> = Vec::new();
        for entry in self.entries() {
            let name = entry.key.split_once('.').map_or("", |(table, _)| table).to_owned();
            match sections.iter_mut().find(|section| section.name == name) {
                Some(section) => section.entries.push(entry),
                None => sections.push(ConfigSection { name, entries: vec![entry] }),
            }
        }
        sections
    }

    /// Every setting with its value and where it comes from, secrets masked, in the order of the manual.
    fn entries(&self) -> Vec<ConfigEntry> {
        let mut entries = Vec::new();
        for key in KEYS {
            match key.name.split_once(".*.") {
                None => entries.push(self.entry(key, key.name.to_owned())),
                Some((table, rest)) => {
                    let names = self.names_in(table);
                    entries.extend(names.iter().map(|name| self.entry(key, format!("{table}.{name}.{rest}"))));
                }
            }
        }
        entries
    }

    fn entry(&self, key: &Key, name: String) -> ConfigEntry {
        let value = self.text(&name);
        ConfigEntry {
            value: if key.is_secret && !value.is_empty() { "***".to_owned() } else { without_user_info(&value) },
            source: self.set.get(&name).map_or("the default", |set| set.origin.as_str()).to_owned(),
            about: key.about,
            key: name,
        }
    }
}

/// The text with `***` for whoever signs in at the addresses in it, as in `https://carol:password@registry.example`.
fn without_user_info(text: &str) -> String {
    let mut pieces = text.split("://");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let host_end = piece.find(|end: char| end.is_whitespace() || "/?#".contains(end)).unwrap_or(piece.len());
        let user_end = piece[..host_end].rfind('@');
        shown.push_str(if user_end.is_some() { "://***" } else { "://" });
        shown.push_str(&piece[user_end.unwrap_or(0)..]);
    }
    shown
}

/// Whether Kubernetes makes this variable for a service that is called `cargohold`.
fn is_injected(name: &str) -> bool {
    name == "PORT" || name.starts_with("PORT_") || name.starts_with("SERVICE_")
}

fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| match key.name.split_once(".*.") {
        None => key.name == name,
        Some((table, rest)) => {
            let between = name.strip_prefix(table).and_then(|name| name.strip_suffix(rest));
            let between = between.and_then(|name| name.strip_prefix('.')?.strip_suffix('.'));
            between.is_some_and(|name| !name.is_empty() && !name.contains('.'))
        }
    })
}

/// The text of a TOML value; lists become texts joined by commas.
fn plain_text(name: &str, value: &toml::Value, origin: &str) -> Result<String, ConfigError> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| plain_text(name, item, origin)).collect();
            Ok(items?.join(","))
        }
        toml::Value::Integer(_) | toml::Value::Boolean(_) => Ok(value.to_string()),
        _ => {
            Err(ConfigError(format!("the setting `{name}` in {origin} must be a text, a number, a list or true/false")))
        }
    }
}

fn read_secret(name: &str, path: &str, origin: &str) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(path);
    let text =
        text.map_err(|error| ConfigError(format!("cannot read {path}, which `{name}` in {origin} names: {error}")))?;
    Ok(text.trim().to_owned())
}

fn unknown(name: &str, origin: &str) -> ConfigError {
    let closest =
        KEYS.iter().map(|key| (strsim::jaro_winkler(name, key.name), key.name)).max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = match closest {
        Some((likeness, key)) if likeness > 0.8 => format!("; did you mean `{key}`?"),
        _ => "; docs/configuration.md lists them all".to_owned(),
    };
    ConfigError(format!("there is no setting `{name}`, but it is in {origin}{hint}"))
}

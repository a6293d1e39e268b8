//! The few statements that the engines spell differently. We like this file short.

/// One statement in both spellings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// Inserts all dependencies of version `$1` from a JSON array `$2`.
pub(crate) const INSERT_DEPENDENCIES: Sql = Sql {
    sqlite: "INSERT INTO dependencies (version_id, name, explicit_name, req, kind, is_optional, default_features, \
                features, target, registry) \
             SELECT $1, value ->> 'name', value ->> 'explicit_name', value ->> 'req', value ->> 'kind', \
                value ->> 'is_optional', value ->> 'default_features', value -> 'features', value ->> 'target', \
                value ->> 'registry' \
             FROM json_each($2) ORDER BY key",
    postgres: "INSERT INTO dependencies (version_id, name, explicit_name, req, kind, is_optional, default_features, \
                features, target, registry) \
             SELECT $1, value ->> 'name', value ->> 'explicit_name', value ->> 'req', value ->> 'kind', \
                (value ->> 'is_optional')::boolean, (value ->> 'default_features')::boolean, value ->> 'features', \
                value ->> 'target', value ->> 'registry' \
             FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS d (value, key) ORDER BY key",
};

/// The stored names of the crates whose canonical name is in the JSON array `$1`.
pub(crate) const NAMES_AMONG: Sql = Sql {
    sqlite: "SELECT name FROM crates WHERE canonical_name IN (SELECT value FROM json_each($1))",
    postgres: "SELECT name FROM crates WHERE canonical_name IN (SELECT jsonb_array_elements_text($1::jsonb))",
};

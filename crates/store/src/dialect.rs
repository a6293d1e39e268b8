//! The few statements that the engines spell differently. We like this file short.

/// One statement in both spellings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// A statement with a list of ids, bound as the JSON array `$1`, between its two parts.
macro_rules! among_ids {
    ($before:expr, $after:expr) => {
        $crate::dialect::Sql {
            sqlite: concat!($before, "(SELECT value FROM json_each($1))", $after),
            postgres: concat!($before, "(SELECT jsonb_array_elements_text($1::jsonb)::bigint)", $after),
        }
    };
}
pub(crate) use among_ids;

/// A statement with a table of three integers `a`, `b`, `c`, bound as the JSON array of arrays `$1`, between its two parts.
macro_rules! from_triples {
    ($before:expr, $after:expr) => {
        $crate::dialect::Sql {
            sqlite: concat!(
                $before,
                "(SELECT value ->> 0 AS a, value ->> 1 AS b, value ->> 2 AS c FROM json_each($1))",
                $after
            ),
            postgres: concat!(
                $before,
                "(SELECT (value ->> 0)::bigint AS a, (value ->> 1)::bigint AS b, (value ->> 2)::bigint AS c \
                    FROM jsonb_array_elements($1::jsonb))",
                $after
            ),
        }
    };
}
pub(crate) use from_triples;

/// The statement of [`CLAIM_JOB`] with a lock on the chosen row.
macro_rules! claim_job {
    ($lock:expr) => {
        concat!(
            "UPDATE jobs SET leased_until = $2, retries = retries + CASE WHEN leased_until IS NULL THEN 0 ELSE 1 END \
             WHERE id = (SELECT j.id FROM jobs j \
                WHERE j.due_at <= $1 AND (j.leased_until IS NULL OR (j.leased_until <= $1 AND j.retries < 5)) AND NOT EXISTS \
                    (SELECT 1 FROM jobs o WHERE o.kind = j.kind AND o.subject = j.subject AND o.id <> j.id \
                        AND o.leased_until > $1) \
                ORDER BY j.priority DESC, j.id LIMIT 1",
            $lock,
            ") RETURNING id, kind, subject, data, retries, leased_until"
        )
    };
}

/// Takes the most urgent job that is due at `$1` and not in anybody's hands, nor its like, and leases it until `$2`. A job whose
/// worker died counts as failed; one that did so five times is left alone, for it may be what kills them.
pub(crate) const CLAIM_JOB: Sql = Sql { sqlite: claim_job!(""), postgres: claim_job!(" FOR UPDATE OF j SKIP LOCKED") };

/// The crates with the ids in the JSON array `$1`, locked one after the other in the order of their ids.
pub(crate) const LOCK_CRATES: Sql = Sql {
    sqlite: "SELECT id FROM crates WHERE id IN (SELECT value FROM json_each($1))",
    postgres: "SELECT id FROM crates WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)::bigint) \
             ORDER BY id FOR NO KEY UPDATE",
};

/// The crate `$1`, locked so that no row can begin to refer to it.
pub(crate) const LOCK_CRATE_TO_DELETE: Sql =
    Sql { sqlite: "SELECT id FROM crates WHERE id = $1", postgres: "SELECT id FROM crates WHERE id = $1 FOR UPDATE" };

/// The versions of the crate `$1`, locked so that no row can begin to refer to them.
pub(crate) const LOCK_VERSIONS_TO_DELETE: Sql = Sql {
    sqlite: "SELECT id FROM versions WHERE crate_id = $1",
    postgres: "SELECT id FROM versions WHERE crate_id = $1 ORDER BY id FOR UPDATE",
};

/// Adds downloads on the day `$1` from a JSON array `$2` of `[version id, downloads]`; versions that are gone are left out.
/// Those that are about to go are waited for.
pub(crate) const ADD_DOWNLOADS: Sql = Sql {
    sqlite: "INSERT INTO version_downloads (version_id, day, downloads, counted) \
             SELECT v.id, $1, n.value ->> 1, 0 FROM json_each($2) n JOIN versions v ON v.id = n.value ->> 0 WHERE TRUE \
             ON CONFLICT (version_id, day) DO UPDATE SET downloads = version_downloads.downloads + excluded.downloads",
    postgres: "INSERT INTO version_downloads (version_id, day, downloads, counted) \
             SELECT v.id, $1, (n.value ->> 1)::bigint, 0 FROM jsonb_array_elements($2::jsonb) AS n (value) \
                JOIN versions v ON v.id = (n.value ->> 0)::bigint ORDER BY v.id FOR KEY SHARE OF v \
             ON CONFLICT (version_id, day) DO UPDATE SET downloads = version_downloads.downloads + excluded.downloads",
};

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
    postgres: "SELECT name FROM crates WHERE canonical_name IN (SELECT jsonb_array_elements_text($1::jsonb)) \
               FOR KEY SHARE",
};

/// The versions among the JSON array `$1` of `[canonical name, name, number]`, each as its place there and its id.
pub(crate) const VERSIONS_AMONG: Sql = Sql {
    sqlite: "SELECT n.key, v.id FROM json_each($1) n \
             JOIN crates c ON c.canonical_name = n.value ->> 0 AND c.name = n.value ->> 1 \
             JOIN versions v ON v.crate_id = c.id AND v.num = n.value ->> 2",
    postgres: "SELECT n.key - 1, v.id FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS n (value, key) \
             JOIN crates c ON c.canonical_name = n.value ->> 0 AND c.name = n.value ->> 1 \
             JOIN versions v ON v.crate_id = c.id AND v.num = n.value ->> 2",
};

/// How many bytes the database takes up.
pub(crate) const DATABASE_BYTES: Sql = Sql {
    sqlite: "SELECT p.page_count * s.page_size FROM pragma_page_count() p, pragma_page_size() s",
    postgres: "SELECT pg_database_size(current_database())",
};

/// A statement with a list of texts, bound as the JSON array `$1`, between its two parts.
macro_rules! among_texts {
    ($before:expr, $after:expr) => {
        $crate::dialect::Sql {
            sqlite: concat!($before, "(SELECT value FROM json_each($1))", $after),
            postgres: concat!($before, "(SELECT jsonb_array_elements_text($1::jsonb))", $after),
        }
    };
}
pub(crate) use among_texts;

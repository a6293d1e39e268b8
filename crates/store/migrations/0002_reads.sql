-- What the rest of the web API reads: derived values of crates, people's follows and sessions, keywords and categories with
-- their counters, reverse dependencies, daily downloads, derived files, and the jobs that make them.
ALTER TABLE users ADD COLUMN avatar TEXT;
ALTER TABLE users ADD COLUMN github_login TEXT;

-- Raised by whoever wants every process to build its search index anew.
ALTER TABLE registry ADD COLUMN search_epoch BIGINT NOT NULL DEFAULT 0;

CREATE TABLE sessions (
    id {ID},
    user_id BIGINT NOT NULL REFERENCES users (id),
    hash {BLOB} NOT NULL CONSTRAINT sessions_hash_unique UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

-- What follows from all versions of a crate; written whenever one is published, yanked or unyanked.
ALTER TABLE crates ADD COLUMN default_version TEXT;
ALTER TABLE crates ADD COLUMN is_yanked BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE crates ADD COLUMN max_version TEXT;
ALTER TABLE crates ADD COLUMN newest_version TEXT;
ALTER TABLE crates ADD COLUMN max_stable_version TEXT;
-- The sum of the last 90 days; no value if there was no download.
ALTER TABLE crates ADD COLUMN recent_downloads BIGINT;
CREATE INDEX crates_by_creation ON crates (created_at, id);
CREATE INDEX crates_by_update ON crates (updated_at, id);
CREATE INDEX crates_by_downloads ON crates (downloads, id);
CREATE INDEX crates_by_recent_downloads ON crates (recent_downloads, id);

ALTER TABLE versions ADD COLUMN linecounts TEXT;
ALTER TABLE versions ADD COLUMN trustpub_data TEXT;
CREATE INDEX versions_by_creation ON versions (created_at, id);
CREATE INDEX versions_of_publisher ON versions (published_by);

ALTER TABLE tombstones ADD COLUMN created_at BIGINT;
ALTER TABLE tombstones ADD COLUMN deleted_at BIGINT;
ALTER TABLE tombstones ADD COLUMN deleted_by BIGINT REFERENCES users (id);
ALTER TABLE tombstones ADD COLUMN message TEXT;

-- A keyword outlives its last crate.
CREATE TABLE keywords (
    id {ID},
    keyword TEXT NOT NULL CONSTRAINT keywords_keyword_unique UNIQUE,
    created_at BIGINT NOT NULL,
    crates_cnt BIGINT NOT NULL
);
CREATE INDEX keywords_by_count ON keywords (crates_cnt, id);
INSERT INTO keywords (keyword, created_at, crates_cnt)
    SELECT k.keyword, MIN(c.created_at), COUNT(*) FROM crate_keywords k JOIN crates c ON c.id = k.crate_id
    GROUP BY k.keyword;

CREATE TABLE categories (
    id {ID},
    slug TEXT NOT NULL CONSTRAINT categories_slug_unique UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    crates_cnt BIGINT NOT NULL
);

CREATE TABLE follows (
    user_id BIGINT NOT NULL REFERENCES users (id),
    crate_id BIGINT NOT NULL REFERENCES crates (id),
    PRIMARY KEY (user_id, crate_id)
);
CREATE INDEX followers_of_crate ON follows (crate_id);

-- Which default versions depend on the crate of a name. `downloads` are the dependent crate's, for sorting.
CREATE TABLE reverse_dependencies (
    name TEXT NOT NULL,
    dependent_id BIGINT NOT NULL REFERENCES crates (id),
    dependency_id BIGINT NOT NULL,
    version_id BIGINT NOT NULL,
    downloads BIGINT NOT NULL,
    PRIMARY KEY (name, dependent_id)
);
CREATE INDEX reverse_dependencies_by_downloads ON reverse_dependencies (name, downloads, dependent_id);
CREATE INDEX reverse_dependencies_of_dependent ON reverse_dependencies (dependent_id);

-- Days are counted from 1970-01-01 UTC. `counted` is what the totals already contain.
CREATE TABLE version_downloads (
    version_id BIGINT NOT NULL REFERENCES versions (id),
    day BIGINT NOT NULL,
    downloads BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    PRIMARY KEY (version_id, day)
);
CREATE INDEX version_downloads_of_day ON version_downloads (day);
CREATE INDEX version_downloads_uncounted ON version_downloads (version_id, day) WHERE downloads <> counted;

-- One row: all downloads there ever were, and the day for which `recent_downloads` of the crates were last made.
CREATE TABLE download_totals (
    id BIGINT PRIMARY KEY,
    downloads BIGINT NOT NULL,
    recent_day BIGINT NOT NULL
);
INSERT INTO download_totals (id, downloads, recent_day) VALUES (1, 0, 0);

-- Access logs whose downloads are counted.
CREATE TABLE access_logs (
    name TEXT PRIMARY KEY,
    cksum TEXT NOT NULL CONSTRAINT access_logs_cksum_unique UNIQUE,
    counted_at BIGINT NOT NULL
);

-- Files made from what was published: readmes, source archives, feeds. `path` is where they are served.
CREATE TABLE derived_files (
    path TEXT PRIMARY KEY,
    crate_id BIGINT REFERENCES crates (id),
    version_id BIGINT REFERENCES versions (id),
    blob_key TEXT NOT NULL CONSTRAINT derived_files_blob_key_unique UNIQUE,
    cksum TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX derived_files_of_crate ON derived_files (crate_id);
CREATE INDEX derived_files_of_version ON derived_files (version_id);

-- What is to be done after a commit. A job is leased to a worker until `leased_until`, and removed when it is done.
CREATE TABLE jobs (
    id {ID},
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    data TEXT,
    priority BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    leased_until BIGINT,
    created_at BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX jobs_by_priority ON jobs (priority DESC, id);
CREATE INDEX jobs_of_subject ON jobs (kind, subject);
-- Whoever enqueues what is being enqueued waits for the other, on one row: two rows could be locked in either order.
CREATE UNIQUE INDEX jobs_waiting ON jobs (kind, subject) WHERE leased_until IS NULL;

-- What a registry from before this step lacks.
INSERT INTO jobs (kind, subject, priority, retries, due_at, created_at)
    SELECT 'refresh_crate', CAST(id AS TEXT), 80, 0, 0, 0 FROM crates;
INSERT INTO jobs (kind, subject, data, priority, retries, due_at, created_at)
    SELECT 'render_readme', CAST(MAX(v.id) AS TEXT), c.readme, 50, 0, 0, 0
    FROM crates c JOIN versions v ON v.crate_id = c.id WHERE c.readme IS NOT NULL GROUP BY c.id, c.readme;
INSERT INTO jobs (kind, subject, priority, retries, due_at, created_at)
    SELECT 'analyze_version', CAST(id AS TEXT), 0, 0, 0, 0 FROM versions;

-- One text for both engines. {ID}, {BLOB} are replaced by src/migrations.rs. Instants are Unix microseconds, lists are JSON.
-- Which registry this database is. Its storage holds the same word, so that nobody else sweeps it.
CREATE TABLE registry (
    id BIGINT PRIMARY KEY,
    identity TEXT NOT NULL
);

CREATE TABLE users (
    id {ID},
    login TEXT NOT NULL,
    canonical_login TEXT NOT NULL CONSTRAINT users_login_unique UNIQUE,
    name TEXT,
    email TEXT NOT NULL,
    is_email_verified BOOLEAN NOT NULL,
    is_admin BOOLEAN NOT NULL,
    password_hash TEXT NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE tokens (
    id {ID},
    user_id BIGINT NOT NULL REFERENCES users (id),
    hash {BLOB} NOT NULL CONSTRAINT tokens_hash_unique UNIQUE,
    name TEXT NOT NULL,
    endpoint_scopes TEXT,
    crate_scopes TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    is_revoked BOOLEAN NOT NULL
);
CREATE INDEX tokens_of_user ON tokens (user_id);

CREATE TABLE crates (
    id {ID},
    name TEXT NOT NULL,
    canonical_name TEXT NOT NULL CONSTRAINT crates_name_unique UNIQUE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    index_changed_at BIGINT NOT NULL,
    description TEXT,
    homepage TEXT,
    documentation TEXT,
    repository TEXT,
    readme TEXT,
    downloads BIGINT NOT NULL,
    num_versions BIGINT NOT NULL,
    default_version_id BIGINT,
    max_upload_bytes BIGINT,
    max_features BIGINT,
    is_trustpub_only BOOLEAN NOT NULL
);

CREATE TABLE versions (
    id {ID},
    crate_id BIGINT NOT NULL REFERENCES crates (id),
    num TEXT NOT NULL,
    num_no_build TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    is_yanked BOOLEAN NOT NULL,
    yank_message TEXT,
    line_head TEXT NOT NULL,
    line_tail TEXT NOT NULL,
    blob_key TEXT NOT NULL CONSTRAINT versions_blob_key_unique UNIQUE,
    cksum TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    published_by BIGINT REFERENCES users (id),
    published_email TEXT,
    features TEXT NOT NULL,
    keywords TEXT NOT NULL,
    categories TEXT NOT NULL,
    license TEXT,
    links TEXT,
    rust_version TEXT,
    edition TEXT,
    has_lib BOOLEAN,
    lib_name TEXT,
    bin_names TEXT,
    description TEXT,
    homepage TEXT,
    documentation TEXT,
    repository TEXT,
    readme_file TEXT,
    downloads BIGINT NOT NULL,
    CONSTRAINT versions_num_unique UNIQUE (crate_id, num),
    CONSTRAINT versions_num_no_build_unique UNIQUE (crate_id, num_no_build)
);

CREATE TABLE dependencies (
    id {ID},
    version_id BIGINT NOT NULL REFERENCES versions (id),
    name TEXT NOT NULL,
    explicit_name TEXT,
    req TEXT NOT NULL,
    kind TEXT NOT NULL,
    is_optional BOOLEAN NOT NULL,
    default_features BOOLEAN NOT NULL,
    features TEXT NOT NULL,
    target TEXT,
    registry TEXT
);
CREATE INDEX dependencies_of_version ON dependencies (version_id);
CREATE INDEX dependencies_on_crate ON dependencies (name);

CREATE TABLE crate_keywords (
    crate_id BIGINT NOT NULL REFERENCES crates (id),
    keyword TEXT NOT NULL,
    PRIMARY KEY (crate_id, keyword)
);
CREATE INDEX crates_with_keyword ON crate_keywords (keyword);

CREATE TABLE crate_categories (
    crate_id BIGINT NOT NULL REFERENCES crates (id),
    slug TEXT NOT NULL,
    PRIMARY KEY (crate_id, slug)
);
CREATE INDEX crates_in_category ON crate_categories (slug);

CREATE TABLE crate_owners (
    crate_id BIGINT NOT NULL REFERENCES crates (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    created_by BIGINT NOT NULL REFERENCES users (id),
    PRIMARY KEY (crate_id, user_id)
);
CREATE INDEX crates_of_owner ON crate_owners (user_id);

CREATE TABLE version_actions (
    id {ID},
    version_id BIGINT NOT NULL REFERENCES versions (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    token_id BIGINT REFERENCES tokens (id),
    action TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX actions_of_version ON version_actions (version_id);

-- Names that a deletion keeps unavailable for a while.
CREATE TABLE tombstones (
    id {ID},
    name TEXT NOT NULL,
    canonical_name TEXT NOT NULL,
    available_at BIGINT NOT NULL
);
CREATE INDEX tombstones_of_name ON tombstones (canonical_name);

CREATE TABLE rate_buckets (
    user_id BIGINT NOT NULL REFERENCES users (id),
    action TEXT NOT NULL,
    tokens BIGINT NOT NULL,
    last_refill_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, action)
);

-- The change feed. Its numbers come from the one row of `feed`, whose lock makes their order the order of the commits.
CREATE TABLE feed (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL
);
INSERT INTO feed (id, seq) VALUES (1, 0);
CREATE TABLE changes (
    seq BIGINT PRIMARY KEY,
    crate_id BIGINT NOT NULL,
    canonical_name TEXT NOT NULL,
    at BIGINT NOT NULL
);

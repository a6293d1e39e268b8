-- Identity: people and how they sign in, teams, invitations, trusted publishing, rates and the audit log.
-- An empty `users.email` or `users.password_hash` means that there is none. Secrets are stored as their SHA-256 (`hash`), or
-- sealed with the server's own key where they are needed again (`sealed_…`).
ALTER TABLE users ADD COLUMN publish_notifications BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE users ADD COLUMN lock_reason TEXT;
ALTER TABLE users ADD COLUMN locked_until BIGINT;
-- The secret in the latest confirmation mail.
ALTER TABLE users ADD COLUMN email_token_hash {BLOB};
ALTER TABLE users ADD COLUMN email_token_expires_at BIGINT;
CREATE INDEX users_by_email_token ON users (email_token_hash);
-- Pages of people are found in every spelling of their login.
CREATE INDEX users_by_similar_login ON users (REPLACE(canonical_login, '-', '_'));

-- Who somebody is at a provider. Issuer and subject are the key, never the login or the email address.
CREATE TABLE identities (
    id {ID},
    user_id BIGINT NOT NULL REFERENCES users (id),
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    login TEXT,
    groups TEXT NOT NULL,
    sealed_access_token {BLOB},
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    CONSTRAINT identities_subject_unique UNIQUE (issuer, subject)
);
CREATE INDEX identities_of_user ON identities (user_id);

CREATE INDEX users_by_github_login ON users (lower(github_login));

-- Sign-ins that are under way at a provider, by the hash of what the browser holds.
CREATE TABLE sign_ins (
    hash {BLOB} PRIMARY KEY,
    provider TEXT NOT NULL,
    linked_user_id BIGINT REFERENCES users (id),
    sealed_person {BLOB},
    expires_at BIGINT NOT NULL
);

-- Somebody whose password or provider was right and whose second factor is yet to come has a session that awaits it.
ALTER TABLE sessions ADD COLUMN awaits_code BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN user_agent TEXT;

-- `last_step` is the latest time step whose code was used: none is accepted twice.
CREATE TABLE second_factors (
    user_id BIGINT PRIMARY KEY REFERENCES users (id),
    sealed_secret {BLOB} NOT NULL,
    is_confirmed BOOLEAN NOT NULL,
    last_step BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    user_id BIGINT NOT NULL REFERENCES users (id),
    hash {BLOB} NOT NULL,
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE sign_up_invitations (
    id {ID},
    hash {BLOB} NOT NULL CONSTRAINT sign_up_invitations_hash_unique UNIQUE,
    email TEXT,
    invited_by BIGINT REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

ALTER TABLE tokens ADD COLUMN expiry_notified_at BIGINT;
CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL AND expiry_notified_at IS NULL;

-- Public keys for cargo's asymmetric tokens (RFC 3231).
CREATE TABLE public_keys (
    id {ID},
    user_id BIGINT NOT NULL REFERENCES users (id),
    key_id TEXT NOT NULL CONSTRAINT public_keys_key_id_unique UNIQUE,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    is_revoked BOOLEAN NOT NULL
);
CREATE INDEX public_keys_of_user ON public_keys (user_id);

-- `login` is `provider:org:team` in lower case. `external_id` and `external_org_id` are the provider's numbers, where it has any.
CREATE TABLE teams (
    id {ID},
    login TEXT NOT NULL CONSTRAINT teams_login_unique UNIQUE,
    provider TEXT NOT NULL,
    external_id BIGINT,
    external_org_id BIGINT,
    name TEXT,
    avatar TEXT,
    created_at BIGINT NOT NULL,
    CONSTRAINT teams_external_id_unique UNIQUE (provider, external_id)
);
-- Members of the teams that are managed here.
CREATE TABLE team_members (
    team_id BIGINT NOT NULL REFERENCES teams (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    is_maintainer BOOLEAN NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX teams_of_member ON team_members (user_id);
CREATE TABLE crate_teams (
    crate_id BIGINT NOT NULL REFERENCES crates (id),
    team_id BIGINT NOT NULL REFERENCES teams (id),
    created_at BIGINT NOT NULL,
    created_by BIGINT NOT NULL REFERENCES users (id),
    PRIMARY KEY (crate_id, team_id)
);
CREATE INDEX crates_of_team ON crate_teams (team_id);

ALTER TABLE crate_owners ADD COLUMN email_notifications BOOLEAN NOT NULL DEFAULT TRUE;
CREATE TABLE owner_invitations (
    crate_id BIGINT NOT NULL REFERENCES crates (id),
    invitee_id BIGINT NOT NULL REFERENCES users (id),
    inviter_id BIGINT NOT NULL REFERENCES users (id),
    hash {BLOB} NOT NULL CONSTRAINT owner_invitations_hash_unique UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (crate_id, invitee_id)
);
CREATE INDEX invitations_of_invitee ON owner_invitations (invitee_id, crate_id);

-- Pipelines that may publish. For GitHub `owner` and `owner_id` are the repository's, for GitLab its namespace. For any other
-- issuer, `owner` is its name and `rules` say which claims it must make. Without a crate it is pending: whoever made it becomes
-- the owner of the crate that is published first.
CREATE TABLE trusted_publishers (
    id {ID},
    provider TEXT NOT NULL,
    crate_id BIGINT REFERENCES crates (id),
    crate_name TEXT NOT NULL,
    canonical_name TEXT NOT NULL,
    created_by BIGINT NOT NULL REFERENCES users (id),
    owner TEXT NOT NULL,
    owner_id TEXT,
    repository TEXT NOT NULL,
    workflow TEXT NOT NULL,
    environment TEXT,
    rules TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX publishers_of_crate ON trusted_publishers (crate_id);
CREATE INDEX publishers_of_repository ON trusted_publishers (provider, lower(owner), lower(repository));
CREATE INDEX pending_publishers ON trusted_publishers (canonical_name) WHERE crate_id IS NULL;
CREATE TABLE trustpub_tokens (
    id {ID},
    hash {BLOB} NOT NULL CONSTRAINT trustpub_tokens_hash_unique UNIQUE,
    crate_ids TEXT NOT NULL,
    pending_ids TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
-- JWTs that were exchanged, until nobody could use them any more. A `jti` is unique to its issuer.
CREATE TABLE used_jtis (
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, jti)
);

-- What a user may do more or less often than others.
CREATE TABLE rate_overrides (
    user_id BIGINT NOT NULL REFERENCES users (id),
    action TEXT NOT NULL,
    burst BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (user_id, action)
);
-- Buckets of those who are nobody yet, by login or address.
CREATE TABLE stranger_buckets (
    stranger TEXT NOT NULL,
    action TEXT NOT NULL,
    tokens BIGINT NOT NULL,
    last_refill_at BIGINT NOT NULL,
    PRIMARY KEY (stranger, action)
);
CREATE INDEX stranger_buckets_by_age ON stranger_buckets (last_refill_at);

-- Who did what. Each entry's hash covers the entry before it; the head's lock makes them one chain.
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_id BIGINT,
    token_id BIGINT,
    address TEXT,
    request_id TEXT,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,
    hash {BLOB} NOT NULL
);
CREATE INDEX audit_of_actor ON audit (actor_id, seq);
CREATE INDEX audit_of_subject ON audit (subject, seq);
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash {BLOB} NOT NULL
);

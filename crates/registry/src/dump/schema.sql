-- The tables of this dump, for PostgreSQL 12 or newer. Load it into an empty database, then run import.sql.
-- References are checked at the end of the import, because some tables come before those they refer to.
BEGIN;

CREATE TABLE "categories" (
    "category" text NOT NULL,
    "crates_cnt" bigint NOT NULL,
    "created_at" timestamp with time zone NOT NULL,
    "description" text NOT NULL,
    "id" bigint PRIMARY KEY,
    "path" text NOT NULL,
    "slug" text NOT NULL UNIQUE
);

CREATE TABLE "crate_downloads" (
    "crate_id" bigint PRIMARY KEY,
    "downloads" bigint NOT NULL
);

CREATE TABLE "crates" (
    "created_at" timestamp with time zone NOT NULL,
    "description" text,
    "documentation" text,
    "homepage" text,
    "id" bigint PRIMARY KEY,
    "max_features" bigint,
    "max_upload_size" bigint,
    "name" text NOT NULL UNIQUE,
    "readme" text,
    "repository" text,
    "trustpub_only" boolean NOT NULL,
    "updated_at" timestamp with time zone NOT NULL
);

CREATE TABLE "keywords" (
    "crates_cnt" bigint NOT NULL,
    "created_at" timestamp with time zone NOT NULL,
    "id" bigint PRIMARY KEY,
    "keyword" text NOT NULL UNIQUE
);

CREATE TABLE "metadata" (
    "total_downloads" bigint NOT NULL
);

CREATE TABLE "oauth_github" (
    "account_id" bigint,
    "avatar" text,
    "login" text NOT NULL,
    "user_id" bigint PRIMARY KEY
);

CREATE TABLE "reserved_crate_names" (
    "name" text PRIMARY KEY
);

CREATE TABLE "reserved_usernames" (
    "username" text PRIMARY KEY
);

CREATE TABLE "teams" (
    "avatar" text,
    "github_id" bigint,
    "id" bigint PRIMARY KEY,
    "login" text NOT NULL UNIQUE,
    "name" text,
    "org_id" bigint
);

CREATE TABLE "users" (
    "created_at" timestamp with time zone NOT NULL,
    "gh_id" bigint,
    "gh_login" text,
    "id" bigint PRIMARY KEY,
    "name" text,
    "username" text NOT NULL
);

CREATE TABLE "crates_categories" (
    "category_id" bigint NOT NULL,
    "crate_id" bigint NOT NULL,
    PRIMARY KEY ("crate_id", "category_id")
);

CREATE TABLE "crates_keywords" (
    "crate_id" bigint NOT NULL,
    "keyword_id" bigint NOT NULL,
    PRIMARY KEY ("crate_id", "keyword_id")
);

-- "owner_id" is a user where "owner_kind" is 0, a team where it is 1. "created_by" may be somebody who is not in "users".
CREATE TABLE "crate_owners" (
    "crate_id" bigint NOT NULL,
    "created_at" timestamp with time zone NOT NULL,
    "created_by" bigint,
    "owner_id" bigint NOT NULL,
    "owner_kind" smallint NOT NULL,
    PRIMARY KEY ("crate_id", "owner_id", "owner_kind")
);

-- "deleted_by" may be somebody who is not in "users".
CREATE TABLE "deleted_crates" (
    "available_at" timestamp with time zone NOT NULL,
    "created_at" timestamp with time zone,
    "deleted_at" timestamp with time zone,
    "deleted_by" bigint,
    "id" bigint PRIMARY KEY,
    "message" text,
    "name" text NOT NULL
);

CREATE TABLE "versions" (
    "bin_names" text[],
    "categories" text[] NOT NULL,
    "crate_id" bigint NOT NULL,
    "crate_size" bigint NOT NULL,
    "created_at" timestamp with time zone NOT NULL,
    "description" text,
    "documentation" text,
    "downloads" bigint NOT NULL,
    "edition" text,
    "features" jsonb NOT NULL,
    "has_lib" boolean,
    "homepage" text,
    "id" bigint PRIMARY KEY,
    "keywords" text[] NOT NULL,
    "license" text,
    "links" text,
    "num" text NOT NULL,
    "num_no_build" text NOT NULL,
    "published_by" bigint,
    "repository" text,
    "rust_version" text,
    "tar_sha256" bytea NOT NULL,
    "updated_at" timestamp with time zone NOT NULL,
    "yanked" boolean NOT NULL,
    "zip_json_sha256" bytea,
    "zip_sha256" bytea,
    UNIQUE ("crate_id", "num_no_build")
);

CREATE TABLE "default_versions" (
    "crate_id" bigint PRIMARY KEY,
    "num_versions" bigint NOT NULL,
    "version_id" bigint NOT NULL UNIQUE
);

-- "kind" is 0 for normal, 1 for build and 2 for dev dependencies.
CREATE TABLE "dependencies" (
    "crate_id" bigint NOT NULL,
    "default_features" boolean NOT NULL,
    "explicit_name" text,
    "features" text[] NOT NULL,
    "id" bigint PRIMARY KEY,
    "kind" smallint NOT NULL,
    "optional" boolean NOT NULL,
    "req" text NOT NULL,
    "target" text,
    "version_id" bigint NOT NULL
);
CREATE INDEX "dependencies_of_version" ON "dependencies" ("version_id");
CREATE INDEX "dependencies_on_crate" ON "dependencies" ("crate_id");

CREATE TABLE "version_downloads" (
    "date" date NOT NULL,
    "downloads" bigint NOT NULL,
    "version_id" bigint NOT NULL,
    PRIMARY KEY ("version_id", "date")
);

ALTER TABLE "crate_downloads"
    ADD FOREIGN KEY ("crate_id") REFERENCES "crates" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "oauth_github"
    ADD FOREIGN KEY ("user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "crates_categories"
    ADD FOREIGN KEY ("category_id") REFERENCES "categories" ("id") DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY ("crate_id") REFERENCES "crates" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "crates_keywords"
    ADD FOREIGN KEY ("crate_id") REFERENCES "crates" ("id") DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY ("keyword_id") REFERENCES "keywords" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "crate_owners"
    ADD FOREIGN KEY ("crate_id") REFERENCES "crates" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "versions"
    ADD FOREIGN KEY ("crate_id") REFERENCES "crates" ("id") DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY ("published_by") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "default_versions"
    ADD FOREIGN KEY ("crate_id") REFERENCES "crates" ("id") DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY ("version_id") REFERENCES "versions" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "dependencies"
    ADD FOREIGN KEY ("crate_id") REFERENCES "crates" ("id") DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY ("version_id") REFERENCES "versions" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "version_downloads"
    ADD FOREIGN KEY ("version_id") REFERENCES "versions" ("id") DEFERRABLE INITIALLY DEFERRED;

COMMIT;

-- Texts that administrators have set for the whole site, such as the banner.
CREATE TABLE site_texts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

//! Where relative links of a readme lead: into its repository, if that is on a host whose addresses we know.

use url::Url;

use super::Repository;

/// Hosts whose addresses of files are `<repository>/blob/HEAD/<path>` and `<repository>/raw/HEAD/<path>`.
const HOSTS: [&str; 3] = ["github.com", "gitlab.com", "bitbucket.org"];

/// File extensions of pictures and films, which have to be linked raw to be shown.
const MEDIA: [&str; 18] = [
    "apng", "avif", "bmp", "gif", "ico", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp", "avi", "mkv", "mov",
    "mp4", "ogv", "webm",
];

/// A repository, and the folder in it where a readme lies.
#[derive(Clone, Debug)]
pub(super) struct Base {
    repository: Url,
    /// An address that stands for the folder; its root is the repository's.
    folder: Url,
}

impl Base {
    /// `None` if the repository is on another host.
    pub(super) fn new(repository: Repository<'_>, file: &str) -> Option<Self> {
        let mut url = Url::parse(repository.url.trim()).ok()?;
        if !matches!(url.scheme(), "http" | "https") || !HOSTS.contains(&url.host_str()?) || url.port().is_some() {
            return None;
        }
        url.set_query(None);
        url.set_fragment(None);
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).to_owned();
        url.set_path(&path);
        let readme_folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = [repository.path_in_vcs.unwrap_or_default(), readme_folder].join("/");
        Some(Self { repository: url, folder: folder_url(&folder)? })
    }

    /// The address of a relative link, such as `docs/guide.md` or `../logo.svg`; `None` if it has none.
    pub(super) fn resolve(&self, link: &str) -> Option<Url> {
        let target = self.folder.join(link).ok()?;
        if target.host_str() != self.folder.host_str() {
            // `//host/path` names its own host.
            return Some(target);
        }
        let name = target.path().rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        let kind = if MEDIA.contains(&extension.as_str()) { "raw" } else { "blob" };
        let mut url = self.repository.clone();
        url.set_path(&format!("{}/{kind}/HEAD{}", self.repository.path(), target.path()));
        url.set_query(target.query());
        url.set_fragment(target.fragment());
        if extension == "svg" {
            url.query_pairs_mut().append_pair("sanitize", "true");
        }
        Some(url)
    }
}

/// The folder as an address without a real host. Steps out of the root end at the root.
fn folder_url(folder: &str) -> Option<Url> {
    let mut url = Url::parse("https://repository.invalid/").ok()?;
    for name in folder.split(['/', '\\']) {
        let mut names = url.path_segments_mut().ok()?;
        match name {
            "" | "." => {}
            ".." => _ = names.pop_if_empty().pop(),
            name => _ = names.pop_if_empty().push(name),
        }
    }
    // The empty name at the end makes it a folder to the links in it.
    url.path_segments_mut().ok()?.pop_if_empty().push("");
    Some(url)
}

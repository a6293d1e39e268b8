//! The formats of access logs, and which of their lines are downloads (contract §11.1).

use std::borrow::Cow;

use cargohold_protocol::{CrateName, Day, Timestamp, Version};
use chrono::DateTime;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::count::is_cargo;

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Download(Download),
    /// A request that does not count.
    Other,
    /// No request at all.
    Blank,
    Unreadable,
}

/// A download that counts, if there is such a version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Download {
    pub(super) day: Day,
    pub(super) name: CrateName,
    pub(super) num: String,
}

/// Tells the lines of one log. Lines of JSON begin with `{`; once a `#Fields:` line was there, lines are in W3C's extended
/// format; all others are in the combined or the common format.
#[derive(Default)]
pub(super) struct Format {
    columns: Option<Columns>,
}

/// A line taken apart.
struct Request<'l> {
    method: Cow<'l, str>,
    status: Cow<'l, str>,
    /// `None` if the log does not say.
    agent: Option<Cow<'l, str>>,
    /// The path, decoded once.
    path: Cow<'l, str>,
    time: Time<'l>,
}

/// The time of a request, in the forms that logs write.
enum Time<'l> {
    /// `31/Jan/2026:12:00:00 +0100`
    Apache(&'l str),
    /// `2026-01-31`, in UTC.
    Date(&'l str),
    /// RFC 3339, any of the above, or a number: seconds, milliseconds or microseconds since 1970.
    Any(String),
}

impl Format {
    /// Reads the next line.
    pub(super) fn read(&mut self, line: &str) -> Line {
        if let Some(directive) = line.strip_prefix('#') {
            if let Some(names) = directive.strip_prefix("Fields:") {
                self.columns = Some(Columns::new(names));
            }
            return Line::Blank;
        }
        if line.trim().is_empty() {
            return Line::Blank;
        }
        let request = match &self.columns {
            _ if line.starts_with('{') => json(line),
            Some(columns) => columns.read(line),
            None => combined(line),
        };
        request.map_or(Line::Unreadable, |request| request.judge())
    }
}

impl Request<'_> {
    fn judge(&self) -> Line {
        if self.method != "GET" || self.status != "200" || self.agent.as_ref().is_some_and(|agent| !is_cargos(agent)) {
            return Line::Other;
        }
        let Some((name, num)) = find_version(&self.path) else { return Line::Other };
        match self.time.day() {
            Some(day) => Line::Download(Download { day, name, num }),
            None => Line::Unreadable,
        }
    }
}

/// Whether an agent is cargo's, also where a log writes it percent-encoded.
fn is_cargos(agent: &str) -> bool {
    is_cargo(agent) || ["cargo%2f", "cargo%2F", "cargo%20"].iter().any(|encoded| agent.starts_with(encoded))
}

/// The crate and the version whose tarball a path is.
fn find_version(path: &str) -> Option<(CrateName, String)> {
    path.match_indices('/').find_map(|(at, _)| version_at(path[at..].strip_prefix("/crates/")?))
}

/// The same for what comes behind `/crates/`: `<name>/<version>/download` or `<name>/<name>-<version>.crate`.
fn version_at(path: &str) -> Option<(CrateName, String)> {
    let is_version = |text: &str| text.parse::<Version>().is_ok();
    let (name, path) = path.split_once('/')?;
    let (part, rest) = path.split_once('/').unwrap_or((path, ""));
    let num = if rest.starts_with("download") && is_version(part) {
        part
    } else {
        let file = part.strip_prefix(name)?.strip_prefix('-')?;
        let nums = file.rmatch_indices(".crate").map(|(at, _)| &file[..at]);
        nums.into_iter().find(|num| is_version(num))?
    };
    Some((name.parse().ok()?, num.to_owned()))
}

/// `$remote_addr - $user [time] "GET /path HTTP/1.1" status bytes "referer" "agent"`; the common format lacks the last two.
fn combined(line: &str) -> Option<Request<'_>> {
    // Quotation marks inside a field are escaped, so these are the first ones of the line, whatever a user is called.
    let (before, rest) = line.split_once("] \"")?;
    let (_, time) = before.rsplit_once('[')?;
    let (request, rest) = quoted(rest)?;
    let mut words = rest.trim_start().splitn(3, ' ');
    let status = words.next().filter(|status| status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit()))?;
    let rest = words.nth(1).unwrap_or_default();
    let mut request = request.split(' ');
    Some(Request {
        method: request.next()?.into(),
        path: decoded_path(request.next().unwrap_or_default()),
        status: status.into(),
        agent: agent_behind_referer(rest).map(Cow::from),
        time: Time::Apache(time),
    })
}

fn agent_behind_referer(rest: &str) -> Option<&str> {
    let (_, rest) = quoted(rest.trim_start().strip_prefix('"')?)?;
    Some(quoted(rest.trim_start().strip_prefix('"')?)?.0)
}

/// What comes before the next quotation mark that is not escaped, and what comes behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })?;
    Some((&text[..end], &text[end + 1..]))
}

/// Where in a line of W3C's extended format there is what; nothing if the log lacks something that is needed.
struct Columns(Option<Needed>);

struct Needed {
    date: usize,
    method: usize,
    path: usize,
    status: usize,
    agent: Option<usize>,
}

impl Columns {
    fn new(names: &str) -> Self {
        let names: Vec<_> = names.split_whitespace().collect();
        let find = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        let needed = || {
            Some(Needed {
                date: find("date")?,
                method: find("cs-method")?,
                path: find("cs-uri-stem").or_else(|| find("cs-uri"))?,
                status: find("sc-status")?,
                agent: find("cs(User-Agent)"),
            })
        };
        Self(needed())
    }

    fn read<'l>(&self, line: &'l str) -> Option<Request<'l>> {
        let needed = self.0.as_ref()?;
        let separator = if line.contains('\t') { '\t' } else { ' ' };
        let fields: Vec<&str> = line.split(separator).collect();
        let field = |index: usize| fields.get(index).copied();
        // The log encodes once more what the client had encoded already.
        let path = decoded_path(field(needed.path)?);
        let path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        Some(Request {
            method: field(needed.method)?.into(),
            status: field(needed.status)?.into(),
            agent: needed.agent.map(|index| field(index).map(Cow::from).ok_or(())).transpose().ok()?,
            path: path.into(),
            time: Time::Date(field(needed.date)?),
        })
    }
}

/// An object with members of the usual names.
fn json(line: &str) -> Option<Request<'static>> {
    let members: Map<String, Value> = serde_json::from_str(line).ok()?;
    let member = |names: &[&str]| names.iter().find_map(|name| members.get(*name));
    let text = |names: &[&str]| match member(names)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let agent = member(&["user_agent", "http_user_agent"]);
    Some(Request {
        method: text(&["method", "request_method"])?.into(),
        path: decoded_path(&text(&["path", "uri", "request_uri", "url"])?).into_owned().into(),
        status: text(&["status"])?.into(),
        agent: agent.map(|agent| agent.as_str().unwrap_or_default().to_owned().into()),
        time: Time::Any(text(&["time", "timestamp", "@timestamp", "time_iso8601"])?),
    })
}

/// A path without its query, decoded.
fn decoded_path(path: &str) -> Cow<'_, str> {
    percent_decode_str(path.split('?').next().unwrap_or_default()).decode_utf8_lossy()
}

impl Time<'_> {
    /// The day in UTC.
    fn day(&self) -> Option<Day> {
        match self {
            Self::Apache(text) => apache_day(text),
            Self::Date(text) => text.parse().ok(),
            Self::Any(text) => {
                let rfc3339 = text.parse().ok().map(Day::of);
                rfc3339.or_else(|| unix_day(text)).or_else(|| apache_day(text)).or_else(|| text.parse().ok())
            }
        }
    }
}

fn apache_day(text: &str) -> Option<Day> {
    let time = DateTime::parse_from_str(text, "%d/%b/%Y:%H:%M:%S %z").ok()?;
    Some(Day::of(Timestamp::from_micros(time.timestamp_micros())))
}

/// The day of a number since 1970; its size tells seconds from milliseconds and microseconds.
fn unix_day(text: &str) -> Option<Day> {
    let number: i64 = text.split('.').next()?.parse().ok()?;
    let micros = match number {
        0..100_000_000_000 => number * 1_000_000,
        100_000_000_000..100_000_000_000_000 => number * 1000,
        100_000_000_000_000..100_000_000_000_000_000 => number,
        _ => return None,
    };
    Some(Day::of(Timestamp::from_micros(micros)))
}

#[cfg(test)]
mod tests;

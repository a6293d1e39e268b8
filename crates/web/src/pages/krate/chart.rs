//! The downloads of the last 90 days as a picture: a column a day, versions on top of each other.

use std::fmt::{self, Write};

use cargohold_protocol::Day;
use cargohold_registry::DownloadHistory;

use crate::pages::filters::group;

/// Where the columns begin and end, in pixels of the picture.
const LEFT: i64 = 46;
const TOP: i64 = 8;
const BOTTOM: i64 = 168;

/// How far apart columns are, and how wide each is.
const STEP: i64 = 8;
const WIDTH: i64 = 7;

/// What is drawn.
pub(super) struct Chart {
    /// The colours, with what they stand for and the outline of what has it.
    pub(super) layers: Vec<Layer>,
    /// Horizontal lines: how high, and what they say.
    pub(super) lines: Vec<(i64, String)>,
    /// Days that are written below: where, and which.
    pub(super) days: Vec<(i64, String)>,
    /// What each day says when it is pointed at: where it is, and the sentence.
    pub(super) tips: Vec<(i64, String)>,
    /// The numbers, by week: the first day, and one number for each layer.
    pub(super) weeks: Vec<(Day, Vec<i64>)>,
    /// All downloads together.
    pub(super) total: i64,
}

/// One of the colours.
pub(super) struct Layer {
    pub(super) class: &'static str,
    pub(super) label: String,
    pub(super) path: String,
}

/// The classes of the colours; the last one is for all other versions.
const CLASSES: [&str; 6] = ["s0", "s1", "s2", "s3", "s4", "s5"];

impl Chart {
    /// The picture; `None` if there is nothing to be seen.
    pub(super) fn new(history: &DownloadHistory) -> Option<Self> {
        let totals = history.totals();
        let total: i64 = totals.iter().sum();
        if total <= 0 {
            return None;
        }
        let (step, top) = scale(totals.iter().copied().max().unwrap_or(1));
        let lines = (0..=top / step).map(|line| (height(line * step, top).pixels(), group(&(line * step).to_string())));
        let day = |place: i64| Day::from_number(history.first.number() + place);
        let written = [0, 22, 44, 67, 89].map(|place| (x(place) + WIDTH / 2, short(day(place))));
        let tips = (0..).zip(&totals).filter(|(_, total)| **total > 0);
        Some(Self {
            layers: layers(history, top),
            lines: lines.collect(),
            days: written.into(),
            tips: tips.map(|(place, total)| (x(place), tip(history, day(place), place, *total))).collect(),
            weeks: weeks(history),
            total,
        })
    }
}

/// Where the column of a day begins.
fn x(place: i64) -> i64 {
    LEFT + place * STEP
}

/// A length in tenths of pixels.
#[derive(Clone, Copy)]
struct Tenths(i64);

impl Tenths {
    fn pixels(self) -> i64 {
        (self.0 + 5) / 10
    }
}

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(tenths) = self;
        match tenths % 10 {
            0 => write!(f, "{}", tenths / 10),
            rest => write!(f, "{}.{rest}", tenths / 10),
        }
    }
}

/// How high a number stands if the picture goes up to `top`.
fn height(value: i64, top: i64) -> Tenths {
    Tenths(BOTTOM * 10 - value.saturating_mul((BOTTOM - TOP) * 10) / top.max(1))
}

/// The distance between lines, and the highest of them: at most five lines, at round numbers, the last one above everything.
fn scale(max: i64) -> (i64, i64) {
    let mut unit = 1;
    loop {
        for step in [unit, 2 * unit, 5 * unit] {
            if step * 4 >= max {
                return (step, (max + step - 1) / step * step);
            }
        }
        unit *= 10;
    }
}

fn layers(history: &DownloadHistory, top: i64) -> Vec<Layer> {
    let mut below = vec![0; history.totals().len()];
    let mut versions = CLASSES.into_iter();
    let mut layers = Vec::new();
    for series in &history.series {
        let mut path = String::new();
        for ((place, below), count) in (0..).zip(&mut below).zip(&series.counts) {
            if *count > 0 {
                let (y, height) = (height(*below + count, top), height(*below, top).0);
                _ = write!(path, "M{} {y}h{WIDTH}v{}h-{WIDTH}z", x(place), Tenths(height - y.0));
                *below += count;
            }
        }
        let class = match series.version {
            Some(_) => versions.next().unwrap_or(CLASSES[5]),
            None => CLASSES[5],
        };
        let label = series.version.clone().unwrap_or_else(|| "others".to_owned());
        layers.push(Layer { class, label, path });
    }
    layers
}

/// A day without its year.
fn short(day: Day) -> String {
    day.to_string().chars().skip(5).collect()
}

fn tip(history: &DownloadHistory, day: Day, place: i64, total: i64) -> String {
    let at = usize::try_from(place).unwrap_or_default();
    let of = history.series.iter().filter_map(|series| {
        let count = series.counts.get(at).filter(|count| **count > 0)?;
        Some(format!("{}: {}", series.version.as_deref().unwrap_or("others"), group(&count.to_string())))
    });
    let of: Vec<String> = of.collect();
    let downloads = if total == 1 { "download" } else { "downloads" };
    let total = group(&total.to_string());
    match history.series.len() {
        1 => format!("{day}: {total} {downloads}"),
        _ => format!("{day}: {total} {downloads} ({})", of.join(", ")),
    }
}

fn weeks(history: &DownloadHistory) -> Vec<(Day, Vec<i64>)> {
    let days = history.totals().len();
    let week = |start: usize| {
        let sum = |counts: &[i64]| counts.iter().skip(start).take(7).sum();
        let first = Day::from_number(history.first.number() + i64::try_from(start).unwrap_or_default());
        (first, history.series.iter().map(|series| sum(&series.counts)).collect())
    };
    (0..days).step_by(7).map(week).collect()
}

#[cfg(test)]
mod tests;

//! What was measured, as a Markdown table.

/// The first lines of the table.
pub(super) const HEAD: &str = "\
| request | nginx req/s | cargohold req/s | ratio | nginx CPU µs | cargohold CPU µs |
|---|--:|--:|--:|--:|--:|";

/// One run of load on one server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) per_second: f64,
    /// The server's processor time for each request.
    pub(super) cpu_micros: f64,
}

/// The rounds of one kind of request.
#[derive(Debug, Default)]
pub(super) struct Measured {
    own: Vec<Sample>,
    beside: Vec<Sample>,
    /// Of cargohold's rate to that of nginx in the same round.
    ratios: Vec<f64>,
}

impl Measured {
    pub(super) fn add(&mut self, own: Sample, beside: Option<Sample>) {
        self.own.push(own);
        if let Some(beside) = beside {
            self.ratios.push(own.per_second / beside.per_second);
            self.beside.push(beside);
        }
    }

    /// The row of the table: the median of each column.
    pub(super) fn line(&self, name: &str) -> String {
        let rate = |samples: &[Sample]| cell(samples.iter().map(|sample| sample.per_second), 0);
        let cpu = |samples: &[Sample]| cell(samples.iter().map(|sample| sample.cpu_micros), 1);
        let ratio = cell(self.ratios.iter().copied(), 2);
        let (nginx, own) = (&self.beside, &self.own);
        format!("| {name} | {} | {} | {ratio} | {} | {} |", rate(nginx), rate(own), cpu(nginx), cpu(own))
    }
}

/// The median, with so many digits behind the point; nothing of nothing.
fn cell(values: impl Iterator<Item = f64>, digits: usize) -> String {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).map_or_else(String::new, |median| format!("{median:.digits$}"))
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2⁵³")]
pub(super) fn as_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_median_of_each_column() {
        let sample = |per_second| Sample { per_second, cpu_micros: 1e6 / per_second };
        let mut measured = Measured::default();
        for (own, beside) in [(50_000.0, 100_000.0), (80_000.0, 100_000.0), (100_000.0, 50_000.0)] {
            measured.add(sample(own), Some(sample(beside)));
        }
        assert_eq!(measured.line("index"), "| index | 100000 | 80000 | 0.80 | 10.0 | 12.5 |");
        let mut alone = Measured::default();
        alone.add(sample(1000.0), None);
        assert_eq!(alone.line("page"), "| page |  | 1000 |  |  | 1000.0 |");
    }
}

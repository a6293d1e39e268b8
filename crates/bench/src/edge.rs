//! Measuring what lies between a client and the rules, beside an nginx that sends the same bytes. Everything is our own: both
//! servers start fresh, and end with the command.

mod certificate;
mod load;
mod memory;
mod nginx;
mod process;
mod report;
mod scenarios;
mod syscalls;

use std::time::Duration;

use crate::cli::EdgeArgs;
use crate::edge::certificate::Certificate;
use crate::edge::load::{Loaded, load};
use crate::edge::nginx::Nginx;
use crate::edge::process::cpu_time;
use crate::edge::report::{Measured, Sample};
use crate::edge::scenarios::{SCENARIOS, Scenario};
use crate::server::Server;
use crate::{Failure, say};

/// What is measured beside the scenarios.
const MEMORY: &str = "memory";

pub(crate) async fn run(arguments: EdgeArgs) -> Result<(), Failure> {
    let only = arguments.only.as_deref().unwrap_or_default();
    let chosen: Vec<&Scenario> = SCENARIOS.iter().filter(|scenario| scenario.name.contains(only)).collect();
    if !chosen.is_empty() {
        Edge::start(&arguments).await?.measure(&chosen).await?;
    }
    if MEMORY.contains(only) {
        memory::measure(&arguments.server).await?;
    }
    Ok(())
}

/// Both servers, running.
struct Edge<'a> {
    arguments: &'a EdgeArgs,
    server: Server,
    nginx: Nginx,
    /// Asks either of them in the protocol that is measured.
    http: reqwest::Client,
    _certificate: Option<Certificate>,
}

/// One of the two.
struct Target<'a> {
    url: &'a str,
    pid: u32,
}

impl<'a> Edge<'a> {
    async fn start(arguments: &'a EdgeArgs) -> Result<Self, Failure> {
        let certificate = arguments.tls.then(Certificate::make).transpose()?;
        let paths = certificate.iter().flat_map(|made| {
            let path = |path: &std::path::Path| path.display().to_string();
            [("CARGOHOLD_SERVER__TLS__CERTIFICATE", path(&made.chain)), ("CARGOHOLD_SERVER__TLS__KEY", path(&made.key))]
        });
        let server = Server::start(&arguments.server, &paths.collect::<Vec<_>>(), None)?;
        let files = scenarios::prepare(&server).await?;
        let nginx = Nginx::start(&files, certificate.as_ref(), arguments.h2).await?;
        let http = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true);
        // Without TLS nothing is negotiated.
        let http = if arguments.h2 && !arguments.tls { http.http2_prior_knowledge() } else { http };
        Ok(Self { arguments, server, nginx, http: http.build()?, _certificate: certificate })
    }

    async fn measure(&self, chosen: &[&Scenario]) -> Result<(), Failure> {
        say(report::HEAD)?;
        for scenario in chosen {
            say(&self.measure_scenario(scenario).await?.line(scenario.name))?;
        }
        if self.arguments.h2 || self.arguments.tls || !syscalls::can_be_counted() {
            return Ok(());
        }
        say(syscalls::HEAD)?;
        for scenario in chosen {
            let condition = scenario.condition(&self.http, &self.server.url).await?;
            let url = format!("{}{}", self.server.url, scenario.path);
            say(&syscalls::count(self.server.pid(), &url, condition.as_deref())?.line(scenario.name))?;
        }
        Ok(())
    }

    /// Rounds in turn, so that both meet the same weather.
    async fn measure_scenario(&self, scenario: &Scenario) -> Result<Measured, Failure> {
        let server = Target { url: &self.server.url, pid: self.server.pid() };
        let nginx = Target { url: &self.nginx.url, pid: self.nginx.pid() };
        // What it takes to get warm is not measured.
        let warm_up = Duration::from_secs(1);
        self.sample(&server, scenario, warm_up).await?;
        let time = Duration::from_secs(self.arguments.seconds.into());
        let beside = async |is_due: bool| {
            if !is_due || !scenario.is_file {
                return Ok(None);
            }
            self.sample(&nginx, scenario, time).await.map(Some)
        };
        let mut measured = Measured::default();
        for round in 0..self.arguments.rounds {
            let before = beside(round % 2 == 0).await?;
            let own = self.sample(&server, scenario, time).await?;
            let after = beside(round % 2 == 1).await?;
            measured.add(own, before.or(after));
        }
        Ok(measured)
    }

    async fn sample(&self, target: &Target<'_>, scenario: &Scenario, time: Duration) -> Result<Sample, Failure> {
        let condition = scenario.condition(&self.http, target.url).await?;
        let url = format!("{}{}", target.url, scenario.path);
        let before = cpu_time(target.pid)?;
        let Loaded { requests, per_second } = load(&url, condition.as_deref(), time, self.arguments.h2)?;
        let used = cpu_time(target.pid)?.saturating_sub(before);
        Ok(Sample { per_second, cpu_micros: used.as_secs_f64() * 1e6 / report::as_float(requests.max(1)) })
    }
}

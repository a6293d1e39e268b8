//! Whom to write to, and a report about a crate as a mail that only has to be sent.

use askama::Template;
use axum::extract::State;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::app::App;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::refusal::PageResult;
use crate::pages::visit::Visit;
use crate::params::Params;

/// What people may ask for, as addresses name it.
const REPORT: &str = "crate-violation";

/// What can be wrong with a crate.
const REASONS: [(&str, &str); 6] = [
    ("spam", "It is spam"),
    ("name-squatting", "It only occupies its name"),
    ("abuse", "It is abusive or harassing"),
    ("malicious-code", "It contains malicious code"),
    ("vulnerability", "It contains a vulnerability"),
    ("other", "Something else, told below"),
];

/// What stays as it is in the address of a mail.
const MAIL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'@').remove(b'.').remove(b'-').remove(b'_');

/// A mail, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mail {
    to: String,
    subject: String,
    body: String,
}

#[derive(Template)]
#[template(path = "support.html")]
struct SupportPage {
    frame: Frame,
    /// Whom to write to.
    operators: Vec<String>,
    /// The report as far as it is written; nothing if nobody wants to write one.
    form: Option<Form>,
    /// The report as a mail, once it is whole.
    mail: Option<Mail>,
}

impl SupportPage {
    fn new(frame: Frame, operators: &[String], form: Option<Form>) -> Self {
        let page = Self { frame, operators: operators.to_vec(), form: None, mail: None };
        match form.map(|form| page.judge(form)) {
            None => page,
            Some((form, mail)) => Self { form: Some(form), mail, ..page },
        }
    }

    /// The form with what is missing, or the mail that it makes.
    fn judge(&self, form: Form) -> (Form, Option<Mail>) {
        if !form.has("send") {
            return (form, None);
        }
        let reasons: Vec<&str> =
            REASONS.iter().filter(|(key, _)| form.is_ticked("reason", key)).map(|(_, text)| *text).collect();
        if form.text("crate").is_empty() {
            return (form.refused("crate", "say which crate it is about"), None);
        }
        if reasons.is_empty() {
            return (form.refused("reason", "say what is wrong with it"), None);
        }
        if form.is_ticked("reason", "other") && form.text("detail").is_empty() {
            return (form.refused("detail", "say in a few words what else is wrong"), None);
        }
        let mail = self.mail(&form, &reasons);
        (form, Some(mail))
    }

    fn mail(&self, form: &Form, reasons: &[&str]) -> Mail {
        let krate = form.text("crate");
        let reasons: String = reasons.iter().map(|reason| format!("- {reason}\n")).collect();
        let body = format!(
            "I want to report the crate {krate}: {}/crates/{}\n\n{reasons}\n{}\n",
            self.frame.base_url,
            utf8_percent_encode(krate, MAIL),
            form.text("detail")
        );
        let subject = format!("Report about the crate {krate} of {}", self.frame.site);
        Mail { to: self.operators.join(","), subject, body: body.trim_end().to_owned() }
    }
}

impl Mail {
    /// What a mail program opens as a draft (RFC 6068).
    fn link(&self) -> String {
        let to: Vec<String> = self.to.split(',').map(encoded).collect();
        format!("mailto:{}?subject={}&body={}", to.join(","), encoded(&self.subject), encoded(&self.body))
    }
}

/// A text as a part of the address of a mail. A browser sends the lines of a form with both characters already.
fn encoded(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    utf8_percent_encode(&text, MAIL).to_string()
}

pub(super) async fn show(State(app): State<App>, visit: Visit, params: Params) -> PageResult {
    let operators = &app.registry.settings().operators;
    let is_report = params.raw("inquire")? == Some(REPORT) && !operators.is_empty();
    let form = is_report.then(|| Form::of(&params));
    visit.page(&SupportPage::new(visit.frame(), operators, form))
}

#[cfg(test)]
pub(super) use self::tests::samples;

#[cfg(test)]
mod tests;

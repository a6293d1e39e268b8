//! The web application flow of GitHub: who somebody is, and a token to ask about their teams.

use openidconnect::http::StatusCode;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::api::Asker;
use super::{AccessToken, GitHub};
use crate::http::Answer;
use crate::{Flow, Person, ProviderError};

/// Lets us ask whether somebody is in a team.
const SCOPE: &str = "read:org";

/// The reasons to refuse a code that whoever runs this registry has to deal with. The last two are those of other forges.
const CLIENT_ERRORS: [&str; 5] = [
    "incorrect_client_credentials",
    "redirect_uri_mismatch",
    "application_suspended",
    "invalid_client",
    "unauthorized_client",
];

#[derive(Deserialize)]
struct Exchanged {
    access_token: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    login: String,
    name: Option<String>,
    email: Option<String>,
    avatar_url: Option<String>,
}

impl GitHub {
    /// Where to send the browser.
    ///
    /// # Errors
    ///
    /// When the settings are no addresses.
    pub fn authorize_url(&self, flow: &Flow) -> Result<Url, ProviderError> {
        let challenge = flow.challenge(&self.name)?;
        let mut url = self.address(&self.config.web_url, &["login", "oauth", "authorize"])?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("state", &flow.state)
            .append_pair("scope", SCOPE)
            .append_pair("redirect_uri", &self.config.redirect_url)
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Exchanges the code that came back for who it is. The caller has already compared the `state`, with
    /// [`Flow::is_answered_by`]. The address of the person is the one they show to everybody, and not verified.
    ///
    /// # Errors
    ///
    /// When GitHub does not answer, or does not accept the code, the verifier or this registry.
    pub async fn exchange(&self, code: &str, flow: &Flow) -> Result<(Person, AccessToken), ProviderError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.config.client_id),
            ("client_secret", &self.config.client_secret),
            ("code", code),
            ("redirect_uri", &self.config.redirect_url),
            ("code_verifier", &flow.pkce_verifier),
        ];
        let url = self.address(&self.config.web_url, &["login", "oauth", "access_token"])?;
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.http.request(Method::POST, url).header(ACCEPT, "application/json");
        let answer = self.send(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)).await?;
        let token = self.token_of(&answer)?;
        let user = self.find::<User>("you", &["user"], Asker::Person(&token)).await?;
        let user = user.ok_or_else(|| self.untrustworthy("you"))?;
        Ok((self.person(user), token))
    }

    /// GitHub refuses with a 200 and other forges with a 4xx; both say why.
    fn token_of(&self, answer: &Answer) -> Result<AccessToken, ProviderError> {
        let Ok(exchanged) = serde_json::from_slice::<Exchanged>(&answer.body) else {
            let is_unknown = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND);
            return Err(if is_unknown {
                ProviderError::client_refused(&self.name)
            } else {
                self.untrustworthy("the code")
            });
        };
        let client_refused = || Err(ProviderError::client_refused(&self.name));
        match (exchanged.error.as_deref(), exchanged.access_token) {
            (None, Some(token)) if answer.status == StatusCode::OK => Ok(AccessToken::new(token)),
            (Some(error), _) if CLIENT_ERRORS.contains(&error) => client_refused(),
            (Some(_), _) => Err(ProviderError::code_refused(&self.name)),
            (None, _) if answer.status == StatusCode::NOT_FOUND => client_refused(),
            (None, _) => Err(self.untrustworthy("the code")),
        }
    }

    fn person(&self, user: User) -> Person {
        Person {
            issuer: self.config.web_url.trim_end_matches('/').to_owned(),
            subject: user.id.to_string(),
            login: Some(user.login),
            name: user.name.filter(|name| !name.is_empty()),
            email: user.email.filter(|email| !email.is_empty()),
            is_email_verified: false,
            avatar: user.avatar_url,
            groups: Vec::new(),
        }
    }
}

//! What links in mails lead to, and invitations to own crates.

use reqwest::Method;

use crate::support::{Browser, Mailbox, Person, Shape, TestServer, html, krate, leads_to, on_both_shapes};

on_both_shapes!(
    looking_at_a_link_changes_nothing_and_its_button_does,
    the_link_of_an_invitation_works_without_a_sign_in,
    invitations_are_answered_on_their_page,
);

fn start(shape: Shape, mailbox: &Mailbox) -> TestServer {
    let settings = [("CARGOHOLD_MAIL__TRANSPORT", mailbox.transport()), ("CARGOHOLD_SIGN_UP__MODE", "open".to_owned())];
    TestServer::start_with(shape, &settings.each_ref().map(|(key, value)| (*key, value.as_str())))
}

async fn looking_at_a_link_changes_nothing_and_its_button_does(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    let fields = [("login", "newcomer"), ("email", "new@registry.example"), ("password", "four random words here")];
    leads_to(&Browser::new(&server).submit("/sign-up", "/sign-up", &fields).await, "/dashboard?done=signed-up");
    let path = format!("/confirm/{}", mailbox.latest("new@registry.example").link("/confirm/"));
    let verified = || server.execute_sql("SELECT COUNT(*) FROM users WHERE is_email_verified AND login = 'newcomer'");
    let elsewhere = Browser::new(&server);
    let shown = elsewhere.page(&path, 200).await;
    assert!(shown.contains("new@registry.example") && shown.contains("newcomer"), "{shown}");
    assert_eq!(verified(), "0", "programs that scan mails look, too");
    html(elsewhere.submit_with(&path, "forged", &[]).await, 403).await;
    assert_eq!(verified(), "0");
    let done = html(elsewhere.submit(&path, &path, &[]).await, 200).await;
    assert!(done.contains("Address confirmed") && verified() == "1", "{done}");
    let refused = elsewhere.page("/confirm/made-up", 400).await;
    assert!(refused.contains("ask for a new one in your settings"), "{refused}");
}

async fn the_link_of_an_invitation_works_without_a_sign_in(shape: Shape) {
    let mailbox = Mailbox::new();
    let server = start(shape, &mailbox);
    server.user("anna");
    server.publish_ok(&krate("tide")).await;
    let invite = async || {
        server.change_owners(Method::PUT, &server.admin, "tide", &["anna"]).await;
        format!("/accept-invite/{}", mailbox.latest("anna@registry.example").link("/accept-invite/"))
    };
    let path = invite().await;
    let owners = || server.execute_sql("SELECT COUNT(*) FROM crate_owners");
    let stranger = Browser::new(&server);
    let shown = stranger.page(&path, 200).await;
    assert!(shown.contains("<strong>tide</strong>") && shown.contains("<strong>anna</strong>"), "{shown}");
    assert_eq!(owners(), "1");
    server.execute_sql("UPDATE users SET is_email_verified = FALSE WHERE login = 'anna'");
    let refused = html(stranger.submit(&path, &path, &[]).await, 403).await;
    assert!(refused.contains("An owner needs a verified email address") && owners() == "1", "{refused}");
    server.execute_sql("UPDATE users SET is_email_verified = TRUE WHERE login = 'anna'");
    let done = html(stranger.submit(&path, &path, &[]).await, 200).await;
    assert!(done.contains("Invitation accepted") && owners() == "2", "{done}");
    let gone = stranger.page(&path, 404).await;
    assert!(gone.contains("no such invitation"), "{gone}");

    server.user("bert");
    server.change_owners(Method::PUT, &server.admin, "tide", &["bert"]).await;
    let late = format!("/accept-invite/{}", mailbox.latest("bert@registry.example").link("/accept-invite/"));
    server.execute_sql("UPDATE owner_invitations SET expires_at = 1");
    assert!(stranger.page(&late, 410).await.contains("has expired"));
}

async fn invitations_are_answered_on_their_page(shape: Shape) {
    let server = TestServer::start(shape);
    let anna = Person::new(&server, "anna").await;
    let browser = Browser::of(&server, &anna);
    let page = "/me/pending-invites";
    assert!(browser.page(page, 200).await.contains("Nobody has invited you"));
    for name in ["tide", "ebb"] {
        server.publish_ok(&krate(name)).await;
        server.change_owners(Method::PUT, &server.admin, name, &["anna"]).await;
    }
    let id = |name: &str| server.execute_sql(&format!("SELECT id FROM crates WHERE name = '{name}'"));
    let shown = browser.page(page, 200).await;
    assert!(shown.contains("/crates/tide") && shown.contains("/users/admin"), "{shown}");
    let accept = format!("{page}/{}/accept", id("tide"));
    leads_to(&browser.submit(page, &accept, &[]).await, "/me/pending-invites?done=invitation-accepted");
    let decline = format!("{page}/{}/decline", id("ebb"));
    leads_to(&browser.submit(page, &decline, &[]).await, "/me/pending-invites?done=invitation-declined");
    let again = html(browser.submit(page, &accept, &[]).await, 404).await;
    assert!(again.contains("no such invitation"), "{again}");
    let owners = server.execute_sql(&format!("SELECT COUNT(*) FROM crate_owners WHERE user_id = {}", anna.id));
    assert_eq!(owners, "1");
}

//! No password leaves before the controller has proved its name on an encrypted connection.

use crate::{
    common::{ad_options, ca_file, environment, open, sign_in, try_open, unavailable},
    fake::{Asked, Fake, Say},
};

const SHORT: &str = "connect_seconds = 2";

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let fake = Fake::start(|_| None);
    let mut options = ad_options(&[&environment("IPXE_ORCH_TEST_AD"), &fake.url], SHORT);
    options.ca_file = Some(ca_file().with_file_name("other.pem"));
    let text = unavailable(sign_in(&open(&options), "bob", "x").await);
    assert_eq!(
        text.matches("UnknownIssuer; `ca_file` must have the authority").count(),
        2,
        "{text}"
    );
    assert_eq!(fake.seen(), []);
}

#[tokio::test]
async fn without_a_file_the_authorities_of_the_machine_count() {
    let mut options = ad_options(&[&environment("IPXE_ORCH_TEST_AD")], SHORT);
    options.ca_file = None;
    match try_open(&options) {
        // A machine may trust none.
        Err(error) => assert_eq!(error.key(), "ca_file"),
        Ok(directory) => {
            let text = unavailable(sign_in(&directory, "bob", "x").await);
            assert!(text.contains("UnknownIssuer"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused() {
    let fake = Fake::start(|_| None);
    // The same machine by an address that is not in the certificate.
    let port = fake.url.rsplit(':').next().unwrap();
    let text = unavailable(
        sign_in(
            &open(&ad_options(&[&format!("ldaps://ip6-localhost.test:{port}")], SHORT)),
            "bob",
            "x",
        )
        .await,
    );
    assert!(text.contains("connect: "), "{text}");
    let proxy = crate::tls::proxy("127.0.0.9", port);
    let text = unavailable(sign_in(&open(&ad_options(&[&proxy], SHORT)), "bob", "x").await);
    assert!(text.contains("write the name in its certificate into `urls`"), "{text}");
    assert_eq!(fake.seen(), []);
}

/// Another address of the same server.
fn proxy(address: &str, port: &str) -> String {
    let listener = std::net::TcpListener::bind((address, 0)).unwrap();
    let url = format!("ldaps://{}", listener.local_addr().unwrap());
    let target = format!("127.0.0.1:{port}");
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = std::net::TcpStream::connect(&target).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            let (mut from, mut to) = (server, client);
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        }
    });
    url
}

#[tokio::test]
async fn a_plain_url_is_refused_when_it_is_read() {
    let error = try_open(&ad_options(&["ldap://127.0.0.1"], "")).unwrap_err().to_string();
    assert!(
        error.contains("directory corp: `urls`") && error.contains("passwords in clear"),
        "{error}"
    );
}

#[tokio::test]
async fn without_starttls_nothing_more_is_said() {
    let answers = [Say::Extended(2), Say::Extended(52), Say::Extended(0), Say::Close];
    for answer in answers {
        let fake = Fake::plain(move |asked| match asked {
            Asked::Other(23) => Some(vec![answer.clone()]),
            _ => None,
        });
        let directory = open(&ad_options(&[&fake.url], &format!("start_tls = true\n{SHORT}")));
        let text = unavailable(sign_in(&directory, "bob", "My-Word").await);
        assert!(text.contains("StartTLS") || text.contains("connect: "), "{text}");
        assert_eq!(fake.seen().len(), 1);
        let sent = String::from_utf8_lossy(&fake.bytes()).into_owned();
        assert!(
            !sent.contains("My-Word")
                && !sent.contains(crate::common::AD_PASSWORD)
                && !sent.contains("svc-ipxe")
        );
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_gets_no_password() {
    let fake = Fake::plain(|_| None);
    let url = fake.url.replace("ldap://", "ldaps://");
    unavailable(sign_in(&open(&ad_options(&[&url], SHORT)), "bob", "My-Word").await);
    let sent = String::from_utf8_lossy(&fake.bytes()).into_owned();
    assert!(!sent.is_empty() && !sent.contains("My-Word") && !sent.contains("svc-ipxe"));
}

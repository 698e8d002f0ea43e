//! Accounts and roles: the server lets people in whom the command line has given something.

use crate::operator::Operator;
use serde_json::{Value, json};
use std::{fs, time::Duration};
use tokio::runtime::Runtime;

const PASSWORD: &str = "correct horse battery";

/// A client of the API that keeps its cookie.
struct Client {
    runtime: Runtime,
    http: reqwest::Client,
    api: String,
    cookie: Option<String>,
}

impl Client {
    /// At the second address that the server has told.
    fn new(operator: &Operator, api: &str) -> Self {
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let pem = fs::read(operator.path("data/tls/self-signed.crt")).unwrap();
        let root = reqwest::Certificate::from_pem(&pem).unwrap();
        let http = reqwest::Client::builder().tls_certs_only([root]);
        let http = http.timeout(Duration::from_mins(1)).build().unwrap();
        Self { runtime: Runtime::new().unwrap(), http, api: api.to_owned(), cookie: None }
    }

    /// Posts JSON, or gets without any; the status and the JSON of the answer.
    fn ask(&mut self, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.api);
        let request = match body {
            Some(body) => {
                let json = self.http.post(url).header("content-type", "application/json");
                json.body(body.to_string())
            }
            None => self.http.get(url),
        };
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let (status, cookie, text) = self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let cookie =
                answer.headers().get("set-cookie").map(|line| line.to_str().unwrap().to_owned());
            (answer.status().as_u16(), cookie, answer.text().await.unwrap())
        });
        let pair = |line: String| line.split(';').next().unwrap().to_owned();
        self.cookie = cookie.map(pair).or(self.cookie.take());
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    fn sign_in(&mut self, name: &str, once: &str) {
        let change = json!({ "name": name, "old": once, "new": PASSWORD });
        assert_eq!(self.ask("password", Some(change)).0, 204);
        let (status, view) =
            self.ask("session", Some(json!({ "name": name, "password": PASSWORD })));
        assert_eq!(status, 201, "{view}");
    }
}

#[test]
fn a_role_that_the_operator_gives_holds_at_the_server_at_once() {
    let operator = Operator::with_hosts();
    let (server, mut lines) = serve_people(&operator);
    let api = lines.remove(0);
    let once = operator.ok(&["accounts", "create", "ann", "--quiet"]);
    let mut ann = Client::new(&operator, &api);
    ann.sign_in("ann", once.trim());
    assert_eq!(ann.ask("hosts", None).0, 403);
    operator.ok(&["roles", "grant", "viewer", "--person", "ann", "--reason", "new"]);
    let (status, hosts) = ann.ask("hosts", None);
    assert_eq!((status, hosts["hosts"].as_array().unwrap().len()), (200, 2));
    let explained = operator.json(&["roles", "explain", "ann", "see_hosts"]);
    assert_eq!(
        (&explained["allowed"], &explained["by"][0]["role"]),
        (&json!(true), &json!("viewer"))
    );
    let id = operator.json(&["roles", "list"])[1]["id"].as_str().unwrap().to_owned();
    operator.ok(&["roles", "revoke", &id, "--reason", "left"]);
    assert_eq!(ann.ask("hosts", None).0, 403);
    operator.ok(&["accounts", "disable", "ann"]);
    assert_eq!(ann.ask("session", None).0, 401);
    assert_eq!(server.end("-TERM").code(), Some(0));
}

#[test]
fn the_first_start_makes_one_administrator() {
    let operator = Operator::with_hosts();
    assert_eq!(operator.json(&["accounts", "list"]), json!([]));
    let (server, _) = serve_people(&operator);
    let accounts = operator.json(&["accounts", "list"]);
    assert_eq!(
        (&accounts[0]["name"], &accounts[0]["must_change"]),
        (&json!("admin"), &json!(true))
    );
    let roles = operator.json(&["roles", "list"]);
    assert_eq!((&roles[0]["role"], &roles[0]["hosts"]), (&json!("admin"), &json!("all")));
    drop(server);
    let (_server, _) = serve_people(&operator);
    assert_eq!(operator.json(&["accounts", "list"]), accounts, "the second start makes nothing");
}

#[test]
fn passwords_do_not_go_over_a_network_unencrypted() {
    let operator = Operator::new();
    operator.file("c.toml", b"[[listen]]\naddress = '0.0.0.0:0'\nfaces = ['people']\n");
    let errors = operator.fails(&["serve", "--config", "c.toml"]);
    assert!(errors.contains("write https://0.0.0.0:0"), "{errors}");
    let errors = operator.fails(&["directory", "test"]);
    assert!(errors.contains("add a table [[directory]]"), "{errors}");
}

/// For machines and people; the URLs of the API.
fn serve_people(operator: &Operator) -> (crate::follow::Running, Vec<String>) {
    let more = ["--listen", "https://127.0.0.1:0"];
    let (process, lines) = crate::follow::serve_lines(operator, &more, 2);
    let people = lines.iter().filter_map(|line| line.strip_prefix("people: "));
    (process, people.map(str::to_owned).collect())
}

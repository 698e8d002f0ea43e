//! The cookie of a session, and whether a request comes from our own pages.

use axum::http::{
    HeaderMap, HeaderValue, Method,
    header::{COOKIE, HOST, ORIGIN},
};
use ipxe_orch_core::access::SessionSecret;
use zeroize::Zeroizing;

/// The prefix makes browsers take it only over HTTPS (or from this machine), for all paths, and for
/// this server alone (RFC 6265bis section 4.1.3.2).
const NAME: &str = "__Host-ipxe-orch";

/// The secret in the cookie. Two of them are none: somebody else may have set one.
pub(super) fn secret(headers: &HeaderMap) -> Option<SessionSecret> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut own = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value);
    let (first, second) = (own.next(), own.next());
    first.filter(|_| second.is_none())?.parse().ok()
}

/// The header that sets it, for the life of the browser.
pub(super) fn set(secret: &SessionSecret) -> Option<HeaderValue> {
    let text = secret.reveal();
    let line = Zeroizing::new(format!(
        "{NAME}={}; Path=/; Secure; HttpOnly; SameSite=Strict",
        text.as_str()
    ));
    let mut value = HeaderValue::from_str(&line).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The header that removes it.
pub(super) fn clear() -> Option<HeaderValue> {
    let line = format!("{NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    HeaderValue::from_str(&line).ok()
}

/// Whether another site may have made the browser send this. What only reads is let through,
/// because another site cannot see the answer.
pub(super) fn is_foreign(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) {
        return false;
    }
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).unwrap_or_default();
    if let Some(site) = headers.get("sec-fetch-site") {
        return text(site) != "same-origin";
    }
    match (headers.get(ORIGIN), headers.get(HOST)) {
        // No browser: they send one of the two with everything that changes something.
        (None, _) => false,
        (Some(origin), host) => {
            let origin = text(origin);
            let authority = origin.split_once("://").map(|(_, rest)| rest);
            authority.is_none() || authority != host.map(text).as_deref()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipxe_orch_core::memory::CountingRandom;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn the_secret_is_read_from_one_cookie_of_our_name() {
        let given = SessionSecret::generate(&CountingRandom::default());
        let text = given.reveal();
        let read = |line: String| secret(&headers(&[("cookie", &line)])).map(|read| read.digest());
        let own = format!("{NAME}={}", *text);
        assert_eq!(read(format!("a=b; {own}; c")), Some(given.digest()));
        for other in [format!("ipxe-orch={}", *text), format!("{own}; {own}"), format!("{NAME}=x")]
        {
            assert_eq!(read(other), None);
        }
        let set = set(&given).unwrap();
        assert!(set.is_sensitive());
        let set = set.to_str().unwrap();
        for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
            assert!(set.contains(part), "{part}");
        }
    }

    #[test]
    fn only_our_own_pages_change_something() {
        let foreign = |lines: &[(&'static str, &str)]| is_foreign(&Method::POST, &headers(lines));
        let host = ("host", "orch.example:8443");
        assert!(!foreign(&[host]));
        assert!(!foreign(&[host, ("origin", "https://orch.example:8443")]));
        assert!(!foreign(&[host, ("sec-fetch-site", "same-origin")]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(foreign(&[host, ("sec-fetch-site", site)]), "{site}");
        }
        for origin in ["https://evil.example", "null", "https://orch.example", ""] {
            assert!(foreign(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(!is_foreign(&Method::GET, &headers(&[("sec-fetch-site", "cross-site")])));
    }
}

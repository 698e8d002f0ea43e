//! The URLs at which an image asks for its script.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// The URL of a server: `http://host[:port][/base]` or `https://…`. It has at most 200 characters
/// out of `A-Z`, `a-z`, `0-9` and `-._~:/[]`, so that it can be written into an iPXE script. A
/// trailing `/` is dropped.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::boot::ServerUrl;
///
/// let url: ServerUrl = "http://10.0.2.2:8080/orch/".parse()?;
/// assert_eq!(url.as_str(), "http://10.0.2.2:8080/orch");
/// assert_eq!(url.address(), Some("10.0.2.2".parse().unwrap()));
///
/// let error = "http://10.0.2.2/${uuid}".parse::<ServerUrl>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`http://10.0.2.2/${uuid}` is not a server URL: only A-Z, a-z, 0-9 and -._~:/[] are allowed"
/// );
/// # Ok::<(), ipxe_orch_core::boot::InvalidServerUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerUrl(String);

/// The text is not the URL of a server. The message does not repeat user, password and parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a server URL: {why}", crate::text::shown(.text))]
pub struct InvalidServerUrl {
    /// Without what may be secret.
    text: String,
    why: &'static str,
}

impl ServerUrl {
    /// The URL, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The IP address in the URL; `None` if it has a host name instead.
    pub fn address(&self) -> Option<IpAddr> {
        let (_, rest) = self.0.split_once("//")?;
        let authority = rest.split('/').next()?;
        if let Some(bracketed) = authority.strip_prefix('[') {
            return bracketed.split(']').next()?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
        }
        authority.split(':').next()?.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
    }

    /// Whether the server is asked over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ServerUrl {
    type Err = InvalidServerUrl;

    fn from_str(text: &str) -> Result<Self, InvalidServerUrl> {
        let error = |why| InvalidServerUrl { text: without_secrets(text), why };
        let rest = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"))
            .ok_or_else(|| error("it must start with http:// or https://"))?;
        if text.len() > 200 {
            return Err(error("at most 200 characters are allowed"));
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/[]".contains(&b);
        if !text.bytes().all(allowed) {
            return Err(error("only A-Z, a-z, 0-9 and -._~:/[] are allowed"));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_authority(authority) {
            return Err(error("after // it needs host or host:port, an IPv6 address in brackets"));
        }
        let path = path.trim_end_matches('/');
        let dots = |part: &str| part == "." || part == "..";
        if path.split('/').any(|part| dots(part) || (part.is_empty() && !path.is_empty())) {
            return Err(error("its path has an empty part, `.` or `..`"));
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

/// The text without what may be a password: what stands before an `@`, what stands for a port and
/// is none, and parameters.
fn without_secrets(text: &str) -> String {
    let (url, parameters) = match text.split_once('?') {
        Some((url, _)) => (url, "?…"),
        None => (text, ""),
    };
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (format!("{scheme}://"), rest)
        }
        _ => (String::new(), url),
    };
    let (user, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => ("…@", rest),
        None => ("", rest),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let rest = match authority.split_once(':') {
        Some((host, port)) if !authority.starts_with('[') && port.parse::<u16>().is_err() => {
            format!("{host}:…")
        }
        // Without a scheme it may be anything.
        _ if scheme.is_empty() && !is_authority(authority) => "…".to_owned(),
        _ => rest.to_owned(),
    };
    format!("{scheme}{user}{rest}{parameters}")
}

fn is_authority(text: &str) -> bool {
    let port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    if let Some(rest) = text.strip_prefix('[') {
        let Some((address, rest)) = rest.split_once(']') else { return false };
        let known = address.parse::<Ipv6Addr>().is_ok();
        return known && (rest.is_empty() || rest.strip_prefix(':').is_some_and(port));
    }
    let (host, after) = text.split_once(':').map_or((text, None), |(h, p)| (h, Some(p)));
    let name = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    !host.is_empty() && host.bytes().all(name) && after.is_none_or(port)
}

impl TryFrom<String> for ServerUrl {
    type Error = InvalidServerUrl;

    fn try_from(text: String) -> Result<Self, InvalidServerUrl> {
        text.parse()
    }
}

impl From<ServerUrl> for String {
    fn from(url: ServerUrl) -> Self {
        url.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_addresses_are_known() {
        let of = |url: &str| url.parse::<ServerUrl>().unwrap().address().map(|a| a.to_string());
        assert_eq!(of("http://10.0.2.2:8080/base").as_deref(), Some("10.0.2.2"));
        assert_eq!(of("https://[fec0::2]:80").as_deref(), Some("fec0::2"));
        assert_eq!(of("http://orch.example:80/10.0.2.2"), None);
    }

    #[test]
    fn only_what_can_stand_in_a_script_is_a_server_url() {
        for good in
            ["http://10.0.2.2", "http://10.0.2.2:8080/base/x", "http://[fec0::2]:80", "https://a.b"]
        {
            assert_eq!(good.parse::<ServerUrl>().unwrap().as_str(), good);
        }
        assert_eq!("http://a/b/".parse::<ServerUrl>().unwrap().as_str(), "http://a/b");
        for bad in [
            "",
            "10.0.2.2",
            "ftp://a",
            "http://",
            "http:///x",
            "http://a:0",
            "http://a:x",
            "http://a b",
            "http://a/${x}",
            "http://a/../b",
            "http://a//b",
            "http://u@a",
            "http://[fec0::2",
            "http://a?x=1",
            "http://a\nb",
        ] {
            assert!(bad.parse::<ServerUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_error_repeats_a_password() {
        for (bad, shown) in [
            ("http://ann:geheim@db/x", "http://…@db/x"),
            ("http://ann:ge@heim/x@db/x", "http://…@db/x"),
            ("ann:geheim@db", "…@db"),
            ("ann:geheim", "ann:…"),
            ("mysql:ann:geheim@db", "…@db"),
            ("http://ann:geheim/x", "http://ann:…"),
            ("http://db?password=geheim", "http://db?…"),
            ("10.0.2.2:80", "10.0.2.2:80"),
            ("root_password=geheim", "…"),
            ("http://[fec0::2", "http://[fec0::2"),
        ] {
            let error = bad.parse::<ServerUrl>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{shown}` is not a server URL: ")), "{error}");
        }
    }
}

//! Reads addresses with their prefix length.

use serde::{Deserialize, Deserializer, de::Error};
use std::{fmt::Display, str::FromStr};

/// The text is not an address with its prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNet {
    /// It cannot be read.
    #[error("it is not an address with its prefix length")]
    Malformed,
    /// `010.001.002.033/24`: some programs read such numbers as octal ones.
    #[error("it has numbers with leading zeros, which some programs read as octal: leave them out")]
    LeadingZeros,
}

/// Reads an IPv4 or IPv6 address with its prefix length, such as `10.0.2.15/24`. This is stricter
/// than the types of `ipnet`, which take leading zeros.
///
/// # Errors
/// [`InvalidNet`] says what is wrong.
pub fn parse_net<T: FromStr + Display>(text: &str) -> Result<T, InvalidNet> {
    let net: T = text.parse().map_err(|_| InvalidNet::Malformed)?;
    // IPv4 has one way to write a net, but IPv6 has many.
    if text.contains(':') || net.to_string() == text {
        return Ok(net);
    }
    Err(InvalidNet::LeadingZeros)
}

pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr + Display,
{
    let text = String::deserialize(deserializer)?;
    parse_net(&text).map_err(|why| D::Error::custom(format_args!("`{text}`: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::{IpNet, Ipv4Net, Ipv6Net};

    #[test]
    fn leading_zeros_are_refused_in_ipv4_only() {
        for text in ["10.1.2.33/24", "0.0.0.0/0", "10.0.0.1/32"] {
            assert!(parse_net::<Ipv4Net>(text).is_ok(), "{text}");
        }
        for text in ["010.001.002.033/24", "10.1.2.033/24", "10.1.2.33/024"] {
            assert_ne!(parse_net::<Ipv4Net>(text).err(), None, "{text}");
            assert_ne!(parse_net::<IpNet>(text).err(), None, "{text}");
        }
        for text in ["2001:0db8:0000::0015/64", "2001:DB8::15/64"] {
            assert!(parse_net::<Ipv6Net>(text).is_ok(), "{text}");
        }
        assert_eq!(parse_net::<Ipv4Net>("10.0.2.15"), Err(InvalidNet::Malformed));
    }
}

//! MAC addresses of Ethernet NICs.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The EUI-48 address of one NIC. Neither a group address nor all zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac([u8; 6]);

/// The text is not the MAC address of a NIC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a MAC address: {why}", crate::text::shown(.text))]
pub struct InvalidMac {
    text: String,
    why: &'static str,
}

impl Mac {
    /// The six bytes, in the order in which they are sent.
    pub const fn as_bytes(&self) -> &[u8; 6] {
        &self.0
    }
}

impl FromStr for Mac {
    type Err = InvalidMac;

    /// Reads `52:54:00:12:34:56`, `52-54-00-12-34-56`, `5254.0012.3456` or `525400123456`, in
    /// either case.
    fn from_str(text: &str) -> Result<Self, InvalidMac> {
        let error = |why| InvalidMac { text: text.to_owned(), why };
        let form = "six pairs of hexadecimal digits, joined by `:` or `-` or by nothing";
        let digits = digits(text).ok_or_else(|| error(form))?;
        let value = u64::from_str_radix(&digits, 16).map_err(|_| error(form))?;
        let [_, _, bytes @ ..] = value.to_be_bytes();
        if bytes == [0; 6] {
            return Err(error("all zeros"));
        }
        // The lowest bit of the first byte marks a group address (IEEE 802).
        if bytes[0] & 1 == 1 {
            return Err(error("a group (multicast or broadcast) address belongs to no NIC"));
        }
        Ok(Self(bytes))
    }
}

/// The twelve digits, if the text has one of the accepted forms.
fn digits(text: &str) -> Option<String> {
    let digits = match text.len() {
        12 => text.to_owned(),
        14 => {
            let groups: Vec<&str> = text.split('.').collect();
            let right = groups.len() == 3 && groups.iter().all(|group| group.len() == 4);
            right.then(|| groups.concat())?
        }
        17 => {
            let separator = if text.contains(':') { ':' } else { '-' };
            let pairs: Vec<&str> = text.split(separator).collect();
            let right = pairs.len() == 6 && pairs.iter().all(|pair| pair.len() == 2);
            right.then(|| pairs.concat())?
        }
        _ => return None,
    };
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits)
}

impl TryFrom<String> for Mac {
    type Error = InvalidMac;

    fn try_from(text: String) -> Result<Self, InvalidMac> {
        text.parse()
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> Self {
        mac.to_string()
    }
}

impl fmt::Display for Mac {
    /// In the form of iPXE's `${netX/mac}`: lower case, separated by colons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.0.map(|byte| format!("{byte:02x}"));
        f.write_str(&pairs.join(":"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_are_one_address() {
        for text in ["52:54:00:AB:cd:56", "52-54-00-ab-cd-56", "525400abcd56"] {
            assert_eq!(text.parse::<Mac>().unwrap().to_string(), "52:54:00:ab:cd:56");
        }
    }

    #[test]
    fn what_is_no_nic_is_refused() {
        for text in [
            "",
            "52:54:00:12:34",
            "52:54:00:12:34:5g",
            "52:54-00:12:34:56",
            "+25400123456",
            "00:00:00:00:00:00",
            "01:00:5e:00:00:01",
            "ff:ff:ff:ff:ff:ff",
            "5254:0012:3456",
        ] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }
}

//! Bonds: several NICs used as one link by the installed system.

use super::{Mac, VlanId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Several NICs that the installed system uses as one link. The boot stage uses one of the NICs
/// alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bond {
    /// MAC addresses of its NICs; each must be a NIC of the host.
    pub members: Vec<Mac>,
    /// How the NICs share the traffic.
    pub mode: BondMode,
    /// VLAN tag of the bond's frames, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<VlanId>,
}

/// The Linux bonding modes that the built-in installers can set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BondMode {
    /// One NIC carries all traffic; another one takes over when it fails.
    ActiveBackup,
    /// IEEE 802.1AX link aggregation (LACP).
    #[serde(rename = "802.3ad")]
    Lacp,
}

/// The text does not describe a bond.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a bond: write it as MODE=MAC+MAC or MODE@VLAN=MAC+MAC, with the mode \
         active-backup or 802.3ad", crate::text::shown(.0))]
pub struct InvalidBond(String);

impl FromStr for BondMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::ActiveBackup, Self::Lacp].into_iter().find(|mode| mode.to_string() == text).ok_or(())
    }
}

impl fmt::Display for BondMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ActiveBackup => "active-backup",
            Self::Lacp => "802.3ad",
        })
    }
}

impl FromStr for Bond {
    type Err = InvalidBond;

    fn from_str(text: &str) -> Result<Self, InvalidBond> {
        let read = || {
            let (mode, members) = text.split_once('=')?;
            let (mode, vlan) = match mode.split_once('@') {
                Some((mode, vlan)) => (mode, Some(vlan.parse().ok()?)),
                None => (mode, None),
            };
            let members = members.split('+').map(|mac| mac.parse().ok()).collect::<Option<_>>()?;
            Some(Self { members, mode: mode.parse().ok()?, vlan })
        };
        read().ok_or_else(|| InvalidBond(text.to_owned()))
    }
}

impl fmt::Display for Bond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<_> = self.members.iter().map(Mac::to_string).collect();
        let vlan = self.vlan.map_or_else(String::new, |vlan| format!("@{vlan}"));
        write!(f, "{}{vlan}={}", self.mode, members.join("+"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bonds_are_written_as_they_are_read() {
        for text in
            ["802.3ad@7=52:54:00:00:00:01+52:54:00:00:00:02", "active-backup=52:54:00:00:00:01"]
        {
            assert_eq!(text.parse::<Bond>().unwrap().to_string(), text);
        }
        for text in
            ["", "x=52:54:00:00:00:01", "802.3ad", "802.3ad=", "802.3ad@0=52:54:00:00:00:01"]
        {
            assert!(text.parse::<Bond>().is_err(), "{text}");
        }
    }
}

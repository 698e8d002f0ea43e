//! A profile's part in the lease.

use super::InvalidProfile;
use crate::script::Firmware;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// When a mark is spent, and how long an install may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// What counts as the claim.
    pub claim: ClaimRule,
    /// Whether the installer reports.
    pub reports: Reports,
    /// From the claim to the first answer file or report, in minutes: 1 to 10,080.
    pub start_minutes: u32,
    /// From then to the end of the install, in minutes: 1 to 10,080.
    pub install_minutes: u32,
    /// On which firmware its script boots; on any other the machine boots its own disk, with an
    /// event.
    pub firmware: BTreeSet<Firmware>,
}

/// What counts as the claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClaimRule {
    /// The script's own step, while iPXE can still go to the local disk.
    #[default]
    Boot,
    /// The first fetch of an answer file; weaker against cloned machines.
    AnswerFile,
}

/// Whether the installer reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reports {
    /// A silent install has failed.
    #[default]
    Required,
    /// The attempt ends with its claim: rescue systems, live media.
    None,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            claim: ClaimRule::Boot,
            reports: Reports::Required,
            start_minutes: 15,
            install_minutes: 120,
            firmware: Firmware::ALL.into(),
        }
    }
}

impl Terms {
    /// Whether the first fetch of the answer file is the claim.
    pub fn claims_by_answer(&self) -> bool {
        self.claim == ClaimRule::AnswerFile
    }

    /// Whether the attempt ends with its claim.
    pub fn never_reports(&self) -> bool {
        self.reports == Reports::None
    }

    /// Whether its script boots on this firmware; one that is not known is not kept from trying.
    pub fn boots_on(&self, firmware: Option<Firmware>) -> bool {
        firmware.is_none_or(|firmware| self.firmware.contains(&firmware))
    }

    /// From the claim to the first sign of the installer.
    pub fn start_deadline(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.start_minutes))
    }

    /// From a sign of the installer to its end.
    pub fn install_deadline(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.install_minutes))
    }

    pub(super) fn check(&self) -> Result<(), InvalidProfile> {
        if self.firmware.is_empty() {
            return Err(InvalidProfile::NoFirmware);
        }
        let both =
            [("start deadline", self.start_minutes), ("install deadline", self.install_minutes)];
        match both.into_iter().find(|(_, minutes)| !(1..=10_080).contains(minutes)) {
            Some((what, minutes)) => Err(InvalidProfile::Deadline { what, minutes }),
            None => Ok(()),
        }
    }
}

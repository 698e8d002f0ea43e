use serde::{Deserialize, Serialize};

/// How an image is attached to a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// As a CD or DVD, of a virtual machine or as virtual media of a management controller.
    #[default]
    Cd,
    /// As a hard disk or USB stick. A BIOS numbers it among the hard disks, before the local ones.
    Disk,
}

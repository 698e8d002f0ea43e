/// As what an image is attached to a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Medium {
    /// A CD or DVD, of a virtual machine or of a management controller's virtual media.
    #[default]
    Cd,
    /// A hard disk or a USB stick: BIOS numbers it among the hard disks, before the local ones.
    Disk,
}

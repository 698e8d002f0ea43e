//! A trunk (IEEE 802.1Q) between a machine's NIC and its network, without root. QEMU passes frames
//! through sockets, and this code removes and adds the tags. The NIC has no other connection, so
//! everything that reaches the network had a tag. iPXE and then Linux must agree with this
//! implementation, and each of them has its own.

use super::Result;
use std::{
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// The tag comes after both addresses: first the tag protocol identifier, then the tag (IEEE
/// 802.1Q, 9.5).
const TAG_OFFSET: usize = 12;
const TPID: [u8; 2] = [0x81, 0x00];

/// A running trunk that forwards one VLAN. It runs until the test ends.
#[derive(Debug)]
pub(crate) struct Trunk {
    dir: PathBuf,
    /// The Ethernet types of frames from the machine with another tag or none. These frames are
    /// dropped.
    strays: Arc<Mutex<Vec<u16>>>,
}

impl Trunk {
    /// Starts a trunk with its sockets in `dir`.
    pub(crate) fn start(dir: &Path, vlan: u16) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let machine = UnixDatagram::bind(dir.join("trunk-NIC"))?;
        let network = UnixDatagram::bind(dir.join("trunk-net"))?;
        let strays = Arc::<Mutex<Vec<u16>>>::default();
        let (nic, net, seen) = (dir.join("NIC"), dir.join("net"), Arc::clone(&strays));
        let (to_machine, to_network) = (machine.try_clone()?, network.try_clone()?);
        relay(machine, move |frame| match untagged(frame, vlan) {
            Some(frame) => drop(to_network.send_to(&frame, &net)),
            None => seen.lock().unwrap_or_else(PoisonError::into_inner).extend(ether_type(frame)),
        });
        relay(network, move |frame| {
            if let Some(frame) = tagged(frame, vlan) {
                drop(to_machine.send_to(&frame, &nic));
            }
        });
        Ok(Self { dir: dir.to_owned(), strays })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The Ethernet types of the frames that the machine has sent with another tag or none.
    pub(crate) fn strays(&self) -> Vec<u16> {
        self.strays.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Arguments of QEMU. `id` is the NIC's end of the trunk; the user network is at the other end.
pub(crate) fn netdevs(id: &str, dir: &Path, user: &str) -> Vec<String> {
    let socket = |id: &str, name: &str| {
        let (local, remote) = (dir.join(name), dir.join(format!("trunk-{name}")));
        let (local, remote) = (local.display(), remote.display());
        let both = format!("local.type=unix,local.path={local},remote.type=unix");
        format!("dgram,id={id},{both},remote.path={remote}")
    };
    let all = [
        socket(id, "NIC"),
        socket("inner", "net"),
        format!("user,id=user,{user}"),
        "hubport,id=port0,hubid=0,netdev=user".to_owned(),
        "hubport,id=port1,hubid=0,netdev=inner".to_owned(),
    ];
    all.into_iter().flat_map(|one| ["-netdev".to_owned(), one]).collect()
}

fn relay(from: UnixDatagram, mut each: impl FnMut(&[u8]) + Send + 'static) {
    thread::spawn(move || {
        let mut frame = vec![0; 64 * 1024];
        while let Ok(length) = from.recv(&mut frame) {
            each(frame.get(..length).unwrap_or_default());
        }
    });
}

fn ether_type(frame: &[u8]) -> Option<u16> {
    frame.get(TAG_OFFSET..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// The frame without its tag; none if it has another tag or no tag.
fn untagged(frame: &[u8], vlan: u16) -> Option<Vec<u8>> {
    let (addresses, rest) = frame.split_at_checked(TAG_OFFSET)?;
    let rest = rest.strip_prefix(&TPID)?;
    let (tag, rest) = rest.split_first_chunk()?;
    // Priority and drop eligibility are in the upper four bits.
    (u16::from_be_bytes(*tag) & 0x0fff == vlan).then(|| [addresses, rest].concat())
}

fn tagged(frame: &[u8], vlan: u16) -> Option<Vec<u8>> {
    let (addresses, rest) = frame.split_at_checked(TAG_OFFSET)?;
    Some([addresses, &TPID, &vlan.to_be_bytes(), rest].concat())
}

#[test]
fn only_frames_with_the_tag_pass() {
    let frame = b"to--- from--\x08\x00payload";
    let with_tag = b"to--- from--\x81\x00\x00\x7b\x08\x00payload";
    assert_eq!(tagged(frame, 123).as_deref(), Some(&with_tag[..]));
    assert_eq!(untagged(with_tag, 123).as_deref(), Some(&frame[..]));
    assert_eq!(untagged(with_tag, 124), None);
    assert_eq!(untagged(frame, 123), None);
    assert_eq!(ether_type(frame), Some(0x0800));
}

//! What went through a machine's first connected NIC, as QEMU's filter-dump writes it (the pcap
//! format of libpcap, pcap-savefile(5)).

use super::Result;
use std::{net::Ipv4Addr, path::Path};

/// The file in the folder of a machine.
pub(crate) const CAPTURE: &str = "NIC.pcap";

/// The number of bytes of each frame that are read here: Ethernet, IPv4 without options, UDP.
pub(crate) const FRAME_BYTES: usize = 42;

/// An IPv4 packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) source: Ipv4Addr,
    /// The UDP port, if it is UDP.
    pub(crate) port: Option<u16>,
}

/// The IPv4 packets that a machine sent or received. `dir` is the folder of the machine.
pub(crate) fn packets(dir: &Path) -> Result<Vec<Packet>> {
    let file = std::fs::read(dir.join(CAPTURE))?;
    let mut rest = file.get(24..).ok_or("a capture without its header")?;
    let mut packets = Vec::new();
    // The last packet may not be written completely yet.
    while let Some(length) = rest.get(8..12) {
        let end = 16 + usize::try_from(u32::from_ne_bytes(length.try_into()?))?;
        let Some(frame) = rest.get(16..end) else { break };
        packets.extend(packet(frame));
        rest = &rest[end..];
    }
    Ok(packets)
}

/// Parses a frame by RFC 894, RFC 791 and RFC 768.
fn packet(frame: &[u8]) -> Option<Packet> {
    let ip = frame.get(14..).filter(|_| frame[12..14] == [0x08, 0x00])?;
    let source: [u8; 4] = ip.get(12..16)?.try_into().ok()?;
    let udp = ip.get(20..24).filter(|_| ip[0] == 0x45 && ip[9] == 17);
    let port = udp.map(|udp| u16::from_be_bytes([udp[2], udp[3]]));
    Some(Packet { source: source.into(), port })
}

#[test]
fn addresses_and_ports_are_read() {
    // python3 -c 'from scapy.all import *; print(bytes(Ether()/IP(src="10.0.2.77",dst="10.0.2.2")/UDP(sport=68,dport=67)).hex())'
    let hex = "ffffffffffff0000000000000800450000\
               1c00010000401162860a00024d0a02000200440043000884d3";
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let frame: Vec<u8> =
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect();
    let source = Ipv4Addr::new(10, 0, 2, 77);
    assert_eq!(packet(&frame), Some(Packet { source, port: Some(67) }));
    assert_eq!(packet(&frame[..20]), None);
}

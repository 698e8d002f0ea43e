//! Whether a request of an install comes from another address than its claim.

use super::Attempt;
use crate::host::Nic;
use std::net::IpAddr;

impl Attempt {
    /// The address of the claim, if `address` is another one. It is `None` if `address` is one of
    /// the addresses of the host as they are pinned, because a host may use another NIC or IPv6
    /// beside IPv4. It is also `None` if there is no claim, or its address is not known.
    pub fn claimed_elsewhere(&self, address: IpAddr) -> Option<IpAddr> {
        let claimed = self.claim.as_ref()?.from?.to_canonical();
        let address = address.to_canonical();
        let mut own = self.pin.spec.nics.iter().flat_map(Nic::addresses);
        let known = address == claimed || own.any(|own| own.to_canonical() == address);
        (!known).then_some(claimed)
    }
}

//! Profiles and hosts, as people store them, and machines that boot.

use super::{Bench, must, origin};
use crate::{
    boot::ImageIdentity,
    host::{HostSpec, Nic, StaticV4},
    ids::{HostId, ImageGeneration},
    keys::{KeyProvider, Purpose},
    orchestrator::HostInput,
    profile::ProfileVersion,
    stores::{HostKey, HostRecord},
};
use std::collections::BTreeMap;

impl Bench {
    /// Stores the profile `plain`, with this script after `#!ipxe`.
    pub async fn profile(&self, script: &str) -> ProfileVersion {
        self.profile_with(script, "").await
    }

    /// The same with these `[terms]`, as TOML.
    pub async fn profile_with(&self, script: &str, terms: &str) -> ProfileVersion {
        let definition = "name = 'plain'\ntitle = 'Plain'\nscript = 'boot'\n\
            [[answers]]\nname = 'answer'\ntemplate = 'answer'\nsyntax = 'key_value'\nabort = 'abort'\n\
            [[media]]\nname = 'kernel'\npath = 'plain/kernel'\n\
            [terms]\n";
        let definition = format!("{definition}{terms}\n");
        let file = |name: &str, text: &str| (must(name.parse()), text.to_owned());
        let files = BTreeMap::from([
            file("boot", &format!("#!ipxe\n# {{{{ticket}}}}\n{script}")),
            file("answer", "attempt={{attempt.id}}\nbase={{base}}\n"),
            file("abort", "stop=1\n"),
        ]);
        let version = must(ProfileVersion::new(&definition, files));
        let entry = self.entry("profile.put");
        must(self.store.put_profile(&self.grant().await, &version, &entry).await);
        version
    }

    /// A specification: host `number`, with the profile `plain`.
    pub fn spec(&self, number: u16) -> HostSpec {
        let [high, low] = number.to_be_bytes();
        let mut nic = Nic::new(must(mac(number).parse()));
        let address = must(format!("10.{high}.{low}.15/24").parse());
        nic.v4 = Some(StaticV4 { address, gateway: None });
        let mut spec = HostSpec::new(must(format!("host{number}").parse()), vec![nic]);
        spec.profile = Some(must("plain".parse()));
        spec
    }

    /// Registers host `number`, with the profile `plain` if that is stored; `install` says whether
    /// its first boot installs.
    pub async fn register(&self, number: u16, install: bool) -> HostRecord {
        let (see, mut spec) = (self.grant().await, self.spec(number));
        if must(self.store.current_profile(&see, &must("plain".parse())).await).is_none() {
            spec.profile = None;
        }
        let input = HostInput::new(spec, install);
        let plan = must(self.orchestrator.plan_import(&self.operator, &[input]).await);
        must(self.orchestrator.import(&self.operator, &plan).await);
        self.host(number).await
    }

    /// Host `number` as it is stored now.
    pub async fn host(&self, number: u16) -> HostRecord {
        let key = HostKey::Name(must(format!("host{number}").parse()));
        let found = must(self.store.lookup_host(&self.grant().await, &key).await);
        must(found.ok_or("the host is not there"))
    }

    /// The query of host `number`'s image.
    pub async fn query(&self, host: HostId, number: u16) -> String {
        let key = must(self.keys.active(Purpose::Image).await);
        let identity = ImageIdentity::derive(&key, host, ImageGeneration(0));
        let secret = identity.secret.reveal();
        format!("h={host}&g=0&k={}&t={}&m={}&u=&x=&f=pcbios&a=i386", key.id, *secret, mac(number))
    }

    /// The script that host `number` gets when it boots now.
    pub async fn boot(&self, host: HostId, number: u16) -> String {
        let query = self.query(host, number).await;
        // A test has many of these futures, one in another.
        must(Box::pin(self.orchestrator.boot(&query, origin())).await).script
    }
}

fn mac(number: u16) -> String {
    let [high, low] = number.to_be_bytes();
    format!("52:54:00:00:{high:02x}:{low:02x}")
}

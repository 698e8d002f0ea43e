//! The settings that a script can read without having set them.

use super::{World, device::Devices};
use crate::script::{
    Firmware,
    kind::Kind,
    name::SettingName,
    settings::{Given, Value},
};
use std::borrow::Cow;

/// Everything outside of the script: the world and its changes.
pub(super) struct Outside<'a> {
    pub(super) world: Cow<'a, World>,
    pub(super) devices: Devices,
    pub(super) address: String,
}

impl Given for Outside<'_> {
    fn descends(&self) -> bool {
        true
    }

    fn given(&self, name: &SettingName) -> Option<Value> {
        let bios = self.world.firmware == Firmware::Bios;
        let path = name.path();
        let text = match path.as_str() {
            "platform" => if bios { "pcbios" } else { "efi" }.to_owned(),
            "cwuri" => self.address.clone(),
            "cwduri" => {
                let end = self.address.split('?').next().and_then(|path| path.rfind('/'));
                end.and_then(|end| self.address.get(..=end)).unwrap_or_default().to_owned()
            }
            _ => match (self.world.settings.get(&path), path.as_str()) {
                (Some(text), _) => text.clone(),
                (None, "buildarch") => match self.world.firmware {
                    Firmware::Bios => "i386",
                    Firmware::Uefi => "x86_64",
                    Firmware::Arm64 => "arm64",
                }
                .to_owned(),
                (None, _) => return self.devices.mac(name).map(|raw| Value::Known(Kind::Hex, raw)),
            },
        };
        Some(Value::text(&text)).filter(|_| !text.is_empty())
    }
}

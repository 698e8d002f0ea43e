//! The settings that a script can read without having set them.

use super::{World, device::Devices};
use crate::script::{
    Firmware,
    kind::Kind,
    known::Known,
    name::SettingName,
    settings::{Block, Given, Value},
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

    fn firmware(&self) -> Firmware {
        self.world.firmware
    }

    fn block(&self, scope: &str) -> Block {
        let (device, below) = scope.split_once('.').unwrap_or((scope, ""));
        match Block::of(scope, self.world.firmware) {
            Some(block) => block,
            // No device is open.
            None if scope == NET_X => Block::Nothing,
            None if self.devices.has(scope) => Block::Device,
            // The addresses that IPv6 gives each device.
            None if self.devices.has(device) && below == "link" => Block::Nothing,
            None => Block::Missing,
        }
    }

    fn device<'a>(&'a self, scope: &'a str) -> &'a str {
        if scope == NET_X { self.devices.last_opened().unwrap_or(NET_X) } else { scope }
    }

    fn given(&self, name: &SettingName) -> Option<Value> {
        let bios = self.world.firmware == Firmware::Bios;
        let path = name.path();
        let own = path.strip_prefix("builtin/").or(path.strip_prefix("smbios/")).unwrap_or(&path);
        let text = match own {
            "platform" => if bios { "pcbios" } else { "efi" }.to_owned(),
            "cwuri" => self.address.clone(),
            "cwduri" => {
                let end = self.address.split('?').next().and_then(|path| path.rfind('/'));
                end.and_then(|end| self.address.get(..=end)).unwrap_or_default().to_owned()
            }
            _ => return self.of_machine(own, name),
        };
        Some(Value::text(&text)).filter(|_| !text.is_empty())
    }
}

/// The name of the device that was opened last.
const NET_X: &str = "netX";

impl Outside<'_> {
    /// A setting of the machine, under the name `own`.
    fn of_machine(&self, own: &str, name: &SettingName) -> Option<Value> {
        if let Some(raw) = self.world.settings.get(own) {
            let kind = Known::by_name(own).map_or(Kind::Str, |known| known.kind);
            let text = std::str::from_utf8(raw).ok().filter(|_| kind != Kind::Str);
            let raw = text.and_then(|text| kind.parse(text)).unwrap_or_else(|| raw.clone());
            return (!raw.is_empty()).then_some(Value::Known(kind, raw));
        }
        match (own, self.world.firmware) {
            ("buildarch", Firmware::Bios) => Some(Value::text("i386")),
            ("buildarch", Firmware::Uefi) => Some(Value::text("x86_64")),
            ("buildarch", Firmware::Arm64) => Some(Value::text("arm64")),
            _ => self.devices.property(name),
        }
    }
}

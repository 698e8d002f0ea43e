//! Commands that control the script, the console and the power supply, and commands for people.

use super::{
    Ending,
    machine::{Did, Machine},
};
use crate::script::{
    commands::{Call, Waits},
    number::number,
};
use std::time::Duration;

impl Machine<'_> {
    pub(super) fn other(&mut self, call: &Call<'_>) -> Did {
        match call.spec.name {
            "goto" => self.label(call).map_or(Did::Status(false), Did::Goes),
            "exit" => match call.operand().map_or(Some(0), number) {
                Some(status) => Did::Exits(status),
                None => Did::Status(false),
            },
            "sleep" => self.sleep(call),
            "reboot" => Did::Ends(Ending::Reset),
            "poweroff" => Did::Ends(Ending::Off),
            "show" => {
                let name = format!("${{{}}}", call.operand().unwrap_or_default());
                let value = self.settings.expand(&name, &self.outside);
                Did::Status(value.is_ok_and(|value| !value.is_empty()))
            }
            // No certificate has that name, and no PXE boot server answers.
            "certstat" | "certstore" | "certfree" if call.option("subject").is_some() => {
                Did::Status(false)
            }
            "pxebs" => Did::Status(false),
            name => match (call.spec.waits, call.timeout()) {
                (Waits::Person, _) | (Waits::PersonOrTimeout | Waits::PersonAfterKey, None) => {
                    Did::Ends(Ending::Person)
                }
                // Nobody presses a key.
                (Waits::PersonOrTimeout | Waits::PersonAfterKey, Some(millis)) => {
                    self.waits(millis);
                    Did::Status(false)
                }
                _ => Did::Status(!self.outside.world.failing.contains(name)),
            },
        }
    }

    fn label(&self, call: &Call<'_>) -> Option<usize> {
        self.frames.last()?.script.label(call.operand()?)
    }

    fn sleep(&mut self, call: &Call<'_>) -> Did {
        let seconds = call.operand().and_then(number);
        self.elapsed += Duration::from_secs(seconds.unwrap_or(0).into());
        Did::Status(seconds.is_some())
    }
}

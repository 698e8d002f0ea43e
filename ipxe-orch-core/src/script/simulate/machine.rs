//! The machine: a stack of scripts, settings, images, devices and a clock.

use super::{
    Ending, MAX_STEPS, Run, Step, World, device, device::Devices, disks, images, images::Images,
};
use crate::script::{
    Script,
    ast::Command,
    commands::{Call, Waits, call},
    flow::{After, Position},
    name::SettingName,
    number::number,
    settings::{Given, Settings, Value, Verdict},
};
use std::{borrow::Cow, collections::BTreeMap, time::Duration};

/// Most bytes of all commands of a run.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What a command did.
pub(super) enum Did {
    Status(bool),
    Ends(Ending),
    Goes(usize),
    /// The script ends with this status.
    Exits(u32),
    /// A script was put on the stack; `replaces` the one that runs.
    Calls {
        frame: Box<Frame>,
        replaces: bool,
    },
}

/// A script that runs.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) script: Script,
    pub(super) at: Position,
    pub(super) address: String,
    /// The image that it came as, which comes back when it ends.
    pub(super) image: Option<images::Image>,
}

/// What is not the script's: the world, and what became of it.
pub(super) struct Outside<'a> {
    pub(super) world: Cow<'a, World>,
    pub(super) devices: Devices,
    pub(super) address: String,
}

pub(super) struct Machine<'a> {
    frames: Vec<Frame>,
    start: Frame,
    pub(super) settings: Settings,
    pub(super) outside: Outside<'a>,
    pub(super) images: Images,
    pub(super) hooked: BTreeMap<u32, String>,
    pub(super) items: Vec<String>,
    trace: Vec<Step>,
    pub(super) elapsed: Duration,
    /// Of all that was read, so that a run ends.
    pub(super) bytes: usize,
}

impl<'a> Machine<'a> {
    pub(super) fn new(script: &Script, world: &'a World) -> Self {
        let address = world.address.clone();
        let start = Frame {
            script: script.clone(),
            at: Position::default(),
            address: address.clone(),
            image: None,
        };
        let outside =
            Outside { world: Cow::Borrowed(world), devices: Devices::new(world), address };
        Self {
            frames: Vec::new(),
            start,
            settings: Settings::default(),
            outside,
            images: Images::default(),
            hooked: BTreeMap::new(),
            items: Vec::new(),
            trace: Vec::new(),
            elapsed: Duration::ZERO,
            bytes: 0,
        }
    }

    pub(super) fn run(mut self) -> Run {
        let mut ending = self.enter(self.start.clone());
        while ending.is_none() {
            ending = if self.trace.len() >= MAX_STEPS || self.bytes > MAX_BYTES {
                Some(Ending::Loop)
            } else {
                self.step()
            };
        }
        let ending = ending.unwrap_or(Ending::Loop);
        Run { ending, trace: self.trace, elapsed: self.elapsed }
    }

    /// Runs one command; the ending, if it was the last one.
    fn step(&mut self) -> Option<Ending> {
        let frame = self.frames.last()?;
        let (line, command) = frame.script.at(frame.at)?;
        let (number, depth) = (line.number, self.frames.len() - 1);
        let Some(words) = self.words(&command.clone()) else { return Some(Ending::Hung) };
        self.bytes += words.iter().map(String::len).sum::<usize>() + 64;
        let did = self.execute(&words);
        let succeeded = !matches!(did, Did::Status(false) | Did::Ends(Ending::Hung));
        let command = words.join(" ").chars().take(200).collect();
        self.trace.push(Step { depth, line: number, command, succeeded, at: self.elapsed });
        match did {
            Did::Status(succeeded) => self.after(succeeded),
            Did::Ends(ending) => Some(ending),
            Did::Exits(status) => self.leave(status, None),
            Did::Goes(line) => {
                let next = self.frames.last()?.script.first_at(line);
                self.lands(next)
            }
            Did::Calls { frame, replaces } => {
                if replaces {
                    self.frames.pop();
                }
                self.enter(*frame)
            }
        }
    }

    fn words(&self, command: &Command) -> Option<Vec<String>> {
        let expand = |word: &str| self.settings.expand(word, &self.outside).ok();
        command.words.iter().map(|word| expand(word.as_str())).collect()
    }

    fn after(&mut self, succeeded: bool) -> Option<Ending> {
        let frame = self.frames.last()?;
        let next = frame.script.after(frame.at, succeeded);
        self.lands(next)
    }

    fn lands(&mut self, next: After) -> Option<Ending> {
        let frame = self.frames.last_mut()?;
        match next {
            After::Command(at) => {
                frame.at = at;
                None
            }
            After::End => self.leave(0, None),
            After::Abort => {
                let line = frame.script.at(frame.at).map_or(1, |(line, _)| line.number);
                self.leave(1, Some(line))
            }
        }
    }

    fn enter(&mut self, frame: Frame) -> Option<Ending> {
        let first = frame.script.first_at(0);
        self.outside.address.clone_from(&frame.address);
        self.frames.push(frame);
        self.lands(first)
    }

    /// The script ends: the one that called it goes on, or the firmware.
    fn leave(&mut self, status: u32, failed: Option<usize>) -> Option<Ending> {
        let ended = self.frames.pop()?;
        self.images.ended(ended.image);
        if let Some(frame) = self.frames.last() {
            self.outside.address.clone_from(&frame.address);
            return self.after(status == 0);
        }
        Some(match failed {
            Some(line) => Ending::Failed { line },
            None => disks::firmware(self.outside.world.firmware, status),
        })
    }

    fn execute(&mut self, words: &[String]) -> Did {
        if words.is_empty() {
            return Did::Status(true);
        }
        let release = self.outside.world.release;
        let Some(call) = call(words).ok().filter(|call| call.spec.is_in(release)) else {
            return Did::Status(false);
        };
        if let Some(verdict) = self.settings.run(&call, &self.outside) {
            return Did::Status(verdict == Verdict::Succeeds);
        }
        let done = device::run(self, &call)
            .or_else(|| images::run(self, &call))
            .or_else(|| disks::run(self, &call));
        done.unwrap_or_else(|| self.other(&call))
    }

    fn other(&mut self, call: &Call<'_>) -> Did {
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
            "menu" | "form" => {
                self.items.clear();
                Did::Status(true)
            }
            "item" => {
                self.items.extend(call.operand().map(str::to_owned));
                Did::Status(true)
            }
            "choose" => self.choose(call),
            name => match (call.spec.waits, call.timeout()) {
                (Waits::Person, _) | (Waits::PersonOrTimeout, None) => Did::Ends(Ending::Person),
                (Waits::PersonOrTimeout, Some(millis)) => {
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

    /// At its time-out a menu takes what is selected.
    fn choose(&mut self, call: &Call<'_>) -> Did {
        if self.items.is_empty() {
            return Did::Status(false);
        }
        let Some(millis) = call.timeout() else { return Did::Ends(Ending::Person) };
        self.waits(millis);
        let default =
            call.option("default").filter(|name| self.items.iter().any(|own| own == name));
        let chosen = default.or(self.items.first().map(String::as_str)).unwrap_or_default();
        let path = call.operand().and_then(SettingName::parse).map(|name| name.path());
        self.settings.put(path.unwrap_or_default(), Value::text(chosen));
        self.items.clear();
        Did::Status(true)
    }

    pub(super) fn waits(&mut self, millis: u32) {
        self.elapsed += Duration::from_millis(millis.into());
    }
}

impl Given for Outside<'_> {
    fn given(&self, name: &SettingName) -> Option<Value> {
        use crate::script::{Firmware, Kind};
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
                (None, "buildarch") => if bios { "i386" } else { "x86_64" }.to_owned(),
                (None, _) => return self.devices.mac(name).map(|raw| Value::Known(Kind::Hex, raw)),
            },
        };
        Some(Value::text(&text)).filter(|_| !text.is_empty())
    }
}

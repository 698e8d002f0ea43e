//! The simulated machine: a stack of scripts, settings, images, devices and a clock.

use super::{
    Ending, MAX_STEPS, Run, Step, World, device, device::Devices, disks, images, images::Images,
    menu, menu::Menu, outside::Outside,
};
use crate::script::{
    Firmware, Release, Script,
    ast::Command,
    commands::{Call, call},
    flow::{After, Position},
    settings::{Settings, Verdict},
    stack,
    text::readable,
};
use std::{borrow::Cow, collections::BTreeMap, net::Ipv4Addr, time::Duration};

/// The largest total length of all commands of a run, in bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The result of a command.
pub(super) enum Did {
    /// It has succeeded or failed; the script goes on.
    Status(bool),
    Ends(Ending),
    /// The script goes on at the line with this index.
    Goes(usize),
    /// The script ends with this status.
    Exits(u32),
    /// Another script was started; `replaces` means that it takes the place of the running one.
    Calls {
        frame: Box<Frame>,
        replaces: bool,
    },
}

/// A running script.
pub(super) struct Frame {
    pub(super) script: Script,
    pub(super) at: Position,
    pub(super) address: String,
    /// The image that the script was loaded as. It comes back when the script ends.
    pub(super) image: Option<images::Image>,
}

pub(super) struct Machine<'a> {
    pub(super) frames: Vec<Frame>,
    pub(super) settings: Settings,
    pub(super) outside: Outside<'a>,
    pub(super) images: Images,
    pub(super) hooked: BTreeMap<u32, String>,
    pub(super) menus: Vec<Menu>,
    /// The server to which `next-server` pointed the last time.
    tftp_server: Option<Ipv4Addr>,
    trace: Vec<Step>,
    pub(super) requests: Vec<String>,
    pub(super) elapsed: Duration,
    /// The number of bytes read so far, which is limited so that every run ends.
    pub(super) bytes: usize,
}

impl<'a> Machine<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let address = world.address.clone();
        let devices = Devices::new(world);
        Self {
            frames: Vec::new(),
            settings: Settings::default(),
            outside: Outside { world: Cow::Borrowed(world), devices, address },
            images: Images::default(),
            hooked: BTreeMap::new(),
            menus: Vec::new(),
            tftp_server: None,
            trace: Vec::new(),
            requests: Vec::new(),
            elapsed: Duration::ZERO,
            bytes: 0,
        }
    }

    pub(super) fn run(mut self, script: &Script) -> Run {
        let (script, address) = (script.clone(), self.outside.address.clone());
        let start = Frame { script, at: Position::default(), address, image: None };
        let mut ending = self.enter(start);
        while ending.is_none() {
            ending = if self.trace.len() >= MAX_STEPS || self.bytes > MAX_BYTES {
                Some(Ending::Loop)
            } else {
                self.step()
            };
        }
        let ending = match ending.unwrap_or(Ending::Loop) {
            Ending::Kernel { name, args } => {
                Ending::Kernel { name: readable(&name), args: readable(&args) }
            }
            ending => ending,
        };
        let requests = self.requests.iter().map(|address| readable(address)).collect();
        Run { ending, trace: self.trace, requests, elapsed: self.elapsed }
    }

    /// Runs one command. Returns the ending if it was the last one.
    fn step(&mut self) -> Option<Ending> {
        let frame = self.frames.last()?;
        let (line, command) = frame.script.at(frame.at)?;
        let (number, depth) = (line.number, self.frames.len() - 1);
        if stack::overflows(self.outside.world.firmware, depth, line, command) {
            return Some(Ending::Hung);
        }
        let Some(words) = self.words(&command.clone()) else { return Some(Ending::Hung) };
        self.bytes += words.iter().map(String::len).sum::<usize>() + 64;
        let did = self.execute(&words);
        self.follow_next_server();
        let succeeded = !matches!(did, Did::Status(false) | Did::Ends(Ending::Hung));
        let command = readable(&words.join(" ")).chars().take(200).collect();
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

    /// Ends the running script. The script that called it goes on, or the firmware if there is
    /// none.
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
        let World { release, firmware, .. } = *self.outside.world;
        // The one of BIOS does nothing, whatever it is given (measured).
        if words.first().is_some_and(|name| name == "shim") && firmware == Firmware::Bios {
            return Did::Status(true);
        }
        let has = |call: &Call<'_>| {
            call.spec.is_in(release, firmware) && call.lacks(release, firmware).is_none()
        };
        let Some(call) = call(words).ok().filter(has) else { return Did::Status(false) };
        if let Some(verdict) = self.settings.run(&call, &self.outside) {
            return Did::Status(verdict == Verdict::Succeeds);
        }
        let done = device::run(self, &call)
            .or_else(|| images::run(self, &call))
            .or_else(|| disks::run(self, &call))
            .or_else(|| menu::run(self, &call));
        done.unwrap_or_else(|| self.other(&call))
    }

    /// Points relative addresses to another server after `next-server` has changed: see
    /// `lint/moved.rs`.
    fn follow_next_server(&mut self) {
        let text = self.settings.expand("${next-server}", &self.outside).unwrap_or_default();
        let server = text.parse().ok().filter(|server: &Ipv4Addr| !server.is_unspecified());
        let moves = match self.outside.world.release {
            Release::Debian13 => server != self.tftp_server,
            Release::V2 | Release::Master => self.outside.address.is_empty(),
        };
        let (Some(server), Some(frame)) = (server.filter(|_| moves), self.frames.last_mut()) else {
            return;
        };
        self.tftp_server = Some(server);
        self.outside.address = format!("tftp://{server}/");
        frame.address.clone_from(&self.outside.address);
    }

    pub(super) fn waits(&mut self, millis: u32) {
        self.elapsed += Duration::from_millis(millis.into());
    }
}

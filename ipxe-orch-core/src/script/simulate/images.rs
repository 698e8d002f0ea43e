//! Commands on images: `hci/commands/image_cmd.c`, `core/image.c`.

use super::{
    Answer, Ending,
    download::download,
    machine::{Did, Frame, Machine},
};
use crate::script::{
    Firmware, Script,
    commands::{Call, Leaves},
    flow::Position,
};

#[derive(Clone, Debug)]
pub(super) struct Image {
    number: usize,
    name: String,
    address: String,
    content: Answer,
    args: String,
    autofree: bool,
}

impl Image {
    /// About how many bytes the image takes.
    fn len(&self) -> usize {
        let text = if let Answer::Script(text) = &self.content { text.len() } else { 0 };
        self.address.len() + text
    }
}

/// The loaded images, and the selected one.
#[derive(Debug, Default)]
pub(super) struct Images {
    all: Vec<Image>,
    selected: Option<usize>,
    made: usize,
}

impl Images {
    fn find(&mut self, name: &str) -> Option<&mut Image> {
        self.all.iter_mut().find(|image| image.name == name)
    }

    fn get(&mut self, number: usize) -> Option<&mut Image> {
        self.all.iter_mut().find(|image| image.number == number)
    }

    /// Puts the image of a script back after the script has ended, unless it is freed at its end.
    pub(super) fn ended(&mut self, image: Option<Image>) {
        self.all.extend(image.filter(|image| !image.autofree));
    }

    fn free(&mut self, names: &[String]) -> bool {
        if names.is_empty() {
            self.all.clear();
        }
        for name in names {
            let Some(index) = self.all.iter().position(|image| image.name == *name) else {
                return false;
            };
            self.all.remove(index);
        }
        true
    }
}

/// Runs a command on images; `None` for any other command.
pub(super) fn run(machine: &mut Machine<'_>, call: &Call<'_>) -> Option<Did> {
    match call.spec.name {
        "imgfree" => return Some(Did::Status(machine.images.free(call.operands))),
        "imgstat" => {
            let all = call.operands.iter().all(|name| machine.images.find(name).is_some());
            return Some(Did::Status(all));
        }
        "shim" if call.operands.is_empty() => return Some(Did::Status(true)),
        "certstore" | "console" => return unlimited(machine, call, &[]),
        "imgset" => {
            let uris = call.operands.get(1..).unwrap_or_default();
            return unlimited(machine, call, uris);
        }
        _ if call.spec.name.ends_with("sum") => return unlimited(machine, call, call.operands),
        _ if !call.spec.downloads() => return None,
        _ => {}
    }
    Some(match acquire(machine, call, call.operand()) {
        Err(ending) => Did::Ends(ending),
        // Without an operand and without a selected image nothing happens, and the command succeeds
        // (measured).
        Ok(None) => Did::Status(call.operands.is_empty()),
        Ok(Some(number)) => act(machine, call, number),
    })
}

/// The image that the command is about: the selected one, one that was loaded before, or a new
/// download.
fn acquire(
    machine: &mut Machine<'_>,
    call: &Call<'_>,
    name: Option<&str>,
) -> Result<Option<usize>, Ending> {
    let Some(name) = name else {
        let selected = machine.images.selected;
        return Ok(selected.filter(|number| machine.images.get(*number).is_some()));
    };
    let fetches = matches!(call.spec.name, "imgfetch" | "module" | "initrd");
    if let Some(image) = machine.images.find(name).filter(|_| !fetches) {
        return Ok(Some(image.number));
    }
    let Some((address, content)) = download(machine, call, name)? else { return Ok(None) };
    let path = address.split('?').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let images = &mut machine.images;
    images.made += 1;
    let (number, args) = (images.made, String::new());
    let image = Image { number, name, address, content, args, autofree: false };
    machine.bytes += image.len();
    images.all.push(image);
    Ok(Some(number))
}

/// Commands that read images: certificates and pictures, which no simulated server has, and
/// checksums of any image. `None` if the command reads none.
fn unlimited(machine: &mut Machine<'_>, call: &Call<'_>, uris: &[String]) -> Option<Did> {
    let special = call.option("picture").or(call.operand().filter(|_| uris.is_empty()));
    if special.is_none() && uris.is_empty() {
        return None;
    }
    for uri in special.into_iter().chain(uris.iter().map(String::as_str)) {
        match acquire(machine, call, Some(uri)) {
            Err(ending) => return Some(Did::Ends(ending)),
            Ok(None) => return Some(Did::Status(false)),
            Ok(Some(_)) => {}
        }
    }
    Some(Did::Status(special.is_none()))
}

fn act(machine: &mut Machine<'_>, call: &Call<'_>, number: usize) -> Did {
    let bios = machine.outside.world.firmware == Firmware::Bios;
    let Some(image) = machine.images.get(number) else { return Did::Status(false) };
    if let Some(name) = call.option("name") {
        name.clone_into(&mut image.name);
    }
    let args = call.rest(1);
    if !args.is_empty() || call.spec.name == "imgargs" {
        image.args = args;
    }
    image.autofree |= call.option("autofree").is_some();
    match call.spec.name {
        "kernel" | "imgselect" | "imgload" => {
            // iPXE for BIOS takes anything that it does not recognise for a boot program.
            let boots = matches!(image.content, Answer::Script(_) | Answer::Kernel)
                || (bios && image.content == Answer::Data);
            if boots {
                machine.images.selected = Some(number);
            }
            Did::Status(boots)
        }
        _ if call.spec.leaves == Leaves::Chains => execute(machine, call, number, bios),
        _ => Did::Status(true),
    }
}

fn execute(machine: &mut Machine<'_>, call: &Call<'_>, number: usize, bios: bool) -> Did {
    let Some(image) = machine.images.get(number).cloned() else { return Did::Status(false) };
    machine.bytes += image.len();
    let script = match &image.content {
        Answer::Script(text) => Script::parse(text).ok(),
        Answer::Kernel => {
            return Did::Ends(Ending::Kernel { name: image.name, args: image.args });
        }
        // iPXE for BIOS runs it as machine code, whatever it is.
        Answer::Data if bios => return Did::Ends(Ending::Hung),
        _ => None,
    };
    if image.autofree || script.is_some() {
        machine.images.all.retain(|image| image.number != number);
    }
    let Some(script) = script else { return Did::Status(false) };
    let (at, address) = (Position::default(), image.address.clone());
    let frame = Box::new(Frame { script, at, address, image: Some(image) });
    Did::Calls { frame, replaces: call.option("replace").is_some() }
}

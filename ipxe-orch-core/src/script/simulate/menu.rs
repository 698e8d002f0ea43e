//! Menus and forms: `hci/commands/dynui_cmd.c`, `core/dynui.c`, `hci/tui/menu_ui.c`.

use super::{
    Ending,
    machine::{Did, Machine},
};
use crate::script::{commands::Call, name::SettingName, settings::Verdict};

/// A menu or a form; iPXE makes no difference. One of them may be without a name.
#[derive(Clone, Debug)]
pub(super) struct Menu {
    name: Option<String>,
    items: Vec<Item>,
}

/// An item. Without a name it is a gap and cannot be chosen.
#[derive(Clone, Debug)]
struct Item {
    name: Option<String>,
    default: bool,
}

/// Runs a command on menus; `None` for any other command.
pub(super) fn run(machine: &mut Machine<'_>, call: &Call<'_>) -> Option<Did> {
    let of = |long: &str| call.option(long);
    let found = match call.spec.name {
        "menu" | "form" => {
            let name = of("name").map(str::to_owned);
            machine.menus.retain(|menu| menu.name != name);
            if call.option("delete").is_none() {
                machine.menus.push(Menu { name, items: Vec::new() });
            }
            return Some(Did::Status(true));
        }
        // Of two names, the last one counts; it is hardly ever given twice.
        "item" => index(machine, of("menu").or(of("form"))),
        "choose" => index(machine, of("menu")),
        "present" => index(machine, of("form")),
        _ => return None,
    };
    let name = call.operand().unwrap_or_default();
    // The name of the setting is read first, and the menu stays if it is wrong.
    let wrong = call.spec.name == "choose" && SettingName::parse(name).is_none();
    let Some(found) = found.filter(|_| !wrong) else { return Some(Did::Status(false)) };
    Some(match call.spec.name {
        "item" => item(machine, found, call),
        "choose" => choose(machine, found, call),
        _ => present(machine, found, call),
    })
}

fn index(machine: &Machine<'_>, name: Option<&str>) -> Option<usize> {
    machine.menus.iter().position(|menu| menu.name.as_deref() == name)
}

fn item(machine: &mut Machine<'_>, menu: usize, call: &Call<'_>) -> Did {
    let gap = call.option("gap").is_some();
    let name = call.operand().filter(|_| !gap).map(str::to_owned);
    machine.bytes += name.as_ref().map_or(0, String::len) + 64;
    let default = call.option("default").is_some();
    machine.menus.get_mut(menu).into_iter().for_each(|menu| {
        menu.items.push(Item { name: name.clone(), default });
    });
    Did::Status(true)
}

/// When its time is over, a menu takes the item that is selected: the last one of the name that
/// `--default` says, or the last one that is the default itself, or the first one.
fn choose(machine: &mut Machine<'_>, menu: usize, call: &Call<'_>) -> Did {
    let items = machine.menus.get(menu).map(|menu| menu.items.clone()).unwrap_or_default();
    if call.option("keep").is_none() {
        machine.menus.remove(menu);
    }
    let named = || items.iter().filter(|item| item.name.is_some());
    let selected = named().rfind(|item| match call.option("default") {
        Some(default) => item.name.as_deref() == Some(default),
        None => item.default,
    });
    let Some(chosen) = selected.or_else(|| named().next()) else { return Did::Status(false) };
    let Some(millis) = call.timeout() else { return Did::Ends(Ending::Person) };
    machine.waits(millis);
    let setting = call.operand().unwrap_or_default();
    let text = chosen.name.as_deref().unwrap_or_default();
    let verdict = machine.settings.set(setting, text, &machine.outside);
    Did::Status(verdict == Verdict::Succeeds)
}

/// A form waits for a person. Without a field, or with the name of a setting that is wrong, it fails.
fn present(machine: &mut Machine<'_>, menu: usize, call: &Call<'_>) -> Did {
    let Some(form) = machine.menus.get(menu).cloned() else { return Did::Status(false) };
    let mut names = form.items.iter().filter_map(|item| item.name.as_deref());
    let fails = form.items.is_empty() || names.any(|name| SettingName::parse(name).is_none());
    if fails && call.option("keep").is_none() {
        machine.menus.remove(menu);
    }
    if fails { Did::Status(false) } else { Did::Ends(Ending::Person) }
}

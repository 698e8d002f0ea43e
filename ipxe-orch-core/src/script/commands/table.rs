//! The table of commands. Options and operands come from iPXE at commit `dad20602`, the build of
//! Debian 13; those of other builds come from v2.0.0 and from master at commit `0ab2277c4`. The list
//! of commands that Debian 13 has was read from its binaries.

use super::{
    Build::{self, Debian13, Debian13Only, Debian13OrUefi, Master, V2, V2OnUefi},
    CommandSpec,
    Fails::{self, Never, OnSettings, OnWorld},
    Leaves::{self, Boots, Chains, Exits, Person as AtKeyboard, Resets, Stays},
    OptionSpec, OptionValue,
    Waits::{
        self, Counted, Ever, Limited, Network, Operand, Person, PersonAfterKey, PersonOrTimeout,
    },
};

/// `MAX_ARGUMENTS` of `ipxe/parseopt.h`. With more operands a command fails (measured).
const MANY: usize = 255;

const fn option(long: &'static str, short: char, value: OptionValue) -> OptionSpec {
    OptionSpec { long, short, value, build: Debian13 }
}

/// An option that Debian 13's build and v2.0.0 do not have.
const fn newer(option: OptionSpec) -> OptionSpec {
    OptionSpec { build: Master, ..option }
}

const fn key() -> OptionSpec {
    option("key", 'k', OptionValue::Key)
}

const fn flag(long: &'static str, short: char) -> OptionSpec {
    option(long, short, OptionValue::Flag)
}

const fn text(long: &'static str, short: char) -> OptionSpec {
    option(long, short, OptionValue::Text)
}

const fn number(long: &'static str, short: char) -> OptionSpec {
    option(long, short, OptionValue::Number)
}

const fn timeout(long: &'static str, short: char) -> OptionSpec {
    option(long, short, OptionValue::Timeout)
}

const fn spec(
    name: &'static str,
    options: &'static [OptionSpec],
    operands: (usize, usize),
    build: Build,
    fails: Fails,
    waits: Waits,
    leaves: Leaves,
) -> CommandSpec {
    CommandSpec { name, options, operands, build, fails, waits, leaves }
}

const QUIET: OptionSpec = newer(flag("quiet", 'q'));

const IMAGE: &[OptionSpec] =
    &[text("name", 'n'), timeout("timeout", 't'), QUIET, flag("autofree", 'a')];

const EXECUTE: &[OptionSpec] = &[
    text("name", 'n'),
    timeout("timeout", 't'),
    QUIET,
    flag("autofree", 'a'),
    flag("replace", 'r'),
];

const SHIM: &[OptionSpec] = &[
    timeout("timeout", 't'),
    flag("require-loader", 'l'),
    flag("allow-pxe", 'p'),
    flag("allow-sbat", 's'),
    QUIET,
];

const IMGEXTRACT: &[OptionSpec] =
    &[text("name", 'n'), flag("keep", 'k'), timeout("timeout", 't'), QUIET];

const IMGSET: &[OptionSpec] = &[flag("keep", 'k'), timeout("timeout", 't'), QUIET];

const DIGEST: &[OptionSpec] = &[text("set", 's')];

const IMGTRUST: &[OptionSpec] = &[flag("allow", 'a'), flag("permanent", 'p')];

const IMGVERIFY: &[OptionSpec] =
    &[text("signer", 's'), flag("keep", 'k'), timeout("timeout", 't'), QUIET];

const SANHOOK: &[OptionSpec] = &[number("drive", 'd'), flag("no-describe", 'n')];

const SANBOOT: &[OptionSpec] = &[
    number("drive", 'd'),
    flag("no-describe", 'n'),
    flag("keep", 'k'),
    text("filename", 'f'),
    text("extra", 'e'),
    text("label", 'l'),
    option("uuid", 'u', OptionValue::Uuid),
];

const IFCONF: &[OptionSpec] =
    &[option("configurator", 'c', OptionValue::Configurator), timeout("timeout", 't')];

const VCREATE: &[OptionSpec] = &[number("tag", 't'), number("priority", 'p')];

const PING: &[OptionSpec] =
    &[number("size", 's'), timeout("timeout", 't'), number("count", 'c'), flag("quiet", 'q')];

const LOTEST: &[OptionSpec] = &[number("mtu", 'm'), flag("broadcast", 'b')];

const FCELS: &[OptionSpec] = &[text("port", 'p'), text("id", 'i')];

const PARAMS: &[OptionSpec] = &[text("name", 'n'), newer(text("method", 'm')), flag("delete", 'd')];

const PARAM: &[OptionSpec] = &[text("params", 'p'), flag("header", 'H')];

const CERTSTORE: &[OptionSpec] = &[text("subject", 's'), flag("keep", 'k')];

const PROMPT: &[OptionSpec] = &[key(), timeout("timeout", 't')];

const MENU: &[OptionSpec] = &[text("name", 'n'), flag("delete", 'd')];

const ITEM: &[OptionSpec] = &[
    text("menu", 'm'),
    text("form", 'f'),
    key(),
    flag("default", 'd'),
    flag("secret", 's'),
    flag("gap", 'g'),
];

const CHOOSE: &[OptionSpec] = &[
    text("menu", 'm'),
    text("default", 'd'),
    timeout("timeout", 't'),
    timeout("retimeout", 'r'),
    flag("keep", 'k'),
];

const PRESENT: &[OptionSpec] = &[text("form", 'f'), flag("keep", 'k')];

const CONSOLE: &[OptionSpec] = &[
    number("x", 'x'),
    number("y", 'y'),
    number("left", 'l'),
    number("right", 'r'),
    number("top", 't'),
    number("bottom", 'b'),
    number("depth", 'd'),
    text("picture", 'p'),
    flag("keep", 'k'),
];

const COLOUR: &[OptionSpec] = &[number("basic", 'b'), number("rgb", 'r')];

const CPAIR: &[OptionSpec] = &[number("foreground", 'f'), number("background", 'b')];

const CPUID: &[OptionSpec] = &[flag("ext", 'e'), flag("amd", 'a'), flag("ecx", 'c')];

const REBOOT: &[OptionSpec] = &[flag("warm", 'w'), flag("setup", 's')];

/// Every command that some build of iPXE has.
pub const COMMANDS: &[CommandSpec] = &[
    // The language itself (`core/exec.c`, `image/script.c`, `hci/commands/nvo_cmd.c`).
    spec("echo", &[flag("n", 'n')], (0, MANY), Debian13, Never, Waits::Never, Stays),
    spec("exit", &[], (0, 1), Debian13, Never, Waits::Never, Exits),
    spec("goto", &[], (1, 1), Debian13, Never, Waits::Never, Stays),
    spec("isset", &[], (1, 1), Debian13, OnSettings, Waits::Never, Stays),
    spec("iseq", &[], (2, 2), Debian13, OnSettings, Waits::Never, Stays),
    spec("sleep", &[], (1, 1), Debian13, OnSettings, Operand, Stays),
    spec("set", &[], (1, MANY), Debian13, OnSettings, Waits::Never, Stays),
    spec("clear", &[], (1, 1), Debian13, Never, Waits::Never, Stays),
    spec("inc", &[], (1, 2), Debian13, OnSettings, Waits::Never, Stays),
    spec("show", &[QUIET], (1, 1), Debian13, OnWorld, Waits::Never, Stays),
    spec("read", &[timeout("timeout", 't')], (1, 1), Debian13, OnWorld, PersonAfterKey, Stays),
    // Images (`hci/commands/image_cmd.c` and its neighbours).
    spec("imgfetch", IMAGE, (1, MANY), Debian13, OnWorld, Network, Stays),
    spec("module", IMAGE, (1, MANY), Debian13, OnWorld, Network, Stays),
    spec("initrd", IMAGE, (1, MANY), Debian13, OnWorld, Network, Stays),
    spec("kernel", IMAGE, (1, MANY), Debian13, OnWorld, Network, Stays),
    spec("imgselect", IMAGE, (1, MANY), Debian13, OnWorld, Network, Stays),
    spec("imgload", IMAGE, (1, MANY), Debian13, OnWorld, Network, Stays),
    spec("imgargs", IMAGE, (1, MANY), Debian13, OnWorld, Network, Stays),
    spec("chain", EXECUTE, (0, MANY), Debian13, OnWorld, Network, Chains),
    spec("imgexec", EXECUTE, (0, MANY), Debian13, OnWorld, Network, Chains),
    spec("boot", EXECUTE, (0, MANY), Debian13, OnWorld, Network, Chains),
    spec("imgstat", &[], (0, MANY), Debian13, OnWorld, Waits::Never, Stays),
    spec("imgfree", &[], (0, MANY), Debian13, OnWorld, Waits::Never, Stays),
    spec("shim", SHIM, (0, 1), Debian13, OnWorld, Network, Stays),
    spec("imgextract", IMGEXTRACT, (1, 1), V2, OnWorld, Network, Stays),
    spec(
        "imgdecrypt",
        IMGEXTRACT,
        (2, 2),
        Build::Option("IMAGE_CRYPT_CMD"),
        OnWorld,
        Network,
        Stays,
    ),
    spec(
        "imgtrust",
        IMGTRUST,
        (0, 0),
        Build::Option("IMAGE_TRUST_CMD"),
        OnWorld,
        Waits::Never,
        Stays,
    ),
    spec("imgverify", IMGVERIFY, (2, 2), Build::Option("IMAGE_TRUST_CMD"), OnWorld, Network, Stays),
    spec(
        "imgmem",
        &[text("name", 'n')],
        (2, 2),
        Build::Option("IMAGE_MEM_CMD"),
        OnWorld,
        Waits::Never,
        Stays,
    ),
    spec("imgset", IMGSET, (2, 2), Master, OnWorld, Network, Stays),
    spec("md4sum", DIGEST, (1, MANY), Build::Option("CRYPTO_DIGEST_MD4"), OnWorld, Ever, Stays),
    spec("md5sum", DIGEST, (1, MANY), V2OnUefi, OnWorld, Ever, Stays),
    spec("sha1sum", DIGEST, (1, MANY), V2OnUefi, OnWorld, Ever, Stays),
    spec("sha224sum", DIGEST, (1, MANY), V2OnUefi, OnWorld, Ever, Stays),
    spec("sha256sum", DIGEST, (1, MANY), V2OnUefi, OnWorld, Ever, Stays),
    spec("sha384sum", DIGEST, (1, MANY), V2OnUefi, OnWorld, Ever, Stays),
    spec("sha512sum", DIGEST, (1, MANY), V2OnUefi, OnWorld, Ever, Stays),
    spec(
        "fdt",
        &[timeout("timeout", 't'), QUIET],
        (0, 1),
        Build::Option("FDT_CMD"),
        OnWorld,
        Network,
        Stays,
    ),
    // Drives and local disks (`hci/commands/sanboot_cmd.c`).
    spec("sanhook", SANHOOK, (1, MANY), Debian13, OnWorld, Limited, Stays),
    spec("sanboot", SANBOOT, (0, MANY), Debian13, OnWorld, Limited, Boots),
    spec("sanunhook", &[number("drive", 'd')], (0, 0), Debian13, Never, Waits::Never, Stays),
    // The network.
    spec("ifopen", &[], (0, MANY), Debian13, OnWorld, Waits::Never, Stays),
    spec("ifclose", &[], (0, MANY), Debian13, OnWorld, Waits::Never, Stays),
    spec("ifstat", &[], (0, MANY), Debian13, OnWorld, Waits::Never, Stays),
    spec("ifconf", IFCONF, (0, MANY), Debian13, OnWorld, Limited, Stays),
    spec("dhcp", IFCONF, (0, MANY), Debian13, OnWorld, Limited, Stays),
    spec("iflinkwait", &[timeout("timeout", 't')], (0, MANY), Debian13, OnWorld, Network, Stays),
    spec("vcreate", VCREATE, (1, 1), Debian13OrUefi, OnWorld, Waits::Never, Stays),
    spec("vdestroy", &[], (1, 1), Debian13OrUefi, OnWorld, Waits::Never, Stays),
    spec("route", &[], (0, 0), Debian13, Never, Waits::Never, Stays),
    spec("ping", PING, (1, 1), Debian13Only("PING_CMD"), OnWorld, Counted, Stays),
    spec("sync", &[timeout("timeout", 't')], (0, 0), Debian13, OnWorld, Network, Stays),
    spec("pxebs", &[], (2, 2), Debian13, OnWorld, Limited, Stays),
    spec("autoboot", &[], (0, MANY), Debian13, OnWorld, Limited, Boots),
    spec("ipstat", &[], (0, 0), Build::Option("IPSTAT_CMD"), Never, Waits::Never, Stays),
    spec("nstat", &[], (0, 0), Build::Option("NEIGHBOUR_CMD"), Never, Waits::Never, Stays),
    spec("nslookup", &[], (2, 2), Build::Option("NSLOOKUP_CMD"), OnWorld, Limited, Stays),
    spec("ntp", &[], (1, 1), V2OnUefi, OnWorld, Limited, Stays),
    spec("lotest", LOTEST, (2, 2), Build::Option("LOTEST_CMD"), OnWorld, Person, Stays),
    spec("iwstat", &[], (0, MANY), Debian13, OnWorld, Waits::Never, Stays),
    spec("iwlist", &[], (0, MANY), Debian13, OnWorld, Limited, Stays),
    spec("ibstat", &[], (0, 0), Debian13, Never, Waits::Never, Stays),
    spec("fcstat", &[], (0, 0), V2, Never, Waits::Never, Stays),
    spec("fcels", FCELS, (1, 1), V2, OnWorld, Limited, Stays),
    spec("startpxe", &[], (0, MANY), Build::Option("PXE_CMD"), OnWorld, Waits::Never, Stays),
    spec("stoppxe", &[], (0, 0), Build::Option("PXE_CMD"), OnWorld, Waits::Never, Stays),
    spec("params", PARAMS, (0, 0), V2OnUefi, OnWorld, Waits::Never, Stays),
    spec("param", PARAM, (1, MANY), V2OnUefi, OnWorld, Waits::Never, Stays),
    spec("certstat", &[text("subject", 's')], (0, 0), Debian13OrUefi, OnWorld, Waits::Never, Stays),
    spec("certstore", CERTSTORE, (0, 1), Debian13OrUefi, OnWorld, Ever, Stays),
    spec("certfree", &[text("subject", 's')], (0, 0), Debian13OrUefi, OnWorld, Waits::Never, Stays),
    // The console, people, and the machine.
    spec("prompt", PROMPT, (0, MANY), Debian13, OnWorld, PersonOrTimeout, Stays),
    spec("menu", MENU, (0, MANY), Debian13, Never, Waits::Never, Stays),
    spec("form", MENU, (0, MANY), Debian13, Never, Waits::Never, Stays),
    spec("item", ITEM, (0, MANY), Debian13, OnWorld, Waits::Never, Stays),
    spec("choose", CHOOSE, (1, 1), Debian13, OnWorld, PersonAfterKey, Stays),
    spec("present", PRESENT, (0, 0), Debian13, OnWorld, Person, Stays),
    spec("login", &[], (0, 0), Debian13, OnWorld, Person, Stays),
    spec("config", &[], (0, 1), Debian13, OnWorld, Person, AtKeyboard),
    spec("shell", &[], (0, 0), Debian13, OnWorld, Person, AtKeyboard),
    spec("help", &[], (0, 0), Debian13, Never, Waits::Never, Stays),
    spec("console", CONSOLE, (0, 0), Debian13OrUefi, OnWorld, Ever, Stays),
    spec("colour", COLOUR, (1, 1), Debian13OrUefi, OnWorld, Waits::Never, Stays),
    spec("cpair", CPAIR, (1, 1), Debian13OrUefi, OnWorld, Waits::Never, Stays),
    spec("cpuid", CPUID, (1, 1), Debian13, OnWorld, Waits::Never, Stays),
    spec("reboot", REBOOT, (0, 0), Debian13, OnWorld, Waits::Never, Resets),
    spec("poweroff", &[], (0, 0), Debian13, OnWorld, Waits::Never, Resets),
    spec("pciscan", &[], (1, 1), V2OnUefi, OnWorld, Waits::Never, Stays),
    spec("usbscan", &[], (1, 1), V2OnUefi, OnWorld, Waits::Never, Stays),
    spec("profstat", &[], (0, 0), Build::Option("PROFSTAT_CMD"), Never, Waits::Never, Stays),
    spec("time", &[], (1, MANY), Build::Option("TIME_CMD"), OnWorld, Waits::Never, Stays),
    spec("gdbstub", &[], (1, MANY), Build::Option("GDBSTUB"), OnWorld, Person, Stays),
];

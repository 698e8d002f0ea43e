//! Profiles with any script: a script that may be stored strands no machine.

use crate::boots::{boot, serves, world};
use ipxe_orch_core::{
    memory::PlainRenderer,
    profile::{LintProblem, ProfileVersion, lint},
    script::{Answer, Ending, Firmware},
};
use proptest::{prelude::*, test_runner::TestRunner};
use std::{cell::Cell, collections::BTreeMap};

const LINES: &[&str] = &[
    "kernel --timeout 9 t/x/media/vmlinuz || goto failed",
    "kernel --timeout 9 t/x/media/none ||",
    "kernel t/x/media/vmlinuz ||",
    "imgfetch --name claim --timeout 9 t/x/claim || goto failed",
    "imgfetch --name claim --timeout 9 t/x/claim ||",
    "initrd --timeout 9 t/x/answer/a || goto failed",
    "imgfree claim ||",
    "imgfree",
    "boot || goto failed",
    "boot ||",
    "sanhook t/x/media/disk ||",
    "sanboot ||",
    "sanunhook",
    "chain --timeout 9 t/x/media/next || exit 1",
    "set n:int32 0",
    "inc n",
    "iseq ${n} 3 && goto failed ||",
    "isset ${serial} && goto a ||",
    "isset ${serial:hexraw} && goto a ||",
    ":a",
    "goto a",
    "goto b",
    ":b",
    "goto ${other} ||",
    "set orch-answer install",
    "set idx 0",
    "sleep 1",
    "exit",
    "exit 0",
    "shell ||",
    "reboot ||",
    "poweroff ||",
    "prompt ||",
];

fn version(script: &str) -> ProfileVersion {
    let files = BTreeMap::from([("boot".parse().unwrap(), script.to_owned())]);
    ProfileVersion::new("name = 'p'\ntitle = 'P'\nscript = 'boot'\n", files).unwrap()
}

/// The endings when an image boots, asks and gets the script, with everything granted and with
/// everything refused.
fn endings(script: &str) -> Vec<Ending> {
    let mut endings = Vec::new();
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        let mut world = world(firmware, &Answer::Refused);
        serves(&mut world, 0, script);
        endings.push(boot(&world).ending);
        world.answers.retain(|path, _| !path.contains("/t/x/"));
        endings.push(boot(&world).ending);
    }
    endings
}

fn is_good(ending: &Ending) -> bool {
    use Ending::{Drive, Kernel, Loader, NextDevice, NextEntry, San};
    matches!(ending, Kernel { .. } | San(_) | Drive(_) | Loader(_) | NextDevice | NextEntry)
}

#[test]
fn what_may_be_stored_strands_no_machine() {
    let lines = proptest::collection::vec(proptest::sample::select(LINES), 1..8);
    let (stored, stranded) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(ProptestConfig { cases: 400, ..ProptestConfig::default() });
    let judged = runner.run(&lines, |lines| {
        let script = format!("#!ipxe\n{}\nexit 1\n:failed\nexit 1\n", lines.join("\n"));
        let faulty = lint(&version(&script), &PlainRenderer).iter().any(LintProblem::is_error);
        let endings = endings(&script);
        let bad = endings.iter().any(|ending| !is_good(ending));
        prop_assert!(faulty || !bad, "{endings:?}: {script}");
        stored.set(stored.get() + usize::from(!faulty));
        stranded.set(stranded.get() + usize::from(bad));
        Ok(())
    });
    judged.unwrap();
    // Both kinds of scripts must occur.
    assert!(stored.get() >= 3 && stranded.get() >= 3, "{} {}", stored.get(), stranded.get());
}

//! The part of the image's script that asks the servers through a NIC with a link.

use super::{Script, Timing};

/// Asks each server in turn. As soon as one of them has answered with a script, no further server
/// is asked, however that script ends.
pub(super) fn ask(text: &mut Script, timing: Timing) {
    text.lines(
        ":link
        ifopen ${orch-dev} || goto next_card",
    );
    text.line(format_args!(
        "iflinkwait --timeout {} ${{orch-dev}} || goto next_card",
        timing.link.as_millis()
    ));
    // `inc` can only increment numbers; without the type `int32` these would be texts.
    text.lines(
        "clear idx ||
        set orch-round:int32 0
        :round
        set orch-n:int32 0
        :server
        isset ${orch-server${orch-n}} || goto end_of_round",
    );
    // The canary is a path that our server does not have: it answers 404. A captive portal that
    // answers 200 to every request shows itself here. Its HTML must not be chained, because iPXE
    // for BIOS would run it as machine code and hang.
    text.line(format_args!(
        "imgfetch --name canary --timeout {} ${{orch-server${{orch-n}}}}/boot/v1/canary && goto portal ||",
        timing.canary.as_millis()
    ));
    text.line(format_args!(
        "chain --autofree --timeout {} ${{orch-server${{orch-n}}}}/boot/v1/script?${{orch-query}}&m=${{orch-mac}} && goto local ||",
        timing.script.as_millis()
    ));
    // A script of ours sets `orch-answer` first: it was an answer even if it ended with an error.
    text.lines(
        "isset ${orch-answer} && goto local ||
        :next_server
        inc orch-n
        goto server
        :portal
        echo ipxe-orch: ${orch-server${orch-n}} is no repository server
        imgfree canary ||
        goto next_server
        :end_of_round
        inc orch-round",
    );
    text.line(format_args!("iseq ${{orch-round}} {} && goto next_nic ||", timing.rounds));
    text.line(format_args!("sleep {} ||", timing.pause.as_secs()));
    // Two cards may show one MAC address. The second one is tried if the first has no link; then
    // it takes time for its own link, and none of the time for servers.
    text.lines(
        "goto round
        :next_card
        ifclose ${orch-dev} ||
        clear orch-dev ||
        inc idx
        goto scan${orch-nic}
        :next_nic
        isset ${orch-dev} && ifclose ${orch-dev} ||
        clear orch-dev ||
        inc orch-nic
        goto nic${orch-nic}",
    );
}

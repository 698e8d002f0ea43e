//! Asks the servers through a NIC that has a link.

use super::{Script, Timing};

/// Asks each server; a script that it answers with is the last word, whatever becomes of it.
pub(super) fn ask(text: &mut Script, timing: Timing) {
    text.lines(
        ":link
        ifopen ${orch-dev} || goto next_nic",
    );
    text.line(format_args!(
        "iflinkwait --timeout {} ${{orch-dev}} || goto next_nic",
        timing.link.as_millis()
    ));
    text.lines(
        "set orch-round:int32 0
        :round
        set orch-n:int32 0
        :server
        isset ${orch-server${orch-n}} || goto end_of_round",
    );
    // Our server answers 404. A portal that answers 200 to everything is not asked: BIOS iPXE
    // would run its HTML and hang.
    text.line(format_args!(
        "imgfetch --name canary --timeout {} ${{orch-server${{orch-n}}}}/boot/v1/canary && goto portal ||",
        timing.canary.as_millis()
    ));
    text.line(format_args!(
        "chain --autofree --timeout {} ${{orch-server${{orch-n}}}}/boot/v1/script?${{orch-query}}&m=${{orch-mac}} && goto local ||",
        timing.script.as_millis()
    ));
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
    text.lines(
        "goto round
        :next_nic
        isset ${orch-dev} && ifclose ${orch-dev} ||
        clear orch-dev ||
        inc orch-nic
        goto nic${orch-nic}",
    );
}

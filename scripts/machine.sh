# Starts a virtual machine and follows its console. It is sourced by scripts/demo.
# shellcheck shell=bash

# Removes the terminal's control sequences, which would garble the output, and replaces each
# ticket, which is long, with the word TICKET.
plain_console() {
    sed -u -E -e 's/\x1b\[[0-9;?]*[A-Za-z]//g' -e 's/\x1b.//g' -e 's/\r//g' \
        -e 's#/t/[^/ ]{12,}/#/t/TICKET/#g; s#^t/[^/ ]{12,}/#t/TICKET/#'
}

# Prints only those lines of a boot that show its steps.
highlights() {
    local prefix
    prefix=$(paint 33 machine)
    grep --line-buffered -aE '^(tiny:|ipxe-orch:|iPXE initialising|https?://.*/boot/v1/|t/TICKET/|Booting|SYSLINUX|Welcome to GRUB)' |
        while IFS= read -r line; do printf '   %s | %s\n' "$prefix" "$line"; done
}

# start_machine bios|uefi MAC ISO DISK DIR: starts a machine, sets `machine` to its process id,
# writes its console to DIR/console.txt and prints the lines that show its steps. The time-out
# of 15 minutes only ends a machine that was forgotten.
start_machine() {
    local firmware=$1 mac=$2 iso=$3 disk=$4 dir=$5 options=()
    case $firmware in
    # Without graphics SeaBIOS writes its screen to the serial line.
    bios) options=(-machine "pc,graphics=off") ;;
    uefi)
        local ovmf=/usr/share/OVMF
        cp "$ovmf/OVMF_VARS_4M.fd" "$dir/OVMF_VARS.fd"
        options=(-machine q35
            -drive "if=pflash,format=raw,readonly=on,file=$ovmf/OVMF_CODE_4M.fd"
            -drive "if=pflash,format=raw,file=$dir/OVMF_VARS.fd")
        ;;
    esac
    : >"$dir/serial.log"
    # Always emulation (tcg): with some accelerators that work only in part, iPXE fails.
    timeout 900 qemu-system-x86_64 -accel tcg -m 512 -nodefaults -vga std -display none "${options[@]}" \
        -serial "file:$dir/serial.log" \
        -netdev user,id=net,net=10.0.2.0/24,host=10.0.2.2 \
        -device "virtio-net-pci,netdev=net,mac=$mac,romfile=" \
        -drive "if=none,id=cd,media=cdrom,format=raw,file=$iso" -device ide-cd,drive=cd,bootindex=0 \
        -drive "if=none,id=disk,format=raw,cache=unsafe,file=$disk" -device virtio-blk-pci,drive=disk,bootindex=1 \
        >"$dir/qemu.err" 2>&1 </dev/null &
    machine=$!
    # `tail --pid` ends when the machine ends.
    tail -q --pid="$machine" -s 0.2 -n +1 -f "$dir/serial.log" | plain_console |
        tee "$dir/console.txt" | highlights &
}

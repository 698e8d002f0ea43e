# Functions that the scripts in this folder share. It is sourced, not run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # the scripts that source this file use it
cache=$root/.cache

# paint CODE TEXT: prints the text, in colour if the output is a terminal.
if [ -t 1 ]; then
    paint() { printf '\033[%sm%s\033[0m' "$1" "$2"; }
else
    paint() { printf '%s' "$2"; }
fi

say() { printf '%s %s\n' "$(paint 1 '==>')" "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# as_root COMMAND...: runs the command as root, with sudo if the user is not root.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        die "'$*' needs root: run this script as root, or install sudo"
    fi
}

# Mutants of a store; sourced by scripts/mutants, never run.
# shellcheck shell=bash disable=SC2154 # `root` and `copy` are of scripts/mutants

table=$root/scripts/mutants.d/store.tsv

# store_mutants [--suite COMMIT] [NAME...]
store_mutants() {
    local commit=
    if [ "${1:-}" = --suite ]; then
        commit=${2:?name a commit}
        shift 2
    fi
    read_table
    local name names=("$@")
    for name; do
        [ -n "${rows[$name]+known}" ] || die "no mutant is called '$name'; $table has them"
    done
    [ $# -gt 0 ] || names=("${order[@]}")
    make_harness "$commit"
    say "without a change"
    notices memory json && die "the suite fails without a change: $(tail -n 30 "$copy/log")"
    local killed=0 equivalent=0 survivors=() wrong=() stores
    for name in "${names[@]}"; do
        mutate "$name"
        stores=(memory json)
        # The store in memory knows nothing of the file.
        [ "${files[${rows[$name]##* }]}" != examples/json_store.rs ] || stores=(json)
        if notices "${stores[@]}"; then
            killed=$((killed + 1))
            [ -z "${reasons[$name]}" ] || wrong+=("$name")
            printf '%-36s noticed by %s\n' "$name" "$(noticed_by)"
        elif [ -n "${reasons[$name]}" ]; then
            equivalent=$((equivalent + 1))
            printf '%-36s equivalent: %s\n' "$name" "${reasons[$name]}"
        else
            survivors+=("$name")
            printf '%-36s NOT NOTICED\n' "$name"
        fi
        restore "$name"
    done
    say "${#names[@]} mutants: $killed killed, $equivalent equivalent, ${#survivors[@]} not noticed"
    [ ${#wrong[@]} -eq 0 ] || die "not equivalent, as they are noticed: ${wrong[*]}"
    [ ${#survivors[@]} -eq 0 ] || die "not noticed: ${survivors[*]}"
}

# read_table: `rows` has the numbers of the rows of each mutant, `reasons` why it is equivalent.
read_table() {
    declare -gA rows=() reasons=()
    declare -ga files=() froms=() tos=() order=()
    local name file from to reason number=0
    # Tabs become a character that does not swallow empty columns.
    while IFS=$'\x1f' read -r name file from to reason; do
        [ -n "${rows[$name]+known}" ] || order+=("$name")
        rows[$name]+=" $number"
        reasons[$name]=$reason
        files[number]=$file froms[number]=${from//'\n'/$'\n'} tos[number]=${to//'\n'/$'\n'}
        number=$((number + 1))
    done < <(grep -v '^#' "$table" | tr '\t' '\037')
    [ "$number" -gt 0 ] || die "$table has no mutants"
}

# mutate NAME: replaces what its rows say, each exactly once.
mutate() {
    local number path text rest
    for number in ${rows[$1]}; do
        path=$copy/${files[number]}
        [ -e "$path.orig" ] || cp "$path" "$path.orig"
        text=$(<"$path")
        rest=${text/"${froms[number]}"/}
        [ "$rest" != "$text" ] || die "$1: ${files[number]} has no '${froms[number]}'"
        [ "${rest/"${froms[number]}"/}" = "$rest" ] ||
            die "$1: ${files[number]} has '${froms[number]}' more than once"
        printf '%s\n' "${text/"${froms[number]}"/"${tos[number]}"}" >"$path"
    done
}

restore() {
    local number path
    for number in ${rows[$1]}; do
        path=$copy/${files[number]}
        if [ -e "$path.orig" ]; then
            cat "$path.orig" >"$path"
            rm "$path.orig"
        fi
    done
}

# make_harness COMMIT: a package of its own, so that no server is built for each mutant.
make_harness() {
    mkdir "$copy/mutants" "$copy/tmp"
    cat >"$copy/mutants/Cargo.toml" <<'TOML'
[package]
name = "mutants"
version = "0.0.0"
edition = "2024"
publish = false
autobins = false

[features]
fresh-only = []

[dev-dependencies]
ipxe-orch-core = { workspace = true, features = ["conformance"] }
serde_json.workspace = true
tempfile.workspace = true
tokio.workspace = true
uuid.workspace = true

[[test]]
name = "memory"
path = "../scripts/mutants.d/memory.rs"

[[test]]
name = "json"
path = "../scripts/mutants.d/json.rs"
TOML
    sed -i 's/^members = \[/&"mutants", /' "$copy/Cargo.toml"
    features=()
    [ -n "$1" ] || return 0
    say "the suite is that of $1"
    rm -r "$copy/ipxe-orch-core/src/conformance"
    git -C "$root" archive "$1" ipxe-orch-core/src/conformance | tar -x -m -C "$copy"
    grep -rq 'reopen = ' "$copy/ipxe-orch-core/src/conformance" || features=(--features fresh-only)
}

# notices STORE...: whether a case fails for one of the stores; they are asked in turn. A mutant that
# hangs is noticed, one that does not compile is an error of the table.
notices() {
    local store run
    for store; do
        run=(cargo test --quiet --offline -p mutants --test "$store" "${features[@]}")
        (cd "$copy" && "${run[@]}" --no-run) >"$copy/log" 2>&1 ||
            die "${name:-the suite} does not compile: $(grep -m3 -A5 '^error' "$copy/log")"
        (cd "$copy" && TMPDIR=$copy/tmp timeout 240 "${run[@]}") >"$copy/log" 2>&1 || return 0
    done
    return 1
}

noticed_by() {
    local cases
    cases=$(sed -n 's/^---- \(.*\) stdout ----$/\1/p' "$copy/log" | sort)
    [ -n "$cases" ] || { echo "its hanging" && return; }
    printf '%s (%d cases)' "$(head -n 2 <<<"$cases" | paste -sd' ')" "$(wc -l <<<"$cases")"
}

# Packages of a suite of Debian, whichever is installed here; sourced, never run.
# The mirror that serves this machine's suite serves the others as well, so that apt's
# own sources and lists stay as they are.
# shellcheck shell=bash

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror of the running Debian, as apt itself reads its configuration:
# indextargets understands one-line and deb822 sources alike.
mirror() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v code="$codename" '
            $2 == "main" && ($1 == code || $1 ~ /^(old)?(stable|oldstable)$/) { print $3; exit }'
}

# suite_open SUITE DIR: reads its package lists, 50 MB, into DIR. Other functions take DIR.
suite_open() {
    local suite=$1 dir=$2 uri
    uri=$(mirror)
    [ -n "$uri" ] || die "apt has no source for this Debian's main archive: cannot tell where to get $suite's packages from"
    [ -f "$keyring" ] || die "$keyring is missing: install debian-archive-keyring"
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
    cat >"$dir/suite.sources" <<END
Types: deb
URIs: $uri
Suites: $suite
Components: main
Architectures: amd64
Targets: Packages
Signed-By: $keyring
END
    suite_apt "$dir" update >&2 ||
        die "could not read $suite's package list from $uri (no network, or a keyring without $suite's key?)"
}

# suite_apt DIR ARGUMENT...: apt-get with these lists; the sandbox user could not write
# into a checkout.
suite_apt() {
    local dir=$1
    shift
    apt-get -q -o Dir::Etc::sourcelist="$dir/suite.sources" -o Dir::Etc::sourceparts=- \
        -o Dir::State::Lists="$dir/lists" -o Dir::Cache="$dir/cache" \
        -o APT::Sandbox::User="$(id -un)" -o APT::Default-Release= -o Acquire::Languages=none "$@"
}

# suite_unpack DIR INTO PACKAGE...: downloads packages and unpacks them below INTO.
suite_unpack() {
    local dir=$1 into=$2 deb
    shift 2
    mkdir -p "$dir/debs" "$into"
    (cd "$dir/debs" && suite_apt "$dir" download "$@" >&2) || die "could not download $*"
    for deb in "$dir"/debs/*.deb; do dpkg -x "$deb" "$into"; done
    rm -rf "$dir/debs"
}

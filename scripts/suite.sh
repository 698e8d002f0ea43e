# Downloads packages of any suite of Debian, independent of the one that is installed here. It
# is sourced, not run. It uses the mirror of this machine's suite, which has the other suites
# as well, with lists of its own: the sources and lists of apt stay as they are.
# shellcheck shell=bash

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Prints the URL of the mirror of the running Debian. apt-get indextargets reads apt's
# configuration itself, and so knows both formats of sources: one-line and deb822.
mirror() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v code="$codename" '
            $2 == "main" && ($1 == code || $1 ~ /^(old)?(stable|oldstable)$/) { print $3; exit }'
}

# suite_open SUITE DIR: downloads the package lists of the suite, 50 MB, into DIR. The other
# functions get the same DIR.
suite_open() {
    local suite=$1 dir=$2 uri
    uri=$(mirror)
    [ -n "$uri" ] || die "apt has no source for the main archive of this Debian: the mirror of $suite is not known"
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
        die "could not read the package list of $suite from $uri: check the network, and that $keyring has the key of $suite"
}

# suite_apt DIR ARGUMENT...: runs apt-get with the lists in DIR. It runs as the current user,
# because apt's own sandbox user cannot write into a checkout.
suite_apt() {
    local dir=$1
    shift
    apt-get -q -o Dir::Etc::sourcelist="$dir/suite.sources" -o Dir::Etc::sourceparts=- \
        -o Dir::State::Lists="$dir/lists" -o Dir::Cache="$dir/cache" \
        -o APT::Sandbox::User="$(id -un)" -o APT::Default-Release= -o Acquire::Languages=none "$@"
}

# suite_unpack DIR INTO PACKAGE...: downloads the packages and unpacks them into the folder INTO.
suite_unpack() {
    local dir=$1 into=$2 deb
    shift 2
    mkdir -p "$dir/debs" "$into"
    (cd "$dir/debs" && suite_apt "$dir" download "$@" >&2) || die "could not download $*"
    for deb in "$dir"/debs/*.deb; do dpkg -x "$deb" "$into"; done
    rm -rf "$dir/debs"
}

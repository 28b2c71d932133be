#!/bin/bash
# Installs what is missing, and nothing else: `install.sh runtime` or `install.sh dev`.
# Runs as root or as somebody with sudo; asks no questions; a second run takes a second.
set -euo pipefail
cd "$(dirname "$0")/.."
set_name=${1:?runtime or dev}

# pip and Node bring authorities of their own; a machine's administrator may trust others.
authorities=/etc/ssl/certs/ca-certificates.crt
export PIP_CERT=${PIP_CERT:-$authorities} NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$authorities}
export PIP_DISABLE_PIP_VERSION_CHECK=1

. requirements/node.sh

say() { printf '%s\n' "$*" >&2; }

is_there() { # is_there COMMAND | PATH-PATTERN | python3:MODULE
    case $1 in
        python3:*) python3 -c "import ${1#*:}" 2>/dev/null ;;
        /*) compgen -G "$1" >/dev/null ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

missing_packages() {
    local package group probe
    while read -r package group probe; do
        [[ $package == \#* || -z $package ]] && continue
        [[ $group == runtime || $set_name == dev ]] || continue
        is_there "$probe" || printf '%s\n' "$package"
    done <requirements/debian.txt
}

install_debian_packages() {
    local missing as_root=()
    mapfile -t missing < <(missing_packages)
    [[ ${#missing[@]} -eq 0 ]] && return
    say "Debian packages: installing ${missing[*]}"
    if ! command -v apt-get >/dev/null; then
        say "This system has no apt-get. Please install what these Debian packages hold: ${missing[*]}"
        exit 1
    fi
    if [[ $EUID -ne 0 ]]; then
        command -v sudo >/dev/null || { say "Run this as root, or install sudo."; exit 1; }
        as_root=(sudo)
    fi
    # A fresh machine often looks for its own updates meanwhile: wait for its lock.
    "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 update -q </dev/null
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
        install -y -q --no-install-recommends "${missing[@]}" </dev/null
}

find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
        then printf '%s' "$candidate"; return; fi
    done
    say "Python 3.11 or newer with its venv module is missing."
    exit 1
}

make_environment() {
    .venv/bin/python -c '' 2>/dev/null && return
    say "Python environment: making .venv"
    rm -rf .venv
    "$(find_python)" -m venv .venv
}

sum_of() { sha256sum "$@" | sha256sum | cut -c1-64; }

is_current() { [[ -f $1 && $(<"$1") == "$(sum_of "${@:2}")" ]]; } # is_current STAMP FILE...

install_python_packages() {
    # The dev lock holds the runtime lock's packages in the same versions.
    is_current .venv/.musubi-dev requirements/dev.txt && return
    [[ $set_name == runtime ]] && is_current .venv/.musubi-runtime requirements/runtime.txt && return
    say "Python packages: installing the locked $set_name set"
    .venv/bin/python -m pip install --require-hashes --no-deps -r "requirements/$set_name.txt" </dev/null
    sum_of "requirements/$set_name.txt" >".venv/.musubi-$set_name"
}

install_project() {
    is_current .venv/.musubi-project pyproject.toml && [[ -x .venv/bin/musubi ]] && return
    say "Musubi: linking .venv/bin/musubi to this folder"
    # compat: the folder itself is put on the path, so that new modules need no new installation.
    .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation \
        --config-settings editable_mode=compat --editable . </dev/null
    sum_of pyproject.toml >.venv/.musubi-project
}

install_node_packages() {
    local omit=()
    is_current node_modules/.musubi-dev package-lock.json && return
    if [[ $set_name == runtime ]]; then
        is_current node_modules/.musubi-runtime package-lock.json && return
        omit=(--omit=dev)
    fi
    [[ -w ${HOME:-/nonexistent} ]] || export npm_config_cache=$PWD/.venv/npm-cache
    say "Node packages: installing the locked $set_name set"
    npm ci --ignore-scripts "${omit[@]}"
    sum_of package-lock.json >"node_modules/.musubi-$set_name"
}

copy_browser_assets() {
    local vendor=webapp/static/vendor part
    is_current $vendor/.musubi package-lock.json "$0" && return
    say "Browser assets: copying to $vendor"
    rm -rf $vendor
    mkdir -p $vendor/pdfjs $vendor/design-tokens
    cp node_modules/pdfjs-dist/legacy/build/{pdf.min.mjs,pdf.worker.min.mjs} $vendor/pdfjs/
    for part in cmaps iccs standard_fonts wasm; do
        cp -r node_modules/pdfjs-dist/$part $vendor/pdfjs/
    done
    cp node_modules/pdfjs-dist/LICENSE $vendor/pdfjs/
    cp node_modules/htmx.org/dist/htmx.min.js $vendor/
    cp node_modules/@digital-go-jp/design-tokens/dist/tokens.css $vendor/design-tokens/
    sum_of package-lock.json "$0" >$vendor/.musubi
}

install_debian_packages
make_environment
install_python_packages
install_project
install_node_packages
copy_browser_assets

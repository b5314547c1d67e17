#!/bin/sh
# Install what the Node client tests in a folder need, when they are not installed yet.
#
#   sh scripts/node_packages.sh FOLDER
#
# Without Node, or when the registry cannot be reached, this says so and goes on: the tests that
# need the packages then skip by name.
set -eu

[ -f "$1/package.json" ] || exit 0
if ! command -v npm >/dev/null 2>&1; then
    echo "storykeep: no npm here; the Node client tests will be skipped" >&2
    exit 0
fi
cd "$1"
wanted=$(cat package.json package-lock.json 2>/dev/null | cksum)
stamp=node_modules/.storykeep
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi
command=install
if [ -f package-lock.json ]; then
    command=ci
fi
echo "Installing the Node packages of $1 (first run only)" >&2
if npm "$command" --omit-lockfile-registry-resolved --no-audit --no-fund --no-update-notifier --loglevel=error >&2; then
    mkdir -p node_modules
    cat package.json package-lock.json 2>/dev/null | cksum >"$stamp"
else
    echo "storykeep: npm $command failed; the Node client tests will be skipped" >&2
fi

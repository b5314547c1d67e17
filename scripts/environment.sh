#!/bin/sh
# Bring .venv up to one of the locked environments, or do nothing when it is there.
#
#   sh scripts/environment.sh server|dev|clients|bench|docs|tools|programs
#
# .venv holds all environments asked for so far, so that `make serve` after `make test` takes
# nothing away. They fit together, for scripts/lock.py resolves them as one. What is installed is
# known by the content of the locks, not by dates. uv lives apart, in .tools, and so do the
# programs of others that tests run, in .programs.
set -eu
cd "$(dirname "$0")/.."

wanted=$1
python=${PYTHON:-python3}
state=.venv/.storykeep

fail() {
    echo "storykeep: $1" >&2
    exit 1
}

# Tells when what was installed no longer fits: another content, another folder, another Python.
key() {
    { pwd; echo "$python"; cat "$@"; } | cksum
}

holds() { # holds STATE-FILE KEY
    [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

base_python() {
    PATH=${PATH#"$PWD/.venv/bin:"} # an activated .venv cannot make itself
    command -v "$python" >/dev/null 2>&1 || fail "$python not found; Python 3.11 or newer is needed"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed, and $python is older (choose with PYTHON=...)"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "this Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv"
}

tools() {
    tools_key=$(key requirements/tools.txt)
    if holds .tools/.storykeep "$tools_key" && [ -x .tools/bin/uv ]; then
        return
    fi
    base_python
    echo "Installing uv into .tools (first run only)" >&2
    rm -rf .tools
    "$python" -m venv .tools
    (
        unset PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV PIP_CONSTRAINT
        PIP_DISABLE_PIP_VERSION_CHECK=1 .tools/bin/python -m pip install --quiet \
            --require-hashes --requirement requirements/tools.txt
    ) || fail "could not install uv"
    echo "$tools_key" >.tools/.storykeep
}

# uv does not read pip's settings: a mirror or a certificate set for pip is passed on. Settings of
# uv that aim it at another environment are not.
uv() {
    (
        unset UV_PYTHON UV_SYSTEM_PYTHON UV_TARGET UV_PREFIX UV_CONSTRAINT UV_OVERRIDE \
            UV_REQUIRE_HASHES UV_NO_BUILD UV_NO_BUILD_ISOLATION UV_EXCLUDE_NEWER UV_WORKING_DIR
        index=${PIP_INDEX_URL:-$(.tools/bin/python -m pip config get global.index-url 2>/dev/null || :)}
        if [ -n "$index" ] && [ -z "${UV_INDEX_URL:-}${UV_DEFAULT_INDEX:-}" ]; then
            export UV_DEFAULT_INDEX="$index"
        fi
        certificates=${PIP_CERT:-${REQUESTS_CA_BUNDLE:-}}
        if [ -n "$certificates" ] && [ -z "${SSL_CERT_FILE:-}" ]; then
            export SSL_CERT_FILE="$certificates"
        fi
        exec .tools/bin/uv --quiet --no-progress "$@"
    )
}

programs() {
    programs_key=$(key requirements/programs.txt)
    if holds .programs/.storykeep "$programs_key" && [ -x .programs/bin/python ]; then
        return
    fi
    tools
    base_python
    echo "Installing the programs that tests run into .programs (first run only)" >&2
    rm -rf .programs
    "$python" -m venv --without-pip .programs
    uv pip sync --python .programs/bin/python --require-hashes requirements/programs.txt ||
        fail "could not install the programs that tests run"
    echo "$programs_key" >.programs/.storykeep
}

case $wanted in
    tools | programs)
        "$wanted"
        exit
        ;;
    server | dev | clients | bench | docs) ;;
    *) fail "no environment is called $wanted" ;;
esac

case $wanted in # the larger hold the smaller
    dev) held="server dev" ;;
    clients) held="server dev clients" ;;
    *) held=$wanted ;;
esac
installed=$(cat "$state/names" 2>/dev/null || :)
names=
for name in server dev clients bench docs; do
    case " $installed $held " in
        *" $name "*) names="$names $name" ;;
    esac
done
locks=
for name in $names; do
    locks="$locks requirements/$name.txt"
done

# shellcheck disable=SC2086  # the names of the locks are words
locks_key=$(key $locks)
base_key=$(key /dev/null)
# Of pyproject.toml, only what stands above the environments is the package.
package_key=$(sed '/^\[dependency-groups\]/q' pyproject.toml | key)
if holds "$state/base" "$base_key" && holds "$state/locks" "$locks_key" &&
    holds "$state/package" "$package_key" && [ -x .venv/bin/python ]; then
    exit
fi

tools
case " $installed " in
    *" $wanted "*) echo "Updating .venv" >&2 ;;
    *) echo "Installing the $wanted environment into .venv (first run only)" >&2 ;;
esac
if ! holds "$state/base" "$base_key" || ! .venv/bin/python -c '' 2>/dev/null; then
    base_python
    rm -rf .venv
    "$python" -m venv --without-pip .venv
    mkdir -p "$state"
    echo "$base_key" >"$state/base"
fi
if ! holds "$state/locks" "$locks_key"; then
    rm -f "$state/locks" "$state/package" # so that an interrupted run is not taken for done
    # shellcheck disable=SC2086
    uv pip sync --python .venv/bin/python --require-hashes $locks ||
        fail "could not install the $wanted environment"
    echo "$names" >"$state/names"
    echo "$locks_key" >"$state/locks"
fi
uv pip install --python .venv/bin/python --no-deps --editable . ||
    fail "could not install storykeep itself"
echo "$package_key" >"$state/package"

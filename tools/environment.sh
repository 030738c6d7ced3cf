#!/bin/sh
# Make the environment $1 with the Python $2 (found when empty), unless it stands already and still runs.
set -eu

here=$(dirname "$0")
environment=$1

if "$environment/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

python=$("$here/python.sh" "${2:-}")
echo "making $environment with $python ($("$python" -V 2>&1))"
rm -rf "$environment"
if ! "$python" -m venv "$environment" 2>/dev/null; then
    # Debian ships Python without ensurepip; its pip can still fill an environment that has none.
    rm -rf "$environment"
    {
        "$python" -m venv --without-pip "$environment" &&
            "$python" -m pip --python "$environment/bin/python" install --quiet --require-hashes --no-deps \
                -r requirements-pip.lock
    } || {
        rm -rf "$environment"
        echo "$python cannot make an environment: it lacks the modules venv or pip." >&2
        echo "Debian, Ubuntu: apt-get install python3-venv python3-pip; or name another: make run PYTHON=python3.12" >&2
        exit 1
    }
fi

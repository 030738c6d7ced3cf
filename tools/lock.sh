#!/bin/sh
# Resolve the lock files anew, for every Python and platform at once, with the environment's Python, $1.
# No index address is written into them: where packages come from is the business of whoever installs.
set -eu

python=$1
"$python" -m pip install --quiet uv

compile() {
    lock=$1
    shift
    "$python" -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file "$lock" "$@"
}

compile requirements.lock --group build pyproject.toml
compile requirements-dev.lock --group build --group dev --constraint requirements.lock pyproject.toml
echo "durable-rules==2.0.28" | compile requirements-durable.lock -
echo "pip" | compile requirements-pip.lock -
git --no-pager diff --stat -- 'requirements*.lock'

#!/bin/sh
# Install the peers of the bench into the environment $1. What needs a compiler or Node is left out, with a word, where there
# is none; Drools is installed in any case and finds out by itself whether there is a Java.
set -eu

environment=$1

"$environment/bin/python" -m pip --disable-pip-version-check --no-input install --quiet -r requirements-bench.txt
tools/durable.sh "$environment/bin/python" || true
if command -v npm >/dev/null 2>&1; then
    npm install --silent --no-fund --no-audit --prefix "$environment/node" json-rules-engine@7.3.1 ||
        echo "npm could not install json-rules-engine: it is left out" >&2
else
    echo "there is no npm: json-rules-engine is left out" >&2
fi

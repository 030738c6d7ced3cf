#!/bin/sh
# Install durable-rules, the second matcher, into the environment of the Python $1, and see that it loads.
# It comes as C sources, for Python up to 3.12. With "required" as $2 a machine that cannot compile it is an error;
# otherwise it is left out, which is said.
set -u

python=$1
required=${2:-}

if ! "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then
    echo "durable-rules does not run on Python 3.13 or newer: that matcher is left out, the native one needs nothing"
    exit 0
fi

log=$(dirname "$(dirname "$python")")/durable.log
if "$python" -m pip --disable-pip-version-check --no-input install --require-hashes --no-deps --no-build-isolation \
    -r requirements-durable.lock >"$log" 2>&1 && "$python" -c 'import durable_rules_engine' >>"$log" 2>&1; then
    exit 0
fi

if [ "$required" = required ]; then
    tail -n 15 "$log"
    echo "durable-rules did not compile; the tests check the matcher against it. It needs a C compiler and Python's"
    echo "headers (Debian, Ubuntu: apt-get install gcc python3-dev)."
else
    echo "durable-rules did not compile (see $log): that matcher is left out, the native one needs nothing"
fi >&2
exit 1

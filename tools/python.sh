#!/bin/sh
# Print the Python to make the environment with: the one given, or the first that is new enough.
# Says what was found and what is needed where there is none; installs nothing.
set -u

wanted=${1:-}
asks='import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)'
tells='import sys; print("%d.%d.%d" % sys.version_info[:3])'

for candidate in ${wanted:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
    if "$candidate" -c "$asks" >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done

{
    echo "Lineside needs Python 3.11 or newer, and found none."
    for candidate in ${wanted:-python3 python}; do
        if version=$("$candidate" -c "$tells" 2>/dev/null); then
            echo "  $candidate is $(command -v "$candidate"), version $version: too old"
        else
            echo "  $candidate: no such command, or it does not run"
        fi
    done
    echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.12),"
    echo "or name the one to use: make run PYTHON=python3.12"
} >&2
exit 1

"""One engine in a process of its own, so that a peer that hangs or crashes ends only itself.

Reads one JSON object per line ({"number", "first"}) and answers one ({"seconds", "digest", "answers"}).
Run as `python -m bench.worker ENGINE RULES`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from time import perf_counter

from bench.engines import ENGINES, Answers
from bench.job import facts


def digest(answers: Answers) -> str:
    """Return a digest of *answers*, whatever their order."""
    return hashlib.sha256("\n".join(f"{fact} {rule}" for fact, rule in sorted(answers)).encode()).hexdigest()


def expected(rules: int, number: int, first: int) -> str:
    """Return the digest of what the job says must be answered."""
    return digest([(name, rule) for name, rule, _ in facts(rules, number, first)])


def main() -> None:
    """Serve the engine and number of rules named on the command line until the input ends."""
    name, rules = sys.argv[1], int(sys.argv[2])
    begin = perf_counter()
    measure = ENGINES[name](rules)
    print(json.dumps({"made_in": perf_counter() - begin}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        measured = measure(asked["number"], asked["first"])
        answer = {
            "seconds": measured.seconds,
            "digest": digest(measured.answers),
            "answers": len(measured.answers),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

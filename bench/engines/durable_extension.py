"""The C module of durable-rules alone, without its Python: text in, text out, nothing decided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import perf_counter

import durable_rules_engine as extension
import msgspec

from bench.engines.durable import NAME, VERSION, single_fact_rules
from bench.given import Engine, Given, Measured

__all__ = ["JOBS", "VERSION"]


def rules(number: int) -> Engine:
    """Return an engine with single-fact rules, whose answers are read after the clock has stopped."""
    handle = extension.create_ruleset(NAME, json.dumps(single_fact_rules(number)))

    def take(given: Sequence[Given]) -> Measured:
        events = [{"id": one.id, **one.data} for one in given]
        encode = msgspec.json.encode
        assert_event, start, complete = (
            extension.assert_event,
            extension.start_action_for_state,
            extension.complete_and_start_action,
        )
        texts: list[str] = []
        begin = perf_counter()
        for event in events:
            _, state = assert_event(handle, encode(event).decode())
            text = start(handle, state)[1]
            while text:
                texts.append(text)
                text = complete(handle, state)
        seconds = perf_counter() - begin
        matches = [match for text in texts for match in json.loads(text).items()]
        return Measured(seconds, [(match["m"]["id"], rule) for rule, match in matches])

    return take


JOBS = {"rules": rules}

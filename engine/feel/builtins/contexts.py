"""Context built-ins (DMN 1.5, 10.3.4.10): reading and making contexts whose entries are known by name at run time."""

from __future__ import annotations

from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.values import MAX_LIST, Exhausted


@builtin("get value", "m: context, key: string|list")
def get_value(m: dict[str, Any], key: Any) -> Any:
    """Return the entry of a name, or of a path of names."""
    found: Any = m
    for name in key if isinstance(key, list) else [key]:
        if not isinstance(found, dict) or not isinstance(name, str):
            return None
        found = found.get(name)
    return None if key == [] else found


@builtin("get entries", "m: context -> list")
def get_entries(m: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a context of key and value for each entry."""
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context", "entries: list -> context")
def context(entries: list[Any]) -> dict[str, Any] | None:
    """Return the context of entries that have a key and a value; null where a key repeats."""
    found: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry:
            return None
        key = entry.get("key")
        if not isinstance(key, str) or key in found:
            return None
        found[key] = entry["value"]
    return found


@builtin("context put", "context: context, keys: list, value: any -> context")
def context_put_at(context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any] | None:
    """Return the context with the entry at a path of names set; a name alone is a path of one."""
    if not keys or not all(isinstance(key, str) for key in keys):
        return None
    if len(keys) > 100:
        raise Exhausted
    first, *rest = keys
    if not rest:
        return {**context, first: value}
    inner = context.get(first)
    if not isinstance(inner, dict):
        return None
    made = context_put_at(inner, rest, value)
    return None if made is None else {**context, first: made}


@builtin("context put", "context: context, key: string, value: any -> context")
def context_put(context: dict[str, Any], key: str, value: Any) -> dict[str, Any] | None:
    """Return the context with the entry of a name set."""
    return context_put_at(context, [key], value)


@builtin("context merge", "contexts: list -> context")
def context_merge(contexts: list[Any]) -> dict[str, Any] | None:
    """Return the entries of all contexts; a later one wins."""
    if not all(isinstance(one, dict) for one in contexts):
        return None
    if sum(map(len, contexts)) > MAX_LIST:
        raise Exhausted
    return {name: value for one in contexts for name, value in one.items()}

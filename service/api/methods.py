"""The methods of routes that only read: a path and its options in, what decorates the function that answers out.

HEAD is answered as GET is, status and headers and all; the server sends no body after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import HttpMethod, route
from litestar.handlers import HTTPRouteHandler


def get(
    path: str | list[str], *, sync_to_thread: bool | None = None
) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """Return the decorator of a function that answers GET and HEAD at *path*, in a thread if it is to be."""
    return route(path, http_method=[HttpMethod.GET, HttpMethod.HEAD], sync_to_thread=sync_to_thread)

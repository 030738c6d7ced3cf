"""HTTP: requests in, JSON and RFC 9457 problems out. Decides and stores nothing itself."""

from service.api.parts import Parts
from service.api.problems import EXCEPTION_HANDLERS
from service.api.routes import ROUTES

__all__ = ["EXCEPTION_HANDLERS", "ROUTES", "Parts"]

"""Calendars documents in, calendars out: each read for itself first, then settled upon the one it extends."""

from engine.parser.calendars.settling import read_calendars

__all__ = ["read_calendars"]

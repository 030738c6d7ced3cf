"""Lineside's service: admits facts, stores them, delivers what was decided, and shows it."""

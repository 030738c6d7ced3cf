"""Lineside's engine: text and facts in, decisions out. No I/O, no clock, no randomness, no threads."""

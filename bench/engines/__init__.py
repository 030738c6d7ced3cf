"""The engines, each behind one function for each job it can do: a size in, and what takes a stretch of facts out.

A module here imports its package at the top, so that a process of its own fails at once where there is none; it names its
VERSION, and its JOBS. How a peer is used is how its documentation uses it.
"""

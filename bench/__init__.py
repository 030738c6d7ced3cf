"""Facts per second of the engine beside durable-rules, on one job, in one run.

`make bench` runs it and writes docs/benchmarks.md. Nothing of the product imports it.
"""

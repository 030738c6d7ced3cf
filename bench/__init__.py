"""What the engine costs beside its peers: the same jobs for all of them, in one run, their answers compared.

`make bench` runs it and writes docs/benchmarks.md. Nothing of the product imports it.
"""

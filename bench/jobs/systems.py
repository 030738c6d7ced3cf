"""The systems of every job's flows, as Lineside's rule documents name them."""

from __future__ import annotations

SYSTEMS = """\
systems:
  erp: {title: Resource planning, sources: [erp]}
  mes: {title: Execution, sources: [mes]}
  person: {title: A person, sources: [person]}
  lineside: {title: Lineside itself, sources: [lineside]}
"""
"""What follows the flows in `flows.yaml`."""

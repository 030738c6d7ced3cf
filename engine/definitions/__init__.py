"""Named logic that rules and DMN models share: decisions, functions and services over typed inputs (DMN 1.5, clause 6)."""

"""Decision tables (DMN 1.5, clause 8): rows of tests over inputs, and what each row says."""

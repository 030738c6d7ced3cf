"""The jobs: facts, and the answers to them, worked out without any engine; their rules as Lineside's documents."""

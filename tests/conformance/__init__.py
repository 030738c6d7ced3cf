"""The official conformance suite of DMN: its cases read, run through the engine, and reported."""

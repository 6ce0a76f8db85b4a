"""The paper's experiments as one set of runs: planned, trained, and gathered for the report."""

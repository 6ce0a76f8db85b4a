"""The paper's tables and figures with our values beside its own."""

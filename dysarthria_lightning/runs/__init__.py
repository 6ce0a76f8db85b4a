"""Runs on disk: where each lies, what it records, whether it is intact."""

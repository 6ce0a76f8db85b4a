"""The version, which runs are marked with."""

__version__ = "0.1.0"

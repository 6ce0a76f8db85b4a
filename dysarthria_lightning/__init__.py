"""Experiments that tell dysarthric from healthy speech, with speakers as the unit of evidence."""

__version__ = "0.1.0"

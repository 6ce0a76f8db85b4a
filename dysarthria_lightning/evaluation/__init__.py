"""Judging predictions: aggregation to speakers, metrics and their uncertainty. Never torch."""

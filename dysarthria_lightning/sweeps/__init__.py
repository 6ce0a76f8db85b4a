"""Sweeps of runs, for ``train -m`` and ``reproduce`` alike: planned, launched, watched."""

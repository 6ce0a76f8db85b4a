"""Models that score recordings. One file each, put together from ``parts``; they know no corpus.

A file here that defines a section with ``architecture: Literal["name"]`` is a model: a
``conf/model/*.yaml`` with its keys chooses it.
"""

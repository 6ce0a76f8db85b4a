"""Corpus layouts: a folder or table on disk becomes a manifest. One file each.

A file here that defines a section with ``layout: Literal["name"]`` is a corpus: with a
``conf/data/name.yaml`` of its keys it is chosen by ``data=name``.
"""

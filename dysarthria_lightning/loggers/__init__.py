"""Where a training is logged. One file each, around a logger of Lightning's.

A file here that defines a section with ``name: Literal["name"]`` is a logger, which
``conf/logger/NAME.yaml`` chooses. Its package is imported when a run is trained with it.
"""

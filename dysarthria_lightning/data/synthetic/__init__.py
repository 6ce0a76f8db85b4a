"""The embedded corpus: synthetic Mandarin syllables of the shape of the paper's corpus.

Synthetic: it shows that the pipeline works, and is no clinical evidence.

``generate_corpus`` writes a corpus to disk; ``recordings.synthesise_speaker`` makes the recordings
of one speaker in memory. Importing this package loads neither NumPy nor SciPy.

That the works named in this package exist, and say what is ascribed to them, was checked against
their abstracts; figures from their tables (formants, bandwidths, voice onset times) are as commonly
quoted, and should be checked before anything but the working of the pipeline is argued from them.
"""

from dysarthria_lightning.data.synthetic.generate import DISCLAIMER, generate_corpus
from dysarthria_lightning.data.synthetic.parameters import GENERATOR_VERSION, SyntheticParameters

__all__ = ["DISCLAIMER", "GENERATOR_VERSION", "SyntheticParameters", "generate_corpus"]

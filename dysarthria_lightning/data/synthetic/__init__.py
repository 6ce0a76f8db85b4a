"""The embedded corpus: synthetic Mandarin syllables of the shape of the paper's corpus.

Synthetic: it shows that the pipeline works, and is no clinical evidence.

``generate_corpus`` writes a corpus to disk; ``recordings.synthesise_speaker`` makes the recordings
of one speaker in memory. Importing this package loads neither NumPy nor SciPy.

Figures in this package are rounded from the works named beside them as these are commonly quoted;
they were not checked against each work's full text, and should be before anything but the working
of the pipeline is argued from them.
"""

from dysarthria_lightning.data.synthetic.generate import DISCLAIMER, generate_corpus
from dysarthria_lightning.data.synthetic.parameters import GENERATOR_VERSION, SyntheticParameters

__all__ = ["DISCLAIMER", "GENERATOR_VERSION", "SyntheticParameters", "generate_corpus"]

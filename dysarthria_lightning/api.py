"""The Python interface: what one imports to work with manifests, runs and predictions.

Everything here can be imported from ``dysarthria_lightning`` itself:

- :func:`read_manifest` reads a table of recordings and checks it;
- :func:`load_run` loads a finished run: settings, predictions, history;
- :class:`Scorer` scores recordings with finished runs;
- :func:`speaker_scores` scores speakers from predictions about their recordings;
- :func:`judge_predictions` gives values with intervals from any table of predictions.
"""

from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.evaluation.judging import judge_predictions, speaker_scores
from dysarthria_lightning.runs.loading import Run, load_run
from dysarthria_lightning.scoring.scorer import Scorer

__all__ = ["Run", "Scorer", "judge_predictions", "load_run", "read_manifest", "speaker_scores"]

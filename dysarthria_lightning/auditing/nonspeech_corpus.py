"""A5, with a network: the non-speech as a corpus of its own, which any model can be trained on."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.auditing.cue_audits import Speakers, common_frames, spans_of
from dysarthria_lightning.auditing.finding import Finding, Light
from dysarthria_lightning.auditing.lights import EXPLAINS, share_explained
from dysarthria_lightning.auditing.measurements import Measurements
from dysarthria_lightning.auditing.nonspeech import LEAST_OF_SPEAKER
from dysarthria_lightning.data.manifest_schema import OPTIONAL_COLUMNS

_KEY, _NAME = "nonspeech_network", "Non-speech, LSTM-1"


def write_nonspeech_corpus(
    folder: Path, speakers: Speakers, recordings: pd.DataFrame, measured: Measurements
) -> Path:
    """Write the frames in which nobody speaks as matrices, one for each speaker who has enough.

    All are equally long, so that their length tells nothing.

    Args:
        folder: Where to; what is there is overwritten.
        speakers: Of the corpus.
        recordings: The feature store's, for what is known of the speakers.
        measured: Of the corpus's audio.

    Returns:
        The table of the matrices.
    """
    folder.mkdir(parents=True, exist_ok=True)
    length = common_frames(speakers, measured)
    known = recordings.drop_duplicates("speaker_id").set_index("speaker_id")
    rows: list[dict[str, Any]] = []
    for speaker, label, spans in zip(
        speakers.ids, speakers.labels.tolist(), spans_of(speakers, measured), strict=True
    ):
        parts = [measured.nonspeech[start:stop] for start, stop in spans]
        frames = np.concatenate([*parts, measured.nonspeech[:0]])[:length]
        if len(frames) < LEAST_OF_SPEAKER:
            continue
        # Ids may hold what no file may be called.
        path = folder / f"{len(rows):05d}.npy"
        np.save(path, np.asarray(frames, dtype=np.float32))
        rows.append(
            {
                "path": path.name,
                "speaker_id": speaker,
                "label": label,
                **{name: known.loc[speaker, name] for name in OPTIONAL_COLUMNS[:2]},
            }
        )
    table = folder / "nonspeech.csv"
    pd.DataFrame(rows).to_csv(table, index=False)
    return table


def network_finding(
    auroc: float, chance: tuple[float, float], model_auroc: float | None
) -> Finding:
    """Say how a network does that hears the non-speech alone.

    Args:
        auroc: Of its speakers.
        chance: The range of 95 % of it under permuted labels of its scores.
        model_auroc: The AUROC of the model that is audited; None without one.
    """
    _, high = chance
    text = f"LSTM-1 that hears the non-speech alone reaches {100 * auroc:.1f} %"
    if not auroc > high:
        text += f", no more than chance (up to {100 * high:.1f} %)"
        return Finding(_KEY, _NAME, Light.GREEN, f"{text}.", auroc, None, high)
    light = Light.RED if share_explained(auroc, model_auroc) >= EXPLAINS else Light.AMBER
    return Finding(_KEY, _NAME, light, f"{text}, above chance.", auroc, None, high)

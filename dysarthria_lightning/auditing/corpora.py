"""Whether a network that knows the corpus knows the label, where there are several corpora."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.auditing.cue_audits import CueAudit, Speakers
from dysarthria_lightning.auditing.finding import Finding, Light
from dysarthria_lightning.auditing.lights import ALPHA
from dysarthria_lightning.auditing.permutations import count_folds, draw_labelings
from dysarthria_lightning.auditing.regression import Floats, Integers, cross_validated_aurocs
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.data.several_corpora import corpora_of

#: Audits whose cues say how and where was recorded.
_HOW_RECORDED = ("metadata", "level")


def several_corpora_findings(
    recordings: pd.DataFrame,
    speakers: Speakers,
    audits: Sequence[CueAudit],
    rng: np.random.Generator,
    permutations: int,
    partitions: int,
) -> list[Finding]:
    """Say whether classes and corpora go together, and how well cues tell corpora apart.

    Args:
        recordings: The feature store's.
        speakers: Of the corpora.
        audits: Cues of files, level and channel, if they could be measured.
        rng: Deals corpora and partitions.
        permutations: How often corpora are dealt anew among speakers.
        partitions: Of speakers into folds.

    Returns:
        Two findings; none where there is one corpus.
    """
    corpora = corpora_of(recordings).loc[speakers.ids].to_numpy(str)
    if len(np.unique(corpora)) < 2:
        return []
    return [
        _together(corpora, speakers.labels, rng, permutations),
        _told_apart(corpora, speakers.labels, audits, rng, partitions),
    ]


def _together(
    corpora: NDArray[np.str_], labels: Integers, rng: np.random.Generator, permutations: int
) -> Finding:
    """Test whether a corpus's speakers are of one class more than another's."""
    names, numbers = np.unique(corpora, return_inverse=True)
    dealt = np.tile(numbers, (1 + permutations, 1))
    dealt[1:] = rng.permuted(dealt[1:], axis=1)
    aurocs = _aurocs_of_corpora(dealt, labels, len(names))
    p = float(np.mean(aurocs >= aurocs[0] - 1e-12))
    shares = ", ".join(
        f"{name} {labels[corpora == name].sum()} of {(corpora == name).sum()}" for name in names
    )
    known = f"dysarthric speakers: {shares}"
    numbers_of = {
        "auroc": float(aurocs[0]),
        "chance": float(aurocs[1:].mean()),
        "chance_high": float(np.quantile(aurocs[1:], 0.95)),
        "p": p,
    }
    if p >= ALPHA:
        text = f"The classes do not differ between corpora by more than chance ({known})."
        return Finding("corpora", "Classes and corpora", Light.GREEN, text, **numbers_of)
    text = (
        f"Classes and corpora go together ({known}): whoever knows the corpus, and hears nothing "
        f"else, tells the classes apart with an AUROC of {100 * aurocs[0]:.0f} %. Balance the "
        "corpora, or judge across them (protocol=across_corpora)."
    )
    return Finding("corpora", "Classes and corpora", Light.AMBER, text, **numbers_of)


def _aurocs_of_corpora(dealt: Integers, labels: Integers, n_corpora: int) -> Floats:
    """Return the AUROC of the share of dysarthric speakers in each speaker's corpus.

    Args:
        dealt: (n_dealt, n_speakers) numbers of corpora.
        labels: (n_speakers,) 0 or 1.
        n_corpora: How many there are.

    Returns:
        (n_dealt,).
    """
    is_of = dealt[:, None] == np.arange(n_corpora)[:, None]
    dysarthric, healthy = ((is_of * (labels == it)).sum(axis=2) for it in (DYSARTHRIC, HEALTHY))
    shares = dysarthric / (dysarthric + healthy)
    one, other = shares[:, :, None], shares[:, None]
    above = (one > other) + 0.5 * (one == other)
    n_above = np.einsum("di,dij,dj->d", dysarthric, above, healthy)
    return np.asarray(n_above / ((labels == DYSARTHRIC).sum() * (labels == HEALTHY).sum()))


def _told_apart(
    corpora: NDArray[np.str_],
    labels: Integers,
    audits: Sequence[CueAudit],
    rng: np.random.Generator,
    partitions: int,
) -> Finding:
    """Say how well cues tell corpora apart, within the classes and of all speakers."""
    key, name = "corpora_by_cues", "Corpora by cues"
    known = [it for it in audits if it.key in _HOW_RECORDED and not it.why_not and it.chosen.all()]
    if not known:
        return Finding(key, name, Light.GREY, "Not computed: no cue of recording is known.")
    rows = np.concatenate([audit.found.rows for audit in known], axis=1)
    everybody = np.ones(len(labels), dtype=bool)
    groups = {
        "healthy speakers": labels == HEALTHY,
        "patients": labels == DYSARTHRIC,
        "all speakers": everybody,
    }
    aurocs = {it: _mean_auroc(rows, corpora, who, rng, partitions) for it, who in groups.items()}
    computed = {it: auroc for it, auroc in aurocs.items() if np.isfinite(auroc)}
    if not computed:
        return Finding(key, name, Light.GREY, "Not computed: a corpus has one speaker of a class.")
    said = ", ".join(f"{100 * auroc:.0f} % among {it}" for it, auroc in computed.items())
    text = (
        f"How files were made, level and channel tell a speaker's corpus with an AUROC of {said}. "
        "Where that is high, a network can know the corpus without any speech."
    )
    within = [auroc for it, auroc in computed.items() if it != "all speakers"]
    return Finding(key, name, Light.NOTE, text, float(np.mean(within or [*computed.values()])))


def _mean_auroc(
    rows: Floats,
    corpora: NDArray[np.str_],
    chosen: NDArray[np.bool_],
    rng: np.random.Generator,
    partitions: int,
) -> float:
    """Tell each corpus from the others among some speakers; NaN where too few are of any."""
    values = []
    for name in np.unique(corpora):
        is_of_it = (corpora[chosen] == name).astype(np.int64)
        if count_folds(is_of_it) < 2:
            continue
        dealt = draw_labelings(is_of_it, rng, permutations=0, partitions=partitions)
        values.append(cross_validated_aurocs(rows[chosen], dealt.labels, dealt.folds)[0])
    return float(np.nanmean(values)) if values else float("nan")

"""Which light a test sets."""

import math
import re

from dysarthria_lightning.auditing.condition import Correlation
from dysarthria_lightning.auditing.cue_audits import CueAudit
from dysarthria_lightning.auditing.cues import strongest
from dysarthria_lightning.auditing.finding import Finding, Light
from dysarthria_lightning.auditing.permutations import Significance
from dysarthria_lightning.auditing.regression import Integers
from dysarthria_lightning.evaluation.intervals import Estimate

#: Below it a test says that there is more than chance.
ALPHA = 0.05
#: Cues that reach so much of what the model does explain the result.
EXPLAINS = 0.5
#: Fewer speakers of a class leave too much open.
FEW_SPEAKERS = 20

# A model that is hardly above chance has nothing that cues could explain a share of.
_LEAST_ABOVE_CHANCE = 0.05

#: By a pattern of the corpus's name in lower case: which one it is.
KNOWN_CORPORA = {
    r"ua[-_ ]?speech": "UA-Speech",
    r"torgo": "TORGO",
    r"(?<![a-z])pitt(?![a-z])": "Pitt",
}
_KNOWN_FROM = {
    "UA-Speech": "most classifiers do as well on its non-speech as on its speech (Schu, Janbakhshi "
    "& Kodrasi, 2023)",
    "TORGO": "most classifiers do as well on its non-speech as on its speech (Schu, Janbakhshi & "
    "Kodrasi, 2023)",
    "Pitt": "silence alone tells its classes apart (Liu et al., 2024, arXiv 2406.07410)",
}


def cue_finding(
    audit: CueAudit, tested: Significance | None, labels: Integers, model_auroc: float | None
) -> Finding:
    """Say what the test of cues has found.

    Args:
        audit: The cues.
        tested: What the test came to; None where it could not be done.
        labels: (n_speakers,) 0 or 1.
        model_auroc: The AUROC of the model that is audited; None without a model: then only cues
            that would explain half of a perfect one can be red.
    """
    if tested is None:
        return Finding(audit.key, audit.name, Light.GREY, f"Not computed: {audit.why_not}.")
    numbers = {
        "auroc": tested.value,
        "chance": tested.chance,
        "chance_high": tested.chance_high,
        "p": tested.p,
        "p_familywise": tested.p_familywise,
    }
    if tested.p_familywise >= ALPHA:
        text = "These cues tell the classes apart no better than chance would."
        if tested.p < ALPHA:
            text = (
                "Taken alone these cues would tell the classes apart better than chance, as one of "
                "several audits easily does."
            )
        return Finding(audit.key, audit.name, Light.GREEN, text, **numbers)
    share = share_explained(tested.value, model_auroc)
    parts = ["These cues alone tell the classes apart"]
    if model_auroc is not None:
        parts.append(f", and reach {100 * min(share, 1):.0f} % of what the model adds to chance")
    best = strongest(audit.found, labels[audit.chosen]) if audit.is_named else ""
    named = f" Strongest: {best}." if best else ""
    light = Light.RED if audit.decides and share >= EXPLAINS else Light.AMBER
    return Finding(audit.key, audit.name, light, f"{''.join(parts)}.{named}", **numbers)


def share_explained(cue: float, model_auroc: float | None) -> float:
    """Return how much of what a model adds to chance cues alone reach.

    Chance is one half for both. It is not the mean under labels that were permuted within strata
    of age and sex: where patients are older that is higher, and cues would seem to explain less.

    Args:
        cue: Their AUROC.
        model_auroc: The model's AUROC; None without a model: then of what a perfect one adds.
    """
    above = 0.5 if model_auroc is None else max(model_auroc - 0.5, _LEAST_ABOVE_CHANCE)
    return (cue - 0.5) / above


def matched_finding(estimate: Estimate, n_speakers: int) -> Finding:
    """Say how a model does among speakers of the same sex and about the same age.

    Args:
        estimate: Its AUROC with interval.
        n_speakers: How many speakers are in any pair.
    """
    key, name = "matched", "Model, matched speakers"
    if not math.isfinite(estimate.low):
        reason = f"too few pairs of one sex and an age within 5 years ({n_speakers} speakers)"
        auroc = estimate.value if math.isfinite(estimate.value) else None
        return Finding(key, name, Light.GREY, f"Not judged: {reason}.", auroc)
    interval = f"95 % interval {100 * estimate.low:.1f} to {100 * estimate.high:.1f}"
    text = (
        f"Among speakers of the same sex and within 5 years of age the model reaches "
        f"{100 * estimate.value:.1f} % ({interval}; {n_speakers} speakers)"
    )
    if estimate.low <= 0.5:
        text += ", which may be chance"
        return Finding(key, name, Light.AMBER, f"{text}.", estimate.value)
    return Finding(key, name, Light.GREEN, f"{text}.", estimate.value)


def unmatched_finding() -> Finding:
    """Say that speakers cannot be matched."""
    text = "Not judged: the table has no ages or genders."
    return Finding("matched", "Model, matched speakers", Light.GREY, text)


def condition_finding(found: Correlation | None) -> Finding:
    """Say whether a model's scores follow the conditions of recording inside the classes."""
    key, name = "condition", "Conditions within a class"
    if found is None:
        return Finding(key, name, Light.GREY, "Not computed: no condition is known.")
    tested = found.significance
    numbers = {"p": tested.p, "p_familywise": tested.p_familywise}
    if tested.p_familywise < ALPHA:
        text = f"The model's scores follow {found.text}."
        return Finding(key, name, Light.AMBER, text, **numbers)
    text = f"The model's scores follow none of them; the closest is {found.text}."
    return Finding(key, name, Light.GREEN, text, **numbers)


def corpus_findings(corpus: str, labels: Integers) -> list[Finding]:
    """Say what is known of a corpus whatever is measured: its size, and what others have found.

    Args:
        corpus: Its name.
        labels: (n_speakers,) 0 or 1.
    """
    findings = []
    smallest = min(int((labels == label).sum()) for label in (0, 1))
    if smallest < FEW_SPEAKERS:
        text = f"{smallest} speakers of a class are few: fewer than {FEW_SPEAKERS}."
        findings.append(Finding("size", "Size", Light.AMBER, text))
    known = next(
        (name for part, name in KNOWN_CORPORA.items() if re.search(part, corpus.lower())), None
    )
    if known:
        text = f"{known} is known for it: {_KNOWN_FROM[known]}."
        findings.append(Finding("known", "Known corpus", Light.AMBER, text))
    return findings

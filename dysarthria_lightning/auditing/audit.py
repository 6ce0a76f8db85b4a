"""Audits a corpus, and a model that was trained on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dysarthria_lightning.auditing.changes import CHANGES
from dysarthria_lightning.auditing.condition import largest_correlation
from dysarthria_lightning.auditing.cue_audits import (
    CueAudit,
    Speakers,
    cue_audits,
    enough_speakers,
    level_audit,
    nonspeech_audit,
)
from dysarthria_lightning.auditing.demographics import (
    demographics_of,
    matched_auroc,
    strata_of,
)
from dysarthria_lightning.auditing.finding import Finding
from dysarthria_lightning.auditing.lights import (
    condition_finding,
    corpus_findings,
    cue_finding,
    matched_finding,
)
from dysarthria_lightning.auditing.measurements import Measurements, measure_corpus
from dysarthria_lightning.auditing.permutations import (
    Labelings,
    compare_with_chance,
    draw_labelings,
)
from dysarthria_lightning.auditing.power import POWER, TRIALS, Null, share_noticed
from dysarthria_lightning.auditing.regression import Floats
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.evaluation.bootstrap import Sample, make_sample
from dysarthria_lightning.evaluation.levels import (
    RECORDING,
    SOFT_MAJORITY,
    Level,
    score_levels,
    score_speakers,
)
from dysarthria_lightning.evaluation.metrics import primary_auroc
from dysarthria_lightning.evaluation.study import Cell, CrossValidation
from dysarthria_lightning.files.progress import progress_bar

# Labelings whose regressions are fitted between two steps of the progress bar.
_BLOCK = 50


@dataclass(frozen=True)
class Options:
    """How thoroughly to audit.

    Attributes:
        permutations: Of the speakers' labels.
        partitions: Of speakers into folds, for each labeling.
        power: Whether to find out which change would be noticed.
        seed: Deals labels, partitions and noise.
    """

    permutations: int = 499
    partitions: int = 5
    power: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Audited:
    """What an audit has found.

    Attributes:
        findings: Of every audit.
        model_auroc: Of the model, at the speaker level; None without a model.
        noticed: By a change of the patients' recordings in words the share of labelings in which
            it would have been noticed.
        smallest_auroc: The AUROC above which any audit of cues would have raised an alarm; None
            where none could be done.
    """

    findings: list[Finding]
    model_auroc: float | None = None
    noticed: dict[str, float] = field(default_factory=dict)
    smallest_auroc: float | None = None

    def with_findings(self, findings: Sequence[Finding]) -> "Audited":
        """Return the same with more findings."""
        return replace(self, findings=[*self.findings, *findings])


def audit(
    config: Config, store: FeatureStore, tests: Sequence[pd.DataFrame], options: Options
) -> Audited:
    """Audit a corpus, and a model if it has been judged on it.

    Args:
        config: The cross-validation.
        store: The corpus's features.
        tests: Of each of its finished repeats the test predictions of all folds; none without.
        options: How thoroughly.

    Raises:
        CorpusError: A class has one speaker.
    """
    speakers = Speakers.of(store.recordings)
    if not enough_speakers(speakers.labels):
        raise CorpusError("an audit needs at least 2 speakers of each class")
    measured = measure_corpus(config, store)
    rng = np.random.default_rng(options.seed)
    strata = strata_of(demographics_of(store.recordings))
    sizes = options.permutations, options.partitions
    labelings = draw_labelings(speakers.labels, rng, *sizes, strata)
    # What age and sex say would be left as it is by permuting within their strata.
    unstratified = draw_labelings(speakers.labels, rng, *sizes)
    audits = cue_audits(speakers, store.recordings, measured)
    statistics = _test(audits, labelings, unstratified)
    tested = dict(zip(statistics, compare_with_chance([*statistics.values()]), strict=True))
    sample = make_sample(_repeats(config, tests), rng) if tests else None
    model_auroc = speaker_auroc(config, tests) if tests else None
    findings = [cue_finding(it, tested.get(it.key), speakers.labels, model_auroc) for it in audits]
    if sample is not None:
        findings += _model_findings(sample, speakers, store, measured, rng, options)
    null = Null.of(statistics) if statistics else None
    noticed = {}
    if null is not None and measured is not None and options.power:
        noticed = _power(config, store, speakers, measured, unstratified, null, options)
    findings += corpus_findings(config.data.corpus, speakers.labels)
    return Audited(findings, model_auroc, noticed, None if null is None else null.smallest_found())


def _test(
    audits: Sequence[CueAudit], labelings: Labelings, unstratified: Labelings
) -> dict[str, Floats]:
    """Compute the statistics of the audits that can be computed, by their keys."""
    possible = [audit for audit in audits if not audit.why_not]
    statistics = {}
    n_labelings = len(labelings.labels)
    with progress_bar() as bar:
        task = bar.add_task("Permuting labels", total=n_labelings * len(possible))
        for it in possible:
            blocks = []
            for start in range(0, n_labelings, _BLOCK):
                part = slice(start, start + _BLOCK)
                dealt = unstratified if it.key == "demographics" else labelings
                block = Labelings(dealt.labels[part], dealt.folds[part])
                blocks.append(it.statistics(block))
                bar.advance(task, len(block.labels))
            statistics[it.key] = np.concatenate(blocks)
    return statistics


def _repeats(config: Config, tests: Sequence[pd.DataFrame]) -> list[CrossValidation]:
    nothing = pd.DataFrame()
    return [
        CrossValidation(Cell.of(config), number, test, validation=nothing, history=nothing)
        for number, test in enumerate(tests)
    ]


def speaker_auroc(config: Config, tests: Sequence[pd.DataFrame]) -> float:
    """Judge a model by its speakers (soft majority).

    Args:
        config: The cross-validation.
        tests: Of each repeat the test predictions of all folds.

    Returns:
        The AUROC of pairs within folds, or of pooled scores where no fold has any; the mean over
        repeats.
    """
    return _auroc(config, tests, SOFT_MAJORITY)


def recording_auroc(config: Config, tests: Sequence[pd.DataFrame]) -> float:
    """Judge a model by single recordings, as :func:`speaker_auroc` does by speakers."""
    return _auroc(config, tests, RECORDING)


def _auroc(config: Config, tests: Sequence[pd.DataFrame], level: Level) -> float:
    values = []
    for repeat in _repeats(config, tests):
        items = score_levels(repeat.test, [level])[level.key]
        values.append(primary_auroc(items, np.ones((1, items.n_speakers)))[0])
    return float(np.mean(values))


def _model_findings(
    sample: Sample,
    speakers: Speakers,
    store: FeatureStore,
    measured: Measurements | None,
    rng: np.random.Generator,
    options: Options,
) -> list[Finding]:
    """Audit the model's scores."""
    demographics = demographics_of(store.recordings)
    findings = []
    if demographics.notna().all(axis=None):
        findings.append(matched_finding(*matched_auroc(sample, SOFT_MAJORITY.key, demographics)))
    scores = pd.concat(
        [score_speakers(repeat.crossvalidation.test, SOFT_MAJORITY) for repeat in sample.repeats]
    )
    of_speakers = scores.groupby(level=0).mean()
    conditions = demographics[["age"]]
    if measured is not None:
        means = measured.recordings.groupby("speaker_id")[["rms_db", "floor_db", "duration_s"]]
        conditions = conditions.join(means.mean())
    correlation = largest_correlation(
        of_speakers["score"].to_numpy(np.float64),
        of_speakers["label"].to_numpy(np.int64),
        conditions.reindex(of_speakers.index),
        rng,
        options.permutations,
    )
    return [*findings, condition_finding(correlation)]


def _power(
    config: Config,
    store: FeatureStore,
    speakers: Speakers,
    measured: Measurements,
    labelings: Labelings,
    null: Null,
    options: Options,
) -> dict[str, float]:
    """Find out in which share of labelings each change would be noticed."""
    before = [level_audit(speakers, measured), nonspeech_audit(speakers, measured)]
    trials = min(TRIALS, options.permutations)
    noticed = {}
    for change in CHANGES:
        changed = measure_corpus(config, store, change)
        after = [level_audit(speakers, changed), nonspeech_audit(speakers, changed)]
        pairs = [
            (one, other)
            for one, other in zip(before, after, strict=True)
            if not one.why_not and not other.why_not and one.key in null.statistics
        ]
        noticed[change.text] = share_noticed(null, labelings, pairs, trials)
    return noticed


def describe_power(audited: Audited) -> str:
    """Say which cue would have been found, for what was not."""
    parts = [
        f"{change} in the patients' recordings ({100 * share:.0f} of 100 times)"
        for change, share in audited.noticed.items()
        if share >= POWER
    ]
    parts = parts[:1] + [part for part in parts[1:] if "tilt" in part][:1]
    if audited.smallest_auroc is not None:
        parts.append(
            f"a cue that alone tells the classes apart with an AUROC above "
            f"{100 * audited.smallest_auroc:.0f} %"
        )
    return ", or ".join(parts)

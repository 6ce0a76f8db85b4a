"""Audits a corpus, and a model that was trained on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dysarthria_lightning.auditing.changes import CHANGES
from dysarthria_lightning.auditing.condition import largest_correlation
from dysarthria_lightning.auditing.corpora import several_corpora_findings
from dysarthria_lightning.auditing.corpus import AuditedCorpus
from dysarthria_lightning.auditing.cue_audits import (
    CueAudit,
    common_frames,
    cue_audits,
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
    unmatched_finding,
)
from dysarthria_lightning.auditing.measurements import Measurements, why_not_measured
from dysarthria_lightning.auditing.permutations import (
    Labelings,
    compare_with_chance,
    count_folds,
    draw_labelings,
    log10_labelings,
)
from dysarthria_lightning.auditing.power import TRIALS, Thresholds, share_noticed
from dysarthria_lightning.auditing.regression import Floats
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.evaluation.bootstrap import Sample, make_sample
from dysarthria_lightning.evaluation.comparable import comparable_items
from dysarthria_lightning.evaluation.levels import (
    RECORDING,
    SOFT_MAJORITY,
    Level,
    score_levels,
    score_speakers,
)
from dysarthria_lightning.evaluation.metrics import auroc
from dysarthria_lightning.evaluation.study import Cell, CrossValidation
from dysarthria_lightning.files.progress import progress_bar

# Fewer ways to deal labels within strata of sex and age would decide p-values by themselves.
_LEAST_LOG10_LABELINGS = 4
# Labelings whose regressions are fitted between two steps of the progress bar.
_BLOCK = 50


@dataclass(frozen=True)
class Options:
    """How thoroughly to audit.

    Attributes:
        permutations: Of the speakers' labels.
        partitions: Of speakers into folds, for each labeling.
        power: Whether to find out which change would be noticed.
        seed: Deals labels and partitions.
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
        config: The cross-validation. Recordings that its subset leaves out are not audited.
        store: The corpus's features.
        tests: Of each of its finished repeats the test predictions of all folds; none without.
        options: How thoroughly.

    Raises:
        CorpusError: A class has one speaker.
    """
    corpus = AuditedCorpus.of(config, store)
    speakers = corpus.speakers
    if count_folds(speakers.labels) < 2:
        raise CorpusError("an audit needs at least 2 speakers of each class")
    why_not = why_not_measured(config, store)
    measured = None if why_not else corpus.measure()
    rng = np.random.default_rng(options.seed)
    audits = cue_audits(speakers, corpus.recordings, measured, why_not)
    labelings = _draw(corpus, audits, rng, options)
    statistics = _test(audits, labelings)
    tested = dict(zip(statistics, compare_with_chance([*statistics.values()]), strict=True))
    model_auroc = speaker_auroc(tests) if tests else None
    findings = [cue_finding(it, tested.get(it.key), speakers.labels, model_auroc) for it in audits]
    if tests:
        sample = make_sample(_repeats(config, tests), rng)
        findings += _model_findings(sample, corpus, measured, rng, options)
    findings += corpus_findings(config.data.corpus, speakers.labels)
    findings += several_corpora_findings(
        corpus.recordings,
        speakers,
        audits,
        np.random.default_rng([options.seed, 1]),
        options.permutations,
        options.partitions,
    )
    if not statistics:
        return Audited(findings, model_auroc)
    thresholds = Thresholds.from_permuted(statistics)
    noticed = {}
    if measured is not None and options.power:
        noticed = _power(corpus, measured, labelings["level"], thresholds, options)
    return Audited(findings, model_auroc, noticed, thresholds.highest)


def _draw(
    corpus: AuditedCorpus, audits: Sequence[CueAudit], rng: np.random.Generator, options: Options
) -> dict[str, Labelings]:
    """Deal labels for each audit: for all cues within the same strata, but for age and sex."""
    labels = corpus.speakers.labels
    sizes = options.permutations, options.partitions
    known = {audit.key: audit.chosen.astype(np.int64) for audit in audits}
    strata = strata_of(demographics_of(corpus.recordings).loc[corpus.speakers.ids])
    # Classes keep their sizes among those who have non-speech enough.
    strata = 2 * strata + known["nonspeech"]
    if log10_labelings(labels, strata) < _LEAST_LOG10_LABELINGS:
        strata = known["nonspeech"]
    of_cues = draw_labelings(labels, rng, *sizes, strata)
    # What age and sex say would be left as it is by permuting within their strata.
    of_demographics = draw_labelings(labels, rng, *sizes, known["demographics"])
    return {
        audit.key: of_demographics if audit.key == "demographics" else of_cues for audit in audits
    }


def _test(audits: Sequence[CueAudit], labelings: dict[str, Labelings]) -> dict[str, Floats]:
    """Compute the statistics of the audits that can be computed, by their keys."""
    possible = [audit for audit in audits if not audit.why_not]
    statistics = {}
    with progress_bar() as bar:
        n_labelings = sum(len(labelings[it.key].labels) for it in possible)
        task = bar.add_task("Permuting labels", total=n_labelings)
        for it in possible:
            dealt = labelings[it.key]
            blocks = []
            for start in range(0, len(dealt.labels), _BLOCK):
                part = slice(start, start + _BLOCK)
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


def speaker_auroc(tests: Sequence[pd.DataFrame]) -> float:
    """Judge a model by its speakers (soft majority).

    Args:
        tests: Of each repeat the test predictions of all folds.

    Returns:
        The AUROC that results are about (:func:`comparable.comparable_items`), the mean over
        repeats.
    """
    return _auroc(tests, SOFT_MAJORITY)


def recording_auroc(tests: Sequence[pd.DataFrame]) -> float:
    """Judge a model by single recordings, as :func:`speaker_auroc` does by speakers."""
    return _auroc(tests, RECORDING)


def _auroc(tests: Sequence[pd.DataFrame], level: Level) -> float:
    judged = comparable_items([score_levels(test, [level])[level.key] for test in tests])
    return float(np.mean([auroc(items, np.ones((1, items.n_speakers)))[0] for items in judged]))


def _model_findings(
    sample: Sample,
    corpus: AuditedCorpus,
    measured: Measurements | None,
    rng: np.random.Generator,
    options: Options,
) -> list[Finding]:
    """Audit the model's scores."""
    demographics = demographics_of(corpus.recordings)
    if demographics.isna().all(axis=None):
        matched = unmatched_finding()
    else:
        matched = matched_finding(*matched_auroc(sample, SOFT_MAJORITY.key, demographics))
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
    return [matched, condition_finding(correlation)]


def _power(
    corpus: AuditedCorpus,
    measured: Measurements,
    labelings: Labelings,
    thresholds: Thresholds,
    options: Options,
) -> dict[str, float]:
    """Find out in which share of labelings each change would be noticed."""
    speakers = corpus.speakers
    trials = min(TRIALS, options.permutations)
    level_before = level_audit(speakers, measured)
    n_frames_before = common_frames(speakers, measured)
    noticed = {}
    for change in CHANGES:
        changed = corpus.measure(change)
        # Equally many frames before and after, so that their number is no difference.
        n_frames = min(n_frames_before, common_frames(speakers, changed))
        pairs = [
            (level_before, level_audit(speakers, changed)),
            (
                nonspeech_audit(speakers, measured, n_frames),
                nonspeech_audit(speakers, changed, n_frames),
            ),
        ]
        possible = [
            pair
            for pair in pairs
            if pair[0].key in thresholds.of and not any(it.why_not for it in pair)
        ]
        noticed[change.text] = share_noticed(thresholds, labelings, possible, trials)
    return noticed

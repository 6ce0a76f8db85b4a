"""The Methods of a paper and the sentence of its results, written from settings and results."""

import math
import re
from dataclasses import dataclass

from dysarthria_lightning.auditing.finding import worst_light
from dysarthria_lightning.config import Config
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.models.base import NetworkSection
from dysarthria_lightning.reporting.content import (
    ReportContent,
    has_pairs_within_folds,
    number,
    primary_auroc,
    select,
)
from dysarthria_lightning.reporting.display import (
    TOO_FEW,
    capitalised,
    listed,
    p_value,
    percent,
)
from dysarthria_lightning.reporting.estimands import (
    describe_chance,
    describe_interval,
)
from dysarthria_lightning.reporting.headline import headline_cell
from dysarthria_lightning.reporting.manuscript.participants import describe_participants
from dysarthria_lightning.reporting.manuscript.settings_in_words import (
    describe_features,
    describe_models,
    describe_protocols,
    describe_training,
)
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.references import reference_of
from dysarthria_lightning.reporting.provenance import provenance
from dysarthria_lightning.reporting.selection import in_paper_order, shown_cells

#: A commit, of which the first digits are enough to find it.
_COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}\b")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph under a heading; ``[@key]`` cites."""

    heading: str
    text: str


def methods(content: ReportContent) -> list[Paragraph]:
    """Write the Methods: nothing is said that settings, runs or the authors do not say.

    Args:
        content: Of the report; without its ``configs`` what follows from them is left out.
    """
    cells = sorted(content.study.crossvalidations, key=paper.order_of_cell)
    configs = [content.configs[cell] for cell in cells if cell in content.configs]
    networks = [it for it in configs if isinstance(it.model, NetworkSection)]
    parts = {
        "Participants and recordings": describe_participants(content, configs),
        "Features": describe_features(configs, content.sample_rates),
        "Models": describe_models(it.model for it in configs),
        "Training": describe_training((it.trainer for it in networks), content.noun.plural),
        "Division of speakers": _division(content, configs),
        "Statistical analysis": _statistics(content, configs),
        "Audit": _audit(content),
        "Software": _software(content, with_networks=bool(networks)),
        "Ethics": content.described.labelled("ethics", "consent"),
    }
    return [
        Paragraph(heading, " ".join(map(_sentence, said)))
        for heading, said in parts.items()
        if said
    ]


def results(content: ReportContent) -> list[str]:
    """Say in a sentence each what the best network and the references reached.

    Args:
        content: Of the report.

    Returns:
        Nothing where no speaker-level AUROC of new speakers is known.
    """
    best = headline_cell(content)
    if best is None:
        return []
    if content.profile == "quick":
        return ["None: the quick profile only shows that everything works."]
    row = primary_auroc(content, best, SOFT_MAJORITY.key)
    assert row is not None
    value = number(row["value"])
    within = row["metric"] == WITHIN_FOLDS
    networks = [it for it in shown_cells(content) if not reference_of(content.study, it.model)]
    of_several = f", the best of {len(networks)} networks," if len(networks) > 1 else ""
    sentences = [
        f"On speakers never heard in training {paper.model_name(best.model)}{of_several} reached "
        f"a speaker-level AUROC of {_estimate(content, best)}."
    ]
    if within:
        sentences.append(
            "Of 100 pairs of a dysarthric and a healthy speaker whom the same model judged, it "
            f"ranked {100 * value:.0f} rightly; chance would give 50."
        )
    for cell in shown_cells(content):
        if cell != best and reference_of(content.study, cell.model):
            sentences.append(
                f"The reference “{cell.model}” reached {_estimate(content, cell)}"
                f"{_difference(content, best, cell)}."
            )
    return sentences


def _division(content: ReportContent, configs: list[Config]) -> list[str]:
    n_speakers = content.study.recordings["speaker_id"].nunique()
    said = describe_protocols(
        (it.protocol for it in configs), n_speakers, several=content.n_corpora > 1
    )
    if not said:
        return []
    done = [{it.repeat for it in repeats} for repeats in content.study.crossvalidations.values()]
    repeats, counts = sorted(set().union(*done)), sorted({len(numbers) for numbers in done})
    learnt = any(isinstance(it.model, NetworkSection) for it in configs)
    what = "partition and weights" if learnt else "the partition"
    again = " and other initial weights" if learnt else ""
    if counts[-1] > 1:
        times = f"{counts[-1]} times"
        if len(counts) > 1:
            times = f"{counts[0]} to {times}, depending on the model,"
        said.append(
            f"All of this was done {times} with other partitions{again}, and values are "
            "means over these repeats"
        )
    partition, weights = (_seeds(name, configs, repeats) for name in ("split_seed", "seed"))
    if partition == weights or not learnt:
        return [*said, f"The {_seeds_in_words(what, partition)}"]
    parts = _seeds_in_words("the partition", partition), _seeds_in_words("the weights", weights)
    return [*said, f"The {parts[0]}, the {parts[1]}"]


def _seeds(name: str, configs: list[Config], repeats: list[int]) -> list[int]:
    """List the seeds of all repeats: their numbers, unless one was given for all of them."""
    given = {getattr(it, name) for it in configs if getattr(it, name) != it.repeat}
    return sorted(given) or repeats


def _seeds_in_words(what: str, seeds: list[int]) -> str:
    if len(seeds) == 1:
        return f"random seed of {what} was {seeds[0]}"
    is_run = seeds == [*range(seeds[0], seeds[-1] + 1)]
    return (
        f"random seeds of {what} were {f'{seeds[0]} to {seeds[-1]}' if is_run else listed(seeds)}"
    )


def _measure(content: ReportContent, configs: list[Config]) -> str:
    """Say which AUROC results are about."""
    if configs and all(it.protocol.folds == 1 for it in configs):
        return (
            "The measure was the AUROC of the test side, which one model judged: of 100 pairs of a "
            "dysarthric and a healthy speaker, in how many the dysarthric one scored higher"
        )
    if has_pairs_within_folds(content):
        return (
            "The measure was the AUROC of pairs within folds: of 100 pairs of a dysarthric and a "
            "healthy speaker whom the same fold's model judged, in how many the dysarthric one "
            "scored higher"
        )
    return (
        "The measure was the AUROC of the scores of all folds, pooled, as too few speakers of both "
        "classes were judged by one model; it is biased low if folds are not stratified"
    )


def _statistics(content: ReportContent, configs: list[Config]) -> list[str]:
    analysis, n_repeats = content.analysis, content.repeats_there
    if not content.study.crossvalidations:
        return []
    said = [
        "A speaker's score was the mean probability of dysarthria over their "
        f"{content.noun.plural} (soft majority) [@mayle2019]",
        _measure(content, configs),
    ]
    intervals = describe_interval(n_repeats).replace("BCa", "BCa [@efron1987]", 1)
    said += [intervals, describe_chance()]
    if len(analysis.comparisons):
        said.append(
            "Models were compared by the difference of their AUROCs on the same speakers; p-values "
            "(Student's t, with the standard error of a bootstrap of speakers and repeats) were "
            "corrected by Holm's method [@holm1979] for all comparisons at the same level. "
            "Two models were called different if the corrected p was below 0.05 and the sign of "
            "the difference was the same in every repeat"
        )
    if len(analysis.operating_points):
        targets = sorted({round(100 * it) for it in analysis.operating_points["target"]})
        said.append(
            f"Thresholds for {listed(targets)} % sensitivity or specificity were chosen on "
            "speakers of other folds, or on those who validated, never on those whom they judged"
        )
    if len(analysis.predictive_values):
        shares = sorted(set(analysis.predictive_values["prevalence"]))
        said.append(
            "Predictive values were computed for a prevalence of "
            f"{listed(f'{100 * it:g} %' for it in shares)}"
        )
    if len(analysis.calibration_slopes):
        said.append("Calibration was judged by slope, intercept and observed over expected cases")
    if len(analysis.net_benefit):
        said.append("Usefulness was judged by decision curves [@vickers2006]")
    return said


def _audit(content: ReportContent) -> list[str]:
    if not content.study.crossvalidations:
        return []
    best = headline_cell(content)
    audited = content.audits.get(best) if best else None
    if audited is None:
        return ["Whether something else than the voice explains the result was not audited"]
    names = dict.fromkeys(finding.name for finding in audited.findings)
    return [
        "An audit asked what else than the voice could tell the classes apart, by tests with "
        f"permuted labels of speakers ({', '.join(names)})",
        f"Its worst light was {worst_light(audited.findings).value}",
    ]


def _software(content: ReportContent, *, with_networks: bool) -> list[str]:
    facts = dict(provenance(content))

    def version(name: str) -> str:
        said = facts.get(name, "")
        return "" if said in ("", "–", "unknown") else f" {said}"

    lightning = f"PyTorch Lightning{version('PyTorch Lightning')} [@falcon2019], "
    commit = _COMMIT.sub(r"\1", version("Git commit"))
    said = [
        f"All was computed with dysarthria_lightning{version('dysarthria_lightning')}"
        f"{f' (commit{commit})' if commit else ''}, Python{version('Python')}, "
        f"PyTorch{version('PyTorch')} [@ansel2024], {lightning if with_networks else ''}"
        f"torchaudio{version('torchaudio')} [@yang2022] and Hydra{version('Hydra')} [@yadan2019]"
    ]
    if device := version("Device"):
        said.append(f"Device:{device}")
    if with_networks and "bf16-mixed" in facts.get("Precision", ""):
        said.append("Networks computed in mixed precision (bfloat16)")
    return said + content.described.labelled("code_availability", "data_availability")


def _estimate(content: ReportContent, cell: Cell) -> str:
    row = primary_auroc(content, cell, SOFT_MAJORITY.key)
    if row is None:
        return "no value"
    value, low, high = (number(row[name]) for name in ("value", "low", "high"))
    chance = [number(row[name]) for name in ("chance_low", "chance_high")]
    beside = f"; chance gives {percent(chance[0])} to {percent(chance[1])}"
    beside = beside if all(map(math.isfinite, chance)) else ""
    pooled = "" if row["metric"] == WITHIN_FOLDS else ", of pooled scores"
    interval = f"no interval: {row.get('reason') or TOO_FEW}"
    if math.isfinite(low) and math.isfinite(high):
        interval = f"95 % interval {percent(low)} to {percent(high)}"
    return f"{percent(value)} % ({interval}{pooled}{beside})"


def _difference(content: ReportContent, best: Cell, cell: Cell) -> str:
    """Give the test of a difference, where there is one."""
    pairs = in_paper_order(content.analysis.comparisons)
    for one, two in ((best, cell), (cell, best)):
        names = {"model": one.model, "other": two.model}
        where = {"subset": best.subset, "features": best.features, "level": SOFT_MAJORITY.key}
        found = select(pairs, **where, **names)
        if len(found):
            p = p_value(number(found.iloc[0]["p_holm"]))
            return f" (difference: corrected p {p if p.startswith('<') else f'= {p}'})"
    return ""


def _sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    return capitalised(text) if text.endswith((".", "!", "?")) else f"{capitalised(text)}."

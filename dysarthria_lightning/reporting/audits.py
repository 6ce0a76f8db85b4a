"""Audits for people: the light beside a result, and the table of what was found."""

from dataclasses import dataclass

from dysarthria_lightning.auditing.audit import Audited
from dysarthria_lightning.auditing.finding import (
    CUE_AUDITS,
    Finding,
    Light,
    computed_cues,
    worst_light,
)
from dysarthria_lightning.auditing.power import describe_noticed
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, number
from dysarthria_lightning.reporting.display import Text, TextTable, p_value, percent

NOT_AUDITED = (
    "Not audited as it is now: whether the voice was heard, or the microphone, is not known."
)

_MEANING = {
    Light.RED: "something else than the voice explains the result, or at least half of it",
    Light.AMBER: "something stands in doubt",
    Light.GREY: "no cue could be tested",
    Light.GREEN: "no other cue than the voice was found",
}
_CHANCE = "the result may be chance"
_WITHOUT_MODEL = "something else than the voice would explain half of a perfect result"


def describe_audit(audited: Audited) -> str:
    """Say in a paragraph what an audit came to.

    Args:
        audited: What was found.
    """
    light = worst_light(audited.findings)
    if light == Light.GREEN:
        return f"Audit: GREEN. {_nothing_found(audited)}"
    worst = [it for it in audited.findings if it.light == light]
    said = " ".join(f"{finding.name}: {finding.text}" for finding in worst)
    return f"Audit: {light.value.upper()}, {meaning_of_light(audited)}. {said}"


def meaning_of_light(audited: Audited) -> str:
    """Say in a few words what the light of an audit means.

    Args:
        audited: What was found.
    """
    light = worst_light(audited.findings)
    if light == Light.RED and audited.model_auroc is None:
        return _WITHOUT_MODEL
    worst = [it for it in audited.findings if it.light == light]
    if light == Light.RED and all(it.key == "retraining" for it in worst):
        return _CHANCE
    return _MEANING[light]


def _nothing_found(audited: Audited) -> str:
    """Say of which cues nothing was found, which could not be asked, and what would be found."""
    asked = [finding.name for finding in computed_cues(audited.findings)]
    names = {it.key: it.name for it in audited.findings if it.key in CUE_AUDITS}
    others = [name for name in names.values() if name not in asked]
    parts = [f"No cue was found in {', '.join(asked)}"]
    if others:
        parts.append(f"; {', '.join(others)} could not be asked")
    return f"{''.join(parts)}. {describe_power(audited)}".strip()


def describe_power(audited: Audited) -> str:
    """Say what would have been found, for what was not; nothing where it was not asked.

    Args:
        audited: What was found.
    """
    parts = describe_noticed(audited.noticed)
    if audited.smallest_auroc is not None:
        parts.append(
            "cues that alone tell the classes apart with an AUROC above "
            f"{100 * audited.smallest_auroc:.0f} %"
        )
    return f"What would have been found: {'; '.join(parts)}." if parts else ""


@dataclass(frozen=True)
class Verdict:
    """What stands beside a result on the page's first screen, whatever was found.

    Attributes:
        light: ``red`` to ``green``, or ``none`` where nothing was audited.
        heading: In a few words.
        text: What follows it.
        command: What audits the result, where nothing was; empty if it is not known.
    """

    light: str
    heading: str
    text: str
    command: str = ""


def audit_verdict(content: ReportContent, cell: Cell | None) -> Verdict:
    """Say what an audit of a result came to.

    Args:
        content: Of the report.
        cell: The result's; None where there is none.
    """
    audited = content.audits.get(cell) if cell else None
    if audited is None:
        command = content.audit_commands.get(cell, "") if cell else ""
        heading, _, text = NOT_AUDITED.partition(":")
        return Verdict("none", heading, f":{text}", command)
    light = worst_light(audited.findings).value
    heading = f"Audit: {light.upper()}"
    return Verdict(light, heading, describe_audit(audited).removeprefix(heading))


def audit_table(title: str, audited: Audited, name: str = "audit") -> TextTable:
    """Show the numbers of every audit.

    Args:
        title: What was audited.
        audited: What was found.
        name: Of the table.
    """
    rows = [(finding.name, _texts(finding)) for finding in audited.findings]
    header = ["Audit", "Light", "AUROC, %", "Chance, up to", "p", "p, all audits"]
    note = (
        "AUROC: of cues that of pairs of speakers whom one fold's logistic regression judged, mean "
        "over partitions; else the model's. Chance: what 95 % of the same with permuted labels of "
        "speakers do not exceed. p of all audits counts that there are several (Westfall & Young)."
    )
    return TextTable(name, title, header, rows, [("", note)])


def audit_texts(audited: Audited) -> list[str]:
    """Say what every audit has found: the worst in a paragraph, then one by one.

    Args:
        audited: What was found.
    """
    texts = [describe_audit(audited)]
    said = {finding.name: finding.text for finding in audited.findings}
    texts += [f"{name}: {text}" for name, text in said.items()]
    if power := describe_power(audited):
        texts.append(power)
    return texts


def _texts(finding: Finding) -> list[Text]:
    numbers = [percent(number(it)) for it in (finding.auroc, finding.chance_high)]
    numbers += [p_value(number(it)) for it in (finding.p, finding.p_familywise)]
    return [Text(finding.light.value.upper()), *map(Text, numbers)]

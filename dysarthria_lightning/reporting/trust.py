"""How far a result can be trusted: plain questions, each with a light, a word and what to do."""

from dataclasses import dataclass, field
from typing import Literal

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.answer import in_words
from dysarthria_lightning.reporting.audits import Verdict
from dysarthria_lightning.reporting.content import ReportContent, select_cell
from dysarthria_lightning.reporting.display import capitalised, counted, percent
from dysarthria_lightning.reporting.estimands import ENOUGH_REPEATS
from dysarthria_lightning.reporting.flow_of_people import Flow
from dysarthria_lightning.reporting.headline import auroc_of, headline_cell, part_references
from dysarthria_lightning.reporting.notices import describe_want, hardly_trained
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.references import reference_of
from dysarthria_lightning.reporting.selection import best_cell, shown_cells

State = Literal["good", "doubt", "bad", "unknown"]
#: What stands beside each light, for whoever sees no colours.
WORDS: dict[State, str] = {"good": "Yes", "doubt": "Not quite", "bad": "No", "unknown": "Not known"}
_AUDITS: dict[str, State] = {"red": "bad", "amber": "doubt", "green": "good"}


@dataclass(frozen=True)
class Answered:
    """A question about a result, and its answer.

    Attributes:
        key: Of the question.
        question: In a few words.
        state: Of the light.
        text: A sentence or two.
        href: Where on the page there is more; empty where nothing is.
        advice: What to do about it.
        cells: Results that it is about: each one's anchor, name, and what is said of it.
        command: What does it; empty where none is known.
    """

    key: str
    question: str
    state: State
    text: str
    href: str = ""
    advice: str = ""
    cells: list[tuple[str, str, str]] = field(default_factory=list)
    command: str = ""

    @property
    def word(self) -> str:
        """The light in words."""
        return WORDS[self.state]


def audit_state(verdict: Verdict) -> State:
    """Return the light of an audit's verdict."""
    return _AUDITS.get(verdict.light, "unknown")


def questions(content: ReportContent, flow: Flow) -> list[Answered]:
    """Answer what must be asked of a result before it is believed.

    Args:
        content: Of the report.
        flow: Who was tested.
    """
    return [_tested(flow), _repeats(content), _trained(content), _reference(content)]


def _tested(flow: Flow) -> Answered:
    state: State = "good" if flow.everybody else "doubt"
    if flow.everybody is None:
        state = "unknown"
    return Answered("everybody", "Was everybody tested?", state, flow.said, "#flow")


def _repeats(content: ReportContent) -> Answered:
    """Judge the repeats of the result that the first sentence is about, else the most there are."""
    key, question = "more-repeats", "Enough repeats?"
    if not content.study.crossvalidations:
        return Answered(key, question, "unknown", "Nothing is finished yet.", "#runs")
    main = headline_cell(content)
    there = len(content.study.crossvalidations[main]) if main else content.repeats_there
    whose = f"{paper.model_name(main.model)}: " if main else ""
    wanted = describe_want(there)
    if not wanted:
        return Answered(key, question, "good", f"{whose}{counted(there, 'repeat')}.", "#runs")
    text = f"{whose}{there} of {counted(ENOUGH_REPEATS, 'repeat')}."
    command = content.command_for_repeats
    if not command and content.repeats >= ENOUGH_REPEATS:
        # They were asked for, and are not finished.
        command = content.command
    advice = f"{wanted} This trains five:" if command else wanted
    state: State = "bad" if there == 1 else "doubt"
    return Answered(key, question, state, text, "#runs", advice, command=command)


def _trained(content: ReportContent) -> Answered:
    key, question = "trained", "Were the networks trained enough?"
    networks = [
        cell
        for cell in content.study.crossvalidations
        if reference_of(content.study, cell.model) is None
    ]
    if not networks:
        return Answered(key, question, "unknown", "No network is finished.", "#runs")
    few = hardly_trained(content)
    if few["cells"]:
        n_hardly = len(few["cells"])
        which = "is of a network that was" if n_hardly == 1 else "are of networks that were"
        text = (
            f"Of {counted(few['n_finished'], 'result')} {n_hardly} {which} tested early in "
            "training, which says little about what can be learnt."
        )
        state: State = "bad" if headline_cell(content) in content.hardly_trained else "doubt"
        advice = " ".join(few["advice"])
        return Answered(key, question, state, text, "#runs", advice, few["cells"])
    if not any(_says_when(content, cell) for cell in networks):
        return Answered(key, question, "unknown", "The runs do not say when they ended.", "#runs")
    return Answered(key, question, "good", "No network was tested early in training.", "#runs")


def _says_when(content: ReportContent, cell: Cell) -> bool:
    runs = select_cell(content.runs, cell)
    return bool(len(runs)) and bool(runs["epoch_tested"].notna().any())


def _reference(content: ReportContent) -> Answered:
    key, question = "reference", "Is there a simple reference?"
    references, networks = part_references(content, shown_cells(content))
    best = best_cell(content, references)
    if best is None:
        if not networks:
            return Answered(key, question, "unknown", "Nothing to compare is finished.", "#runs")
        text = "Without one nobody knows whether it takes a network to tell people apart so well."
        return Answered(key, question, "bad", text, "#runs")
    auroc = percent(auroc_of(content, best, SOFT_MAJORITY.key))
    text = f"{capitalised(in_words(content, best))}: AUROC {auroc} %."
    if not networks:
        return Answered(key, question, "unknown", f"{text} There is no network.", "#forest")
    return Answered(key, question, "good", text, "#forest")

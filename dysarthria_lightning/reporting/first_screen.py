"""What stands on the first screen of a report: the answer, how far it holds, and who was tested."""

from dataclasses import dataclass

from dysarthria_lightning.reporting.answer import Answer, answer
from dysarthria_lightning.reporting.audits import Verdict, audit_verdict
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.flow_of_people import Flow, flow_of_people
from dysarthria_lightning.reporting.forest import Forest, forest
from dysarthria_lightning.reporting.headline import headline_cell, means_nothing
from dysarthria_lightning.reporting.trust import Answered, State, audit_state, questions


@dataclass(frozen=True)
class FirstScreen:
    """The first screen.

    Attributes:
        answer: Who was tested, and what was found.
        verdict: Of the audit; None where no number means anything.
        audit_state: The audit's light.
        questions: What must be asked of a result; none where no number means anything.
        forest: All models of the setting that is shown; None where no number means anything.
        flow: Who was tested; None where no number means anything.
    """

    answer: Answer
    verdict: Verdict | None = None
    audit_state: State = "unknown"
    questions: tuple[Answered, ...] = ()
    forest: Forest | None = None
    flow: Flow | None = None


def first_screen(content: ReportContent) -> FirstScreen:
    """Gather the first screen.

    Args:
        content: Of the report.
    """
    if means_nothing(content):
        return FirstScreen(answer(content))
    verdict, flow = audit_verdict(content, headline_cell(content)), flow_of_people(content)
    return FirstScreen(
        answer(content),
        verdict,
        audit_state(verdict),
        tuple(questions(content, flow)),
        forest(content),
        flow,
    )

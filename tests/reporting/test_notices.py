"""What is said under the tables on the terminal."""

from dataclasses import replace

from report_contents import build_content
from test_audits import FILES, with_audit
from test_audits import audited as audit_of

from dysarthria_lightning.reporting.audits import NOT_AUDITED
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.headline import headline, headline_cell
from dysarthria_lightning.reporting.notices import closing_notices
from dysarthria_lightning.reporting.paper import values as paper


def test_the_main_result_its_audit_and_more_repeats_are_named() -> None:
    content = build_content(command_for_repeats="reproduce repeats=5")
    cell = headline_cell(content)
    assert cell is not None
    content = replace(content, audit_commands={cell: "audit model=bilstm1"})
    first, second, third = closing_notices(content)
    assert first == headline(content)
    assert second == f"{NOT_AUDITED} To ask:\n  audit model=bilstm1"
    assert third.startswith("One repeat leaves open")
    assert third.endswith("For five:\n  reproduce repeats=5")


def test_the_light_stands_there_and_cannot_be_left_out(few: ReportContent) -> None:
    said = closing_notices(with_audit(few, audit_of(FILES)))
    assert any(it.startswith("Audit: RED, ") for it in said)


def test_networks_that_were_hardly_trained_are_counted() -> None:
    cell = paper.NOVEL_CELLS[0]
    content = build_content(
        hardly_trained={cell: ("after epoch 1", "Train for longer.")}, repeats=5
    )
    (said,) = [it for it in closing_notices(content) if it.startswith("Hardly trained: 1 of ")]
    assert said.endswith("Train for longer.")


def test_without_results_nothing_but_the_want_of_an_audit_is_said() -> None:
    assert closing_notices(build_content(cells=())) == [NOT_AUDITED]

"""The light beside a result: on the page, in words and in a chart; and that it cannot be missed."""

from dataclasses import replace
from pathlib import Path

import pytest
from test_page import Page, render

from dysarthria_lightning.auditing.audit import Audited
from dysarthria_lightning.auditing.finding import Finding, Light
from dysarthria_lightning.reporting.audits import NOT_AUDITED, audit_texts, describe_audit
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.headline import headline_cell
from dysarthria_lightning.reporting.sections.audit import audit_section
from dysarthria_lightning.reporting.selection import shown_cells

FILES = Finding("metadata", "Files", Light.RED, "Rate <8> kHz.", 0.97, 0.5, 0.62, 0.002, 0.01)
AGE = Finding("demographics", "Age and sex", Light.AMBER, "Older.", 0.7, 0.5, 0.61, 0.01, 0.03)
LEVEL = Finding("level", "Level", Light.GREEN, "As chance.", 0.55, 0.5, 0.63, 0.2, 0.6)
QUIET = Finding("nonspeech", "Non-speech", Light.GREY, "Not computed: no silence.")


def audited(*findings: Finding, noticed: dict[str, float] | None = None) -> Audited:
    return Audited([*findings], 0.9, noticed or {}, 0.71)


def with_audit(content: ReportContent, found: Audited) -> ReportContent:
    cell = headline_cell(content)
    assert cell is not None
    return replace(content, audits={cell: found})


def test_without_an_audit_the_page_says_so_and_how_to_make_one(
    few: ReportContent, tmp_path: Path
) -> None:
    cell = headline_cell(few)
    assert cell is not None
    content = replace(few, audit_commands={cell: "python -m dysarthria_lightning.audit x=1"})
    page = render(content, tmp_path)
    first, _, _ = page.partition("<nav")
    assert NOT_AUDITED in first.replace("<strong>", "").replace("</strong>", "")
    assert "python -m dysarthria_lightning.audit x=1" in first
    assert 'id="audit"' not in page


def test_the_worst_light_stands_on_the_first_screen_with_its_reason(
    few: ReportContent, tmp_path: Path
) -> None:
    page = render(with_audit(few, audited(LEVEL, AGE, FILES, QUIET)), tmp_path)
    first, _, _ = page.partition("<nav")
    assert '<div class="audit red"' in first
    assert "<strong>Audit: RED</strong>, something else" in first
    assert "Rate &lt;8&gt; kHz." in first
    assert "Older." not in first
    assert NOT_AUDITED not in first
    assert Page(page).ids().count("audit") == 1  # what the link leads to


def test_the_section_shows_numbers_words_and_a_chart(few: ReportContent) -> None:
    content = with_audit(few, audited(LEVEL, AGE, FILES, QUIET))
    section = audit_section(content, shown_cells(content))
    (table,) = section.tables
    assert [name for name, _ in table.rows] == ["Level", "Age and sex", "Files", "Non-speech"]
    assert [text.value for text in dict(table.rows)["Files"]] == [
        *("RED", "97.0", "62.0", "0.002", "0.010")
    ]
    assert "Age and sex: Older." in [note for _, note in table.footnotes]
    (chart,) = section.charts
    assert chart.groups == ["Level", "Age and sex", "Files"]  # what has an AUROC
    assert chart.model == 0.9


def test_green_says_what_was_asked_and_would_have_been_found() -> None:
    noticed = {"1 dB more noise floor": 0.5, "3 dB more noise floor": 0.9}
    found = audited(LEVEL, QUIET, noticed=noticed | {"a tilt of 2 dB an octave": 0.1})
    assert describe_audit(found) == (
        "Audit: GREEN. No cue was found in Level; Non-speech could not be asked. What would have "
        "been found: 3 dB more noise floor in the patients' recordings (90 % sure); not even a "
        "tilt of 2 dB an octave in the patients' recordings; cues that alone tell the classes "
        "apart with an AUROC above 71 %."
    )
    assert audit_texts(found)[-1].startswith("What would have been found: ")


def test_red_without_a_model_explains_no_result() -> None:
    assert "half of a perfect result" in describe_audit(Audited([FILES]))
    assert "explains the result" in describe_audit(audited(FILES))


def test_a_model_no_better_than_with_permuted_labels_may_be_chance() -> None:
    chance = Finding("retraining", "Permuted labels", Light.RED, "No more.", 0.5, 0.5, 0.6, 0.7)
    assert describe_audit(audited(LEVEL, chance)).startswith(
        "Audit: RED, the result may be chance. "
    )
    assert "explains the result" in describe_audit(audited(FILES, chance))


@pytest.mark.parametrize(
    ("findings", "start"),
    [
        ([LEVEL, AGE], "Audit: AMBER, "),
        ([QUIET], "Audit: GREY, no cue could be tested"),
        ([QUIET, LEVEL], "Audit: GREEN. "),
    ],
)
def test_the_worst_light_is_said(findings: list[Finding], start: str) -> None:
    assert describe_audit(audited(*findings)).startswith(start)

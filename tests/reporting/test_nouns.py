"""Recordings are called what they are: syllables, segments or recordings."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from report_contents import build_content
from test_page import render

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.nouns import (
    RECORDINGS,
    SEGMENTS,
    SYLLABLES,
    VOWELS,
    Noun,
    noun_of,
)
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.figures import paper_figures
from dysarthria_lightning.reporting.paper.texts import paper_text_tables
from dysarthria_lightning.reporting.sections.beyond import beyond_sections
from dysarthria_lightning.reporting.summary import summarise

CELLS = (paper.KNOWN_CELLS[1], *paper.NOVEL_CELLS[:2])


def change(recordings: pd.DataFrame, noun: Noun) -> pd.DataFrame:
    if noun == SYLLABLES:
        return recordings.assign(source_id=recordings["recording_id"])
    if noun == VOWELS:
        ids = recordings["recording_id"]
        return recordings.assign(source_id=ids, syllable_type="monophthong", syllable="a")
    if noun == RECORDINGS:
        # All types but one are known.
        types = recordings["syllable_type"].where(recordings.index > 0, None)
        return recordings.assign(source_id=recordings["recording_id"], syllable_type=types)
    source = recordings["recording_id"]
    return recordings.assign(recording_id=source + "#0", source_id=source)


@cache
def content_of(noun: Noun) -> ReportContent:
    content = build_content(cells=CELLS, asked=CELLS)
    study = replace(content.study, recordings=change(content.study.recordings, noun))
    return replace(content, study=study)


@pytest.mark.parametrize("noun", [RECORDINGS, SEGMENTS, SYLLABLES, VOWELS])
def test_the_noun_follows_from_the_recordings(noun: Noun) -> None:
    assert content_of(noun).noun == noun


@pytest.mark.parametrize(
    ("tasks", "noun"),
    [
        (["vowel", "sustained vowel /a/"], VOWELS),
        (["Vowel_a", "sentence"], RECORDINGS),
        (["vowel", None], RECORDINGS),
    ],
)
def test_tasks_tell_vowels_from_other_recordings(tasks: list[str | None], noun: Noun) -> None:
    table = pd.DataFrame({"recording_id": ["a", "b"], "syllable_type": None, "task": tasks})
    assert noun_of(table) == noun


def test_little_known_recordings_are_recordings() -> None:
    few = pd.DataFrame({"recording_id": [], "syllable_type": []})
    assert noun_of(few) == RECORDINGS


@pytest.mark.parametrize("noun", [SEGMENTS, SYLLABLES])
def test_every_text_has_the_noun_of_its_corpus(noun: Noun) -> None:
    content = content_of(noun)
    tables = paper_text_tables(content)
    assert [table.title for table in tables[:3]] == [
        f"Table I. Speakers [{noun.plural}] by class and gender",
        f"Table II. Known speakers, single {noun.plural} (%)",
        f"Table III. AUROC of new speakers: speaker level against {noun.singular} level (%)",
    ]
    assert tables[0].footnotes == [("", f"The ratio is of {noun.plural}.")]
    assert tables[2].rows[2][0] == f"{noun.singular.capitalize()}-level"
    figure = paper_figures(content)[1]
    assert figure.title == f"Figure 3. New speakers, single {noun.plural}"
    assert figure.rows[0][0].title == f"ROC, single {noun.plural}"
    said = " ".join(summarise(content))
    assert f"judging single {noun.plural}" in said
    assert f"On single {noun.plural} the accuracy" in said
    assert f"13 coefficients, all {noun.plural}" in said
    sections = {section.name: section for section in beyond_sections(content)}
    for section in sections.values():
        if section.name != "comparisons":
            assert f"all {noun.plural}" in section.text
    names = [name for name, _ in sections["operating-points"].tables[0].rows]
    assert f"LSTM-1, single {noun.plural}" in names
    assert f"single {noun.plural} of new speakers" in sections["prompts"].text
    assert (
        sections["reading-length"]
        .tables_below[0]
        .header[0]
        .startswith(f"{noun.plural.capitalize()} of")
    )


# Of syllable types the paper's own table, and section of prompts, may speak in any case.
ALLOWED = ("by type of syllables", "Types of syllables", "syllable_type")


@pytest.mark.parametrize("noun", [RECORDINGS, SEGMENTS, VOWELS])
def test_no_page_speaks_of_syllables_that_are_none(noun: Noun, tmp_path: Path) -> None:
    content = content_of(noun)
    prompts = content.analysis.prompts.query("grouping == 'syllable'")
    content = replace(content, analysis=replace(content.analysis, prompts=prompts))
    page = render(content, tmp_path)
    assert f"<h1>Dysarthria from {noun.plural}: tones</h1>" in page
    # Without plotly's own script.
    page = page[: page.index('<div role="status"')]
    for allowed in ALLOWED:
        page = page.replace(allowed, "")
    assert re.findall(r".{0,40}[Ss]yllable.{0,40}", page) == []
    assert 'id="prompts"' in page
    assert "AUROC by prompt" in page

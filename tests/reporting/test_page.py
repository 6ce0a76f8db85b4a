"""The page, read as a browser reads it."""

import base64
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from markupsafe import escape
from report_contents import build_content, make_runs

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.manuscript.paper_parts import paper_parts
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.figures import paper_figures
from dysarthria_lightning.reporting.paper.texts import paper_text_tables
from dysarthria_lightning.reporting.render.chart import Chart
from dysarthria_lightning.reporting.render.packing import image_address, pack, pack_charts
from dysarthria_lightning.reporting.render.page import render_page, render_table
from dysarthria_lightning.reporting.sections.beyond import beyond_sections

VOID = {"meta", "img", "link", "br", "hr", "input", "line", "path"}
REPORT = Path("/outputs/report")


class Page(HTMLParser):
    """Elements of a page, checked to be nested rightly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[str] = []
        self.text: dict[str, str] = {}
        self.source = text
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), list(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), list(self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        tag = self.open[-1] if self.open else ""
        self.text[tag] = self.text.get(tag, "") + data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes, _ in self.elements if name == tag]

    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes, _ in self.elements if "id" in attributes]


def render(content: ReportContent, folder: Path) -> str:
    """Render the page with empty images, which take the longest to draw."""
    (folder / "figures").mkdir(exist_ok=True)
    (folder / "tables").mkdir(exist_ok=True)
    figures = paper_figures(content)
    for part in (part for figure in figures for part in figure.parts):
        (folder / "figures" / f"{part.name}.svg").write_text("<svg/>")
    tables, sections = paper_text_tables(content), beyond_sections(content)
    parts = paper_parts(content, sections)
    return render_page(content, tables, figures, sections, parts, folder, REPORT)


PARTS = {
    "repeats": {"cells": paper.NOVEL_CELLS[:4], "asked": paper.NOVEL_CELLS[:4], "repeats": 3},
    "nothing": {"cells": ()},
    "known": {"cells": paper.KNOWN_CELLS, "asked": paper.KNOWN_CELLS},
    "part": {"cells": paper.CELLS[6:12]},
}


@pytest.fixture(scope="module")
def text(content: ReportContent, tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(content, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module", params=["full", *PARTS])
def part(
    request: pytest.FixtureRequest, text: str, tmp_path_factory: pytest.TempPathFactory
) -> Page:
    if request.param == "full":
        return Page(text)
    return Page(render(build_content(**PARTS[request.param]), tmp_path_factory.mktemp("page")))


def test_ids_are_unique_and_internal_links_have_their_targets(part: Page) -> None:
    ids = part.ids()
    assert len(ids) == len(set(ids))
    links = [str(a["href"]) for a in part.attributes("a")]
    internal = {link[1:] for link in links if link.startswith("#")}
    assert internal
    assert internal <= set(ids)
    for _, attributes, _ in part.elements:
        assert set((attributes.get("aria-labelledby") or "").split()) <= set(ids)


def test_nothing_is_loaded_from_elsewhere(part: Page) -> None:
    for tag, attributes, _ in part.elements:
        assert tag not in {"link", "iframe", "object", "embed", "base"}
        for name in ("src", "href", "srcset", "action", "data"):
            url = attributes.get(name) or ""
            assert not url.startswith(("http:", "https:", "//", "file:")), url
        if tag in {"script", "img"}:
            assert (attributes.get("src") or "data:").startswith("data:")
    assert "url(" not in part.text["style"]
    assert "@import" not in part.text["style"]


def test_headings_do_not_skip_a_level_and_landmarks_are_there(part: Page) -> None:
    levels = [int(tag[1]) for tag, _, _ in part.elements if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert part.attributes("html") == [{"lang": "en"}]
    for landmark in ("header", "nav", "main", "footer"):
        assert len(part.attributes(landmark)) == 1
    for image in part.attributes("img"):
        assert image["alt"]


def test_tables_have_captions_and_scopes_and_scroll_in_their_own_box(part: Page) -> None:
    tables = part.attributes("table")
    assert len(part.attributes("caption")) == len(tables) >= 5
    assert all(header.get("scope") in {"col", "row"} for header in part.attributes("th"))
    boxes = [a for a in part.attributes("div") if a.get("class") == "scroll"]
    assert len(boxes) == len(tables)
    assert all((box["role"], box["tabindex"]) == ("group", "0") for box in boxes)


def test_every_number_of_the_results_leads_to_its_cell(part: Page) -> None:
    # Table I counts the corpus, and its numbers lead nowhere.
    counts, results = re.split('<section id="(?:table2|results)"', part.source)
    assert '<span class="value">' in counts
    assert set(re.findall('<span class="value">(.*?)</span>', results)) <= {""}
    targets = re.findall('<a href="#(.*?)" class="value">', results)
    assert set(targets) <= {"table1", *(paper.cell_anchor(cell) for cell in paper.CELLS)}
    assert len(targets) >= (16 if "table2" not in part.ids() else 16 + 1 + 12 + 9 + 9)


def test_values_link_to_the_right_cell(text: str) -> None:
    links = [str(a["href"]) for a in Page(text).attributes("a") if a.get("class") == "value"]
    # 16 entries of Table II, the majority classifier, then Table III row by row.
    models = ["baseline", "lstm1", "lstm2", "bilstm1"]
    known = [f"#cell-known_speakers-all-mfcc13-{m}" for m in models for _ in range(4)]
    novel = [
        f"#cell-novel_speakers-all-mfcc13-{m}"
        for _ in range(3)
        for m in ("lstm1", "lstm2", "bilstm1", "baseline")
    ]
    assert links[: 16 + 1 + 12] == [*known, "#table1", *novel]


def test_runs_are_linked_relative_to_the_report(few: ReportContent, tmp_path: Path) -> None:
    runs = make_runs(few.cells, missing=paper.NOVEL_CELLS[1:2])
    runs.loc[0, "folder"] = "runs/a b#c/fold0"
    page = render(replace(few, runs=runs), tmp_path)
    links = [str(a["href"]) for a in Page(page).attributes("a")]
    assert "../runs/a%20b%23c/fold0" in links
    assert "../logs/failed.log" in links
    folders = {unquote(link) for link in links if link.startswith("../runs/")}
    assert folders == {f"../{run.folder}" for run in runs.itertuples() if run.state != "missing"}
    unfinished = page[page.index('id="unfinished"') : page.index('id="cell-known')]
    assert unfinished.count("<code>python -m dysarthria_lightning.train model=lstm1") == 2


def test_runs_are_found_where_the_outputs_are(few: ReportContent, tmp_path: Path) -> None:
    elsewhere = replace(few, outputs_dir=Path("/data/o"))
    assert f'href="../../data/o/{few.runs.folder[0]}"' in render(elsewhere, tmp_path)


def test_hostile_names_are_shown_and_not_run(few: ReportContent, tmp_path: Path) -> None:
    hostile = '<script>alert("x")</script><img src=http://x>'
    prompts = few.analysis.prompts.replace({"group": {"ma": "</script><b>ma</b>"}})
    page = render(
        replace(
            few,
            corpus=hostile,
            note=hostile,
            command=hostile,
            notes=[hostile],
            analysis=replace(few.analysis, prompts=prompts),
            runs=few.runs.assign(host=hostile, command=hostile),
        ),
        tmp_path,
    )
    parsed = Page(page)
    assert not [a for a in parsed.attributes("img") if a.get("src") == "http://x"]
    assert 'alert("x")' not in parsed.text["script"]
    assert 'alert("x")' in parsed.text["h1"]
    assert parsed.attributes("b") == []
    table = render_table(few, paper_text_tables(replace(few, corpus=hostile))[0])
    assert Page(table).attributes("table")


def unpack(packed: str) -> str:
    return zlib.decompress(base64.b64decode(packed)).decode()


def test_charts_are_packed_and_cannot_end_their_script_element(text: str) -> None:
    chart = Chart("x", "x.", [{"name": "</script><!--&amp;"}], {"height": 1})
    packed = pack_charts([chart])
    assert re.fullmatch("[A-Za-z0-9+/=]+", packed)
    assert json.loads(unpack(packed)) == {"x": {"data": chart.data, "layout": chart.layout}}
    assert pack("a" * 99) == pack("a" * 99)
    on_page = {a["id"] for a in Page(text).attributes("div") if a.get("class") == "chart"}
    scripts = dict(re.findall('<script type="text/plain" id="(.*?)">(.*?)</script>', text))
    assert on_page == {f"chart-{name}" for name in json.loads(unpack(scripts["chart-data"]))}
    assert "Plotly" in unpack(scripts["plotly"])


def test_pictures_are_the_files_with_shorter_paths() -> None:
    svg = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "a"\n "b">\n'
        '<svg xmlns="http://www.w3.org/2000/svg">\n <metadata>x</metadata>\n'
        ' <g id="text_1"><use x="33.52321" y="7" transform="rotate(-0 0.123456 1)"/></g>\n'
        ' <path d="M 1.23456 -0.001 \nL 2.5 3 \nz\n" fill="#fff"/><text>0.12345 % & "</text></svg>'
    )
    address = image_address(svg)
    assert not set(address) & set('"<>#')
    assert unquote(address.removeprefix("data:image/svg+xml,")) == (
        '<svg xmlns="http://www.w3.org/2000/svg">'
        '<g><use x="33.52" y="7" transform="rotate(-0 0.12 1)"/></g>'
        '<path d="M1.23 0L2.5 3z" fill="#fff"/>'
        '<text>0.12345 % & "</text></svg>'
    )


def test_quick_reports_say_so_on_screen_and_on_every_printed_page(
    text: str, few: ReportContent, tmp_path: Path
) -> None:
    said = "Quick profile: it shows that everything works; it is not the paper's protocol."
    quick = Page(render(replace(few, profile="quick"), tmp_path))
    assert said in quick.text["strong"]
    assert f'@top-center {{ content: "{said}"' in quick.text["style"]
    assert "Fewer folds and epochs were used" in quick.source
    assert "Quick profile" not in text


def test_header_shows_the_settings_as_given_and_what_was_changed(
    text: str, few: ReportContent, tmp_path: Path
) -> None:
    def facts(page: str) -> dict[str, str]:
        header = page[page.index('<dl class="facts">') : page.index("</header>")]
        return dict(re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", header))

    plain = {"New speakers": "2 folds, 1 validation speaker", "Epochs": "at most 40"}
    assert "<h1>Dysarthria from syllables: tones</h1>" in text
    assert list(facts(text)) == ["Corpus", "Speakers", *plain, "Repeats"]
    assert plain.items() <= facts(text).items()
    known = {"Known speakers": "recordings split 2:1:1"}
    changed = ["trainer.max_epochs=2", "model.hidden_size=<8>"]
    found = facts(render(replace(few, settings=known, changed=changed), tmp_path))
    assert list(found) == ["Corpus", "Speakers", "Known speakers", "Repeats", "Changed settings"]
    assert found["Changed settings"] == "trainer.max_epochs=2, model.hidden_size=&lt;8&gt;"


def test_notes_are_shown_and_absent_ones_leave_no_trace(
    text: str, few: ReportContent, tmp_path: Path
) -> None:
    assert "no clinical evidence" in text
    assert "Table V was left out." in text
    without = render(replace(few, note=None, notes=[]), tmp_path)
    assert "About the recordings" not in without
    assert "Left out" not in without


def test_dark_and_printed_themes_are_there(text: str) -> None:
    style = Page(text).text["style"]
    assert "@media screen and (prefers-color-scheme: dark)" in style
    assert "@media print" in style
    assert "prefers-reduced-motion" in style
    assert ":focus-visible" in style


def test_charts_say_in_words_what_they_show(text: str, content: ReportContent) -> None:
    charts = [a for a in Page(text).attributes("div") if a.get("class") == "chart"]
    parts = [part for figure in paper_figures(content) for part in figure.parts]
    panels = [panel for part in parts for row in part.rows for panel in row]
    labels = [a["aria-label"] for a in charts]
    assert labels[: len(panels)] == [panel.describe() for panel in panels]
    # They hold buttons, which an image may not.
    assert all(a["role"] == "group" for a in charts)


def test_repeats_show_their_spread_and_missing_ones_are_counted(
    text: str, few: ReportContent, tmp_path: Path
) -> None:
    cells = few.cells
    content = build_content(cells=cells, asked=cells, repeats=3)
    page = render(content, tmp_path)
    assert "repeats 61.5–64.5" in page
    metrics = content.analysis.metrics.assign(repeats=2)
    fewer = replace(content, analysis=replace(content.analysis, metrics=metrics))
    assert "2 of 3 repeats" in render(fewer, tmp_path)
    assert "repeats 6" not in text


def test_corpora_that_say_little_have_a_page_all_the_same(
    few: ReportContent, tmp_path: Path
) -> None:
    bare = few.study.recordings.assign(
        gender=None, age=float("nan"), severity=float("nan"), syllable=None, syllable_type=None
    )
    empty = few.analysis.subgroups.iloc[:0]
    analysis = replace(
        few.analysis,
        subgroups=empty,
        prompts=empty,
        severity=empty,
        severity_correlation=empty,
    )
    study = replace(few.study, recordings=bare)
    page = Page(render(replace(few, study=study, analysis=analysis), tmp_path))
    assert not {"subgroups", "prompts", "severity"} & set(page.ids())
    assert "calibration" in page.ids()


def test_long_explanations_are_shown_on_demand(text: str, content: ReportContent) -> None:
    folded = dict(
        re.findall(r'<details class="reading"><summary>.*?: (.*?)</span>(.*?)</details>', text)
    )
    found = {it.title: it for it in beyond_sections(content)}
    for title in ("Sensitivity and specificity", "Are the models different?", "Calibration"):
        section = found[title]
        assert len(section.text) < 250 < len(section.reading)
        assert str(escape(section.reading)) in folded[title]
    assert "bootstrap draws" in folded["tables"]
    assert "with its 95 % interval" not in folded["tables"]

"""Charts of the page, against plotly's own schema and the data they were made from."""

import json
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from report_contents import build_content

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.drawings import Forest, Line, Panel, Points
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.figure import PaperFigure
from dysarthria_lightning.reporting.paper.figures import paper_figures
from dysarthria_lightning.reporting.render import page
from dysarthria_lightning.reporting.render.chart import Chart
from dysarthria_lightning.reporting.render.matplotlib import draw_figure
from dysarthria_lightning.reporting.render.plotly import draw
from dysarthria_lightning.reporting.render.styles import STYLES, assign_styles, styles_of
from dysarthria_lightning.reporting.sections.beyond import beyond_sections

OTHERS = tuple(f"net{number:02d}" for number in range(20))
PAGES = {"light": "#ffffff", "dark": "#14171b"}


@pytest.fixture(scope="module")
def charts(content: ReportContent) -> list[Chart]:
    parts = (part for figure in paper_figures(content) for part in figure.parts)
    panels = [panel for part in parts for row in part.rows for panel in row]
    sections = beyond_sections(content)
    drawings = (it for section in sections for it in (*section.charts, *section.folded_charts))
    return [draw(drawing, STYLES) for drawing in (*panels, *drawings)]


def luminance(color: str) -> float:
    """Relative luminance (Web Content Accessibility Guidelines 2.2)."""
    shares = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted([luminance(one), luminance(other)], reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("theme", PAGES)
def test_texts_of_the_page_can_be_read(theme: str) -> None:
    css = (Path(page.__file__).parent / "templates" / "report.css").read_text()
    light, dark = re.findall(r":root {(.*?)}", css, re.DOTALL)[:2]
    colors = dict(re.findall(r"--([a-z-]+): (#\w{6});", {"light": light, "dark": dark}[theme]))
    assert colors["page"] == PAGES[theme]
    for name in ("text", "muted", "link", "good", "bad"):
        assert contrast(colors[name], colors["page"]) >= 4.5
        assert contrast(colors[name], colors["raised"]) >= 4.5
    assert contrast(colors["warn-text"], colors["warn-page"]) >= 4.5
    assert contrast(colors["focus"], colors["page"]) >= 3


@pytest.mark.parametrize("background", PAGES.values(), ids=PAGES.keys())
def test_colours_stand_out_on_both_pages(background: str) -> None:
    assert {*paper.MODELS, *paper.REFERENCES} <= STYLES.keys()
    for style in assign_styles(OTHERS).values():
        assert contrast(style.color, background) >= 3


def test_models_and_subsets_differ_in_colour_dash_and_marker() -> None:
    for keys in ((*paper.MODELS, *paper.REFERENCES), paper.SUBSETS):
        styles = [STYLES[key] for key in keys]
        for attribute in ("color", "plotly_dash", "matplotlib_dash", "symbol"):
            assert len({str(getattr(style, attribute)) for style in styles}) == len(keys)


def test_five_further_models_differ_from_all_in_every_way() -> None:
    keys = (*paper.MODELS, *paper.REFERENCES, *OTHERS[:5])
    styles = assign_styles(keys)
    chosen = [styles[key] for key in keys]
    for attribute in ("color", "plotly_dash", "matplotlib_dash", "symbol"):
        assert len({str(getattr(style, attribute)) for style in chosen}) == 11, attribute


def test_many_further_models_have_no_style_in_common() -> None:
    styles = assign_styles(OTHERS)
    assert len({str(style) for style in styles.values()}) == len(set(STYLES.values())) + 20
    # Whatever else is in the report, a style follows from the order alone.
    assert assign_styles(OTHERS) == styles
    assert {key: styles[key] for key in STYLES} == STYLES


def test_both_drawings_know_every_further_style() -> None:
    styles = assign_styles(OTHERS)
    macros = Path(page.__file__).parent / "templates" / "macros.html.jinja"
    swatches = re.findall(r'"([a-z-]+)": "M', macros.read_text(encoding="utf-8"))
    x = np.arange(3.0)
    lines = [Line(key, key, x, x, x, x) for key in styles]
    chart = draw(Panel("p", "P", "x", "y", lines), styles)
    points = [Points(key, key, x, x, x) for key in styles]
    forest = draw(Forest("f", "F", "x", ["a", "b", "c"], points), styles)
    for drawn in (chart, forest):
        go.Figure(drawn.data, drawn.layout)
    figure = PaperFigure("figure9", "Figure 9. All", "", [[Panel("p", "P", "x", "y", lines)]])
    drawn = draw_figure(figure, styles, []).axes[0].lines
    for line, style in zip(drawn, styles.values(), strict=True):
        assert line.get_color() == style.color
        assert style.symbol in swatches


def test_a_model_has_one_style_all_over_the_page() -> None:
    cells = tuple(
        Cell(protocol, "all", "mfcc13", model)
        for protocol in ("known_speakers", "novel_speakers")
        for model in ("lstm1", *OTHERS[:3])
    )
    content = build_content(cells=cells, asked=cells)
    styles = styles_of(content)
    assert len({styles[key].color for key in ("lstm1", *OTHERS[:3])}) == 4
    panels = [panel for f in paper_figures(content) for row in f.rows for panel in row]
    drawings = [it for section in beyond_sections(content) for it in section.charts]
    for chart in (draw(it, styles) for it in (*panels, *drawings)):
        for trace in (trace for trace in chart.data if "meta" in trace):
            colors = re.findall(r"#\w{6}", json.dumps(trace))
            assert set(colors) <= {styles[trace["meta"]].color}


def test_plotly_knows_all_properties(charts: list[Chart]) -> None:
    assert len(charts) == 14 + 11
    for chart in charts:
        go.Figure(chart.data, chart.layout)
        json.dumps([chart.data, chart.layout], allow_nan=False)
        assert chart.description.endswith(".")
    assert len({chart.name for chart in charts}) == len(charts)


def test_curves_are_those_of_the_static_figures(content: ReportContent) -> None:
    panel = paper_figures(content)[1].rows[0][0]
    chart = draw(panel, STYLES)
    chance, *traces = chart.data
    assert (chance["x"], chance["y"]) == ([0, 1], [0, 1])
    bands, lines = traces[::2], traces[1::2]
    for band, trace, line in zip(bands, lines, panel.lines, strict=True):
        np.testing.assert_allclose(trace["y"], line.y, atol=5e-5)
        np.testing.assert_allclose(trace["x"], line.x, atol=5e-5)
        n = len(line.x)
        np.testing.assert_allclose(band["y"][:n], line.high, atol=5e-5)
        np.testing.assert_allclose(band["y"][n:], line.low[::-1], atol=5e-5)
        assert band["meta"] == trace["meta"] == line.key


def test_bands_end_where_there_is_no_interval() -> None:
    x = np.arange(1.0, 7.0)
    low = np.array([0.1, 0.2, np.nan, 0.4, np.nan, 0.6])
    line = Line("lstm1", "LSTM-1", x, low + 0.1, low, low + 0.2)
    band = draw(Panel("p", "P", "x", "y", [line]), STYLES).data[0]
    assert band["x"] == [1, 2, 2, 1, None, 4, 4, None, 6, 6]
    assert band["y"] == [0.3, 0.4, 0.2, 0.1, None, 0.6, 0.4, None, 0.8, 0.6]


def test_forest_has_a_row_a_group_and_escapes_their_names() -> None:
    values = np.array([0.8, np.nan])
    points = Points("lstm1", "LSTM-1", values, values - 0.1, values + 0.05)
    chart = draw(Forest("f", "Title", "AUROC", ["a<b>", "ba"], [points]), STYLES)
    trace = chart.data[1]
    assert trace["x"] == [0.8, None]
    assert trace["error_x"]["array"] == [0.05, None]
    assert trace["error_x"]["arrayminus"] == [0.1, None]
    assert chart.layout["yaxis"]["ticktext"] == ["a&lt;b&gt;", "ba"]
    assert chart.layout["yaxis"]["range"] == [1.6, -0.6]  # the first on top
    assert chart.description == "Title. AUROC. LSTM-1: a<b> 80.0 %."


def test_sections_follow_what_the_corpus_says() -> None:
    names = [section.name for section in beyond_sections(build_content())]
    assert names == [
        *("comparisons", "operating-points", "calibration", "net-benefit", "subgroups"),
        *("prompts", "severity", "reading-length"),
    ]
    assert beyond_sections(build_content(cells=())) == []
    assert beyond_sections(build_content(cells=paper.KNOWN_CELLS)) == []


def test_single_prompts_and_severity_begin_with_the_best_model(content: ReportContent) -> None:
    sections = {section.name: section for section in beyond_sections(content)}
    # The fake values grow with the place of a model.
    for drawing in (sections["prompts"].folded_charts[0], sections["severity"].charts[0]):
        chart = draw(drawing, STYLES)
        visible = {t["meta"] for t in chart.data if "meta" in t and t.get("visible", True)}
        assert visible == {"bilstm1"}


def test_comparisons_show_the_main_setting_first_and_fold_the_others(
    content: ReportContent,
) -> None:
    section = beyond_sections(content)[0]
    (main,) = section.tables
    assert main.title == "13 coefficients, all syllables"
    names = [name for name, _ in main.rows]
    assert names[:3] == ["Baseline and LSTM-1", "Baseline and LSTM-2", "Baseline and Bi-LSTM-1"]
    auroc, other, difference, p_value, p_holm, differs, detectable = main.rows[0][1]
    assert [text.value for text in (auroc, other)] == ["62.0", "62.5"]
    assert (difference.value, difference.interval) == ("−0.5", "−10.5 to 9.5")
    assert [text.value for text in (p_value, p_holm)] == ["0.001", "0.006"]
    assert (differs.value, detectable.value) == ("yes", "14.0")
    assert {row[5].value for _, row in main.rows[1:]} == {"not shown"}
    assert main.header == [
        *("Models", "AUROC", "Other's", "Difference, first less other"),
        *("p", "p, Holm", "Different?"),
        "Smallest that could be found",
    ]
    assert len(main.rows) == 6
    assert [table.title for table in section.folded_tables] == [
        "19 coefficients, all syllables",
        "25 coefficients, all syllables",
        "13 coefficients, without compound vowels",
        "13 coefficients, without consonant-/a/",
    ]

"""The page ``index.html``: one file that holds all it needs and opens without a network."""

import base64
import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd
from markupsafe import Markup

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.audits import audit_verdict
from dysarthria_lightning.reporting.content import (
    ReportContent,
    has_pairs_within_folds,
    select_cell,
)
from dysarthria_lightning.reporting.display import DASH, TextTable, capitalised
from dysarthria_lightning.reporting.estimands import describe_interval
from dysarthria_lightning.reporting.glossary import explained, terms_in
from dysarthria_lightning.reporting.headline import headline, headline_cell
from dysarthria_lightning.reporting.manuscript.paper_parts import PaperParts, describe_checklist
from dysarthria_lightning.reporting.notices import hardly_trained, want_of_repeats
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.cells import ordered_cells
from dysarthria_lightning.reporting.paper.figures import PaperFigure
from dysarthria_lightning.reporting.provenance import duration, provenance
from dysarthria_lightning.reporting.render.chart import Chart
from dysarthria_lightning.reporting.render.plotly import draw
from dysarthria_lightning.reporting.render.styles import Styles, styles_of
from dysarthria_lightning.reporting.sections.beyond import beyond_sections
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.summary import summarise
from dysarthria_lightning.version import __version__

GENERATOR = f"dysarthria_lightning {__version__}"
LEGEND = "Values are in per cent, each with its 95 % interval. "
PAPER_LEGEND = (
    "Under it stand the paper's value and ours minus the paper's, in points, with our interval "
    "shifted: it leaves out how uncertain the paper's value is. "
)
WITHIN_LEGEND = (
    "AUROCs of new speakers compare pairs that the same fold's model judged. Under them stand what "
    "chance gives and the AUROC of pooled scores. "
)
SPREAD_LEGEND = " “Repeats” gives the smallest and the largest of {} repeats."
QUICK = "Quick profile: it shows that everything works; it is not the paper's protocol."
QUICK_DETAILS = "Fewer folds and epochs were used, so the numbers mean nothing."
_GLOSSARY = "<!-- glossary -->"
FIGURE_DATA = {"figure2": "error_by_epoch.csv"}
CURVES = "curves.csv"


def render_page(
    content: ReportContent,
    tables: list[TextTable],
    figures: list[PaperFigure],
    for_a_paper: PaperParts,
    new_folder: Path,
    report_dir: Path,
) -> str:
    """Write the page.

    Args:
        content: Of the report.
        tables: Of results.
        figures: Of results.
        for_a_paper: Methods, references and checklists.
        new_folder: Where the report's other files have been written.
        report_dir: Where the report will stand.
    """
    from plotly.offline import get_plotlyjs

    cells, styles = ordered_cells(content), styles_of(content)
    runs = {cell: _runs(content, cell, report_dir) for cell in cells}
    page = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            content=content,
            generator=GENERATOR,
            title=f"Dysarthria from {content.noun.plural}: {content.corpus}",
            banner=QUICK if content.profile == "quick" else None,
            banner_details=QUICK_DETAILS,
            legend=legend(content),
            facts=_facts(content),
            hardly_trained=hardly_trained(content),
            want_of_repeats=want_of_repeats(content),
            summary=summarise(content),
            audit=audit_verdict(content, headline_cell(content)),
            audit_of=headline(content),
            tables=tables,
            figures=[_figure(figure, new_folder, styles) for figure in figures],
            sections=[_section(section, styles) for section in beyond_sections(content)],
            unfinished=[
                run for of_cell in runs.values() for run in of_cell if run["state"] != "finished"
            ],
            cells=[_cell(content, cell, of_cell) for cell, of_cell in runs.items()],
            provenance=provenance(content),
            files=sorted(file.name for file in (new_folder / "tables").glob("*.csv")),
            css=_all_of("css"),
            js=_all_of("js"),
            plotly_js=Markup(get_plotlyjs().replace("</script", r"<\/script")),
            for_a_paper=for_a_paper,
            glossary_mark=Markup(_GLOSSARY),
        )
    )
    # What is explained is what the rest of the page uses.
    terms = terms_in(page)
    glossary = _environment().get_template("parts/glossary.html.jinja").render(terms=terms)
    return page.replace(_GLOSSARY, glossary, 1)


def render_table(content: ReportContent, table: TextTable) -> str:
    """Write a page of one of the paper's tables, with links to the report.

    Args:
        content: Of the report.
        table: Which one.
    """
    said = f"{legend(content)} {want_of_repeats(content)}".strip()
    return _one_table(content, table, said)


def render_checklist(content: ReportContent, table: TextTable) -> str:
    """Write a page of a checklist.

    Args:
        content: Of the report.
        table: Which one.
    """
    return _one_table(content, table, describe_checklist(table))


def _one_table(content: ReportContent, table: TextTable, legend: str) -> str:
    template = _environment().get_template("table.html.jinja")
    css = _all_of("css")
    return template.render(it=table, css=css, legend=legend, caveats=caveats(content))


def caveats(content: ReportContent) -> list[str]:
    """List what must be said beside every table and figure that leaves the page.

    Args:
        content: Of the report.
    """
    return [*([QUICK] if content.profile == "quick" else []), *filter(None, [content.note])]


def legend(content: ReportContent) -> str:
    """Say how to read the tables."""
    n_repeats = content.repeats_there
    within = WITHIN_LEGEND if has_pairs_within_folds(content) else ""
    if content.beside_paper:
        within += PAPER_LEGEND
    spread = SPREAD_LEGEND.format(n_repeats) if n_repeats > 1 else ""
    return LEGEND + within + describe_interval(n_repeats) + spread


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dysarthria_lightning.reporting.render"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["chart_json"] = chart_json
    environment.filters["explained"] = explained
    environment.filters["describe_checklist"] = describe_checklist
    return environment


@cache
def _all_of(kind: str) -> Markup:
    """Join the page's style sheets or scripts: the general one, then those of its parts."""
    folder = Path(__file__).parent / "templates"
    files = [folder / f"report.{kind}", *sorted((folder / "parts").glob(f"*.{kind}"))]
    return Markup("\n".join(file.read_text(encoding="utf-8") for file in files))


def chart_json(chart: Chart) -> Markup:
    """Write a chart as JSON that can stand in a script element."""
    text = json.dumps({"data": chart.data, "layout": chart.layout}, sort_keys=True, allow_nan=False)
    # Within a script element only these could end it or change how it is read.
    return Markup(text.replace("<", r"\u003c").replace("&", r"\u0026"))


def _facts(content: ReportContent) -> list[tuple[str, str]]:
    recordings = content.study.recordings
    speakers = recordings.drop_duplicates("speaker_id")
    return [
        ("Corpus", content.corpus),
        (
            "Speakers",
            f"{len(speakers)}, {int(speakers['label'].sum())} dysarthric; "
            f"{len(recordings):,} {content.noun.plural}",
        ),
        *content.settings.items(),
        ("Repeats", str(content.repeats)),
        *([("Changed settings", ", ".join(content.changed))] if content.changed else []),
    ]


def _figure(figure: PaperFigure, new_folder: Path, styles: Styles) -> dict[str, Any]:
    panels = [panel for row in figure.rows for panel in row]
    charts = [draw(panel, styles) for panel in panels] if any(p.lines for p in panels) else []
    image = (new_folder / "figures" / f"{figure.name}.svg").read_bytes()
    return {
        "figure": figure,
        "charts": charts,
        "columns": max(len(row) for row in figure.rows),
        "legend_keys": _keys(charts, styles),
        "description": " ".join(panel.describe() for panel in panels),
        "static": f"data:image/svg+xml;base64,{base64.b64encode(image).decode()}",
        "file": FIGURE_DATA.get(figure.name, CURVES),
    }


def _section(section: Section, styles: Styles) -> dict[str, Any]:
    charts = [draw(drawing, styles) for drawing in section.charts]
    folded = [draw(drawing, styles) for drawing in section.folded_charts]
    return {
        "section": section,
        "charts": charts,
        "legend_keys": _keys(charts, styles),
        "folded": folded,
        "folded_legend_keys": _keys(folded, styles),
    }


def _keys(charts: list[Chart], styles: Styles) -> list[dict[str, Any]]:
    keys: dict[str, dict[str, Any]] = {}
    for trace in (trace for chart in charts for trace in chart.data if "meta" in trace):
        style = styles[trace["meta"]]
        keys.setdefault(
            trace["meta"],
            {
                "key": trace["meta"],
                "name": trace["legendgroup"],
                "visible": trace.get("visible", True),
                "color": style.color,
                "dash": "" if style.plotly_dash == "solid" else style.plotly_dash,
                # Where only markers are drawn, dashes would not tell them apart.
                "symbol": style.symbol if "markers" in trace["mode"] else None,
            },
        )
    return list(keys.values())


def _cell(content: ReportContent, cell: Cell, runs: list[dict[str, Any]]) -> dict[str, Any]:
    finished = sum(run["state"] == "finished" for run in runs)
    failed = sum(run["state"] == "failed" for run in runs)
    state = f"{finished} of {len(runs)} {'run' if len(runs) == 1 else 'runs'} finished"
    return {
        "anchor": paper.cell_anchor(cell),
        "name": capitalised(paper.cell_name(cell, content.noun)),
        "state": f"{state}, {failed} failed." if failed else f"{state}.",
        "runs": runs,
        "commands": list(dict.fromkeys(run["command"] for run in runs)),
    }


def _runs(content: ReportContent, cell: Cell, report_dir: Path) -> list[dict[str, Any]]:
    def link(path: str) -> str:
        return quote(Path(os.path.relpath(content.outputs_dir / path, report_dir)).as_posix())

    rows = select_cell(content.runs, cell)
    if len(rows):
        rows = rows.sort_values(["repeat", "fold"])
    return [
        {
            "anchor": paper.cell_anchor(cell),
            "cell": capitalised(paper.cell_name(cell, content.noun)),
            "place": f"repeat {run['repeat']}, fold {run['fold']}",
            "state": run["state"],
            "folder": run["folder"],
            "href": link(run["folder"]),
            "command": run["command"],
            "log_href": None if pd.isna(run["log"]) else link(run["log"]),
            **{it: _whole(run[it]) for it in ("epochs", "epoch_tested", "steps")},
            "time": "–" if pd.isna(run["wall_time_s"]) else duration(run["wall_time_s"]),
        }
        for _, run in rows.iterrows()
    ]


def _whole(number: float | None) -> str:
    return DASH if pd.isna(number) else f"{number:,.0f}"

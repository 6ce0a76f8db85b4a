"""The page ``index.html``: one file that holds all it needs and opens without a network."""

import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd
from markupsafe import Markup

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select_cell
from dysarthria_lightning.reporting.display import DASH, TextTable, capitalised
from dysarthria_lightning.reporting.first_screen import first_screen
from dysarthria_lightning.reporting.glossary import explained, terms_in
from dysarthria_lightning.reporting.legend import VALUES, how_to_read
from dysarthria_lightning.reporting.manuscript.paper_parts import PaperParts, describe_checklist
from dysarthria_lightning.reporting.notices import want_of_repeats
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.cells import ordered_cells
from dysarthria_lightning.reporting.paper.figure import PaperFigure
from dysarthria_lightning.reporting.provenance import duration, provenance
from dysarthria_lightning.reporting.render.chart import Chart, is_band, is_hidden_interval
from dysarthria_lightning.reporting.render.forest_plot import draw_forest
from dysarthria_lightning.reporting.render.packing import image_address, pack_charts, packed_plotly
from dysarthria_lightning.reporting.render.people_page import people_part
from dysarthria_lightning.reporting.render.plotly import draw
from dysarthria_lightning.reporting.render.styles import Styles, styles_of
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.summary import summarise
from dysarthria_lightning.version import __version__

GENERATOR = f"dysarthria_lightning {__version__}"
QUICK = "Quick profile: it shows that everything works; it is not the paper's protocol."
QUICK_DETAILS = "Fewer folds and epochs were used, so the numbers mean nothing."
_GLOSSARY = "<!-- glossary -->"
FIGURE_DATA = {"figure2": "error_by_epoch.csv"}
CURVES = "curves.csv"
ALL_TABLES = "tables.zip"


def render_page(
    content: ReportContent,
    tables: list[TextTable],
    figures: list[PaperFigure],
    sections: list[Section],
    for_a_paper: PaperParts,
    new_folder: Path,
    report_dir: Path,
) -> str:
    """Write the page.

    Args:
        content: Of the report.
        tables: Of results.
        figures: Of results.
        sections: What goes beyond them.
        for_a_paper: Methods, references and checklists.
        new_folder: Where the report's other files have been written.
        report_dir: Where the report will stand.
    """
    cells, styles, first = ordered_cells(content), styles_of(content), first_screen(content)
    drawn_figures = [_figure(figure, new_folder, styles) for figure in figures]
    drawn_sections = [_section(section, styles) for section in sections]
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
            legend=(VALUES, how_to_read(content)),
            facts=_facts(content),
            first=first,
            drawn_forest=draw_forest(first.forest) if first.forest else None,
            summary=summarise(content),
            tables=tables,
            figures=drawn_figures,
            sections=drawn_sections,
            people=people_part(content),
            unfinished=[
                run for of_cell in runs.values() for run in of_cell if run["state"] != "finished"
            ],
            cells=[_cell(content, cell, of_cell) for cell, of_cell in runs.items()],
            provenance=provenance(content),
            all_tables=ALL_TABLES,
            files=sorted(file.name for file in (new_folder / "tables").glob("*.csv")),
            css=_all_of("css"),
            js=_all_of("js"),
            plotly_js=packed_plotly(),
            chart_data=pack_charts(_charts_of([*drawn_figures, *drawn_sections])),
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
    said = [VALUES, how_to_read(content), want_of_repeats(content)]
    return _one_table(content, table, " ".join(filter(None, said)))


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


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dysarthria_lightning.reporting.render"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["explained"] = explained
    environment.filters["describe_checklist"] = describe_checklist
    return environment


@cache
def _all_of(kind: str) -> Markup:
    """Join the page's style sheets or scripts: the general one, then those of its parts."""
    folder = Path(__file__).parent / "templates"
    files = [folder / f"report.{kind}", *sorted((folder / "parts").glob(f"*.{kind}"))]
    return Markup("\n".join(file.read_text(encoding="utf-8") for file in files))


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
    image = (new_folder / "figures" / f"{figure.name}.svg").read_text(encoding="utf-8")
    folded = figure.folded
    return {
        "figure": figure,
        "charts": charts,
        "columns": max(len(row) for row in figure.rows),
        "legend_keys": _keys(charts, styles),
        "description": " ".join(panel.describe() for panel in panels),
        "static": image_address(image),
        "file": FIGURE_DATA.get(figure.name, CURVES),
        "folded": _figure(folded, new_folder, styles) if folded and charts else None,
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


def _charts_of(parts: list[dict[str, Any]]) -> list[Chart]:
    """Gather the charts of figures and sections, those folded away included."""
    found: list[Chart] = []
    for part in parts:
        folded = part["folded"] or []
        found += [*part["charts"], *(_charts_of([folded]) if isinstance(folded, dict) else folded)]
    return found


def _keys(charts: list[Chart], styles: Styles) -> list[dict[str, Any]]:
    keys: dict[str, dict[str, Any]] = {}
    has_bands = any(is_hidden_interval(trace) for chart in charts for trace in chart.data)
    for trace in (trace for chart in charts for trace in chart.data if "meta" in trace):
        if is_band(trace):
            continue
        style = styles[trace["meta"]]
        keys.setdefault(
            trace["meta"],
            {
                "key": trace["meta"],
                "name": trace["legendgroup"],
                # Where intervals are hidden a key shows its own; elsewhere all that has its name.
                "of_bands": has_bands,
                "visible": not has_bands and trace.get("visible", True),
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

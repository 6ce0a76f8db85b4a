"""Which models differ from which."""

from dataclasses import replace

import pandas as pd

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select
from dysarthria_lightning.reporting.display import (
    DASH,
    Text,
    TextTable,
    estimate_text,
    p_value,
    percent,
)
from dysarthria_lightning.reporting.estimands import DIFFERENT
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import in_paper_order, setting_name


def comparisons_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show the comparisons of one setting, those of others on demand.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    table = in_paper_order(select(content.analysis.comparisons, level=SOFT_MAJORITY.key))
    shown: list[TextTable] = []
    others: list[TextTable] = []
    settings = [
        (Cell("novel_speakers", str(subset), str(features), ""), pairs)
        for (subset, features), pairs in (
            table.groupby(["subset", "features"]) if len(table) else ()
        )
    ]
    for setting, pairs in sorted(settings, key=lambda item: paper.order_of_cell(item[0])):
        ordered = sorted((pair for _, pair in pairs.iterrows()), key=_order)
        rows = [_comparison(setting, pair) for pair in ordered]
        header = ["Models", "AUROC", "Other's", "Difference, first less other", "p", "p, Holm"]
        header += ["Different?", "Smallest that could be found"]
        name = f"pairs-{setting.subset}-{setting.features}"
        one = TextTable(name, setting_name([setting], content.noun), header, rows, [])
        is_shown = [replace(cell, model="") for cell in cells[:1]] == [setting]
        (shown if is_shown else others).append(one)
    return Section(
        "comparisons",
        "Are the models different?",
        "Speaker-level AUROC (%, soft majority) of two models on the same speakers, and the "
        "difference in points, the first model's less the other's.",
        ("comparisons.csv",),
        shown,
        folded_title="Other settings",
        folded_tables=others,
        reading=f"Values are means over the repeats that both models have. {DIFFERENT} No unbiased "
        "variance of a cross-validation exists (Bengio & Grandvalet, 2004).",
    )


def _order(pair: pd.Series) -> tuple[object, ...]:
    return tuple(paper.order_of_model(str(pair[name])) for name in ("model", "other"))


def _comparison(setting: Cell, pair: pd.Series) -> tuple[str, list[Text]]:
    cell = replace(setting, model=str(pair["model"]))
    other = replace(setting, model=str(pair["other"]))
    anchor = paper.cell_anchor(cell)
    texts = [
        Text(percent(pair["auroc"]), anchor=anchor),
        Text(percent(pair["other_auroc"]), anchor=paper.cell_anchor(other)),
        estimate_text(pair, anchor, column="difference"),
        Text(p_value(pair["p_value"]), anchor=anchor),
        Text(p_value(pair["p_holm"]), anchor=anchor),
        Text("yes" if pair["differs"] else "not shown", anchor=anchor),
        # Models that rank speakers alike in every draw leave open what could have been found.
        Text(percent(pair["detectable"]) if pair["detectable"] > 0 else DASH, anchor=anchor),
    ]
    return f"{paper.model_name(cell.model)} and {paper.model_name(other.model)}", texts

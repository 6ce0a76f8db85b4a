"""On which prompts a model works: types of syllables, and single prompts."""

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select, select_cell
from dysarthria_lightning.reporting.drawings import Drawing, Forest
from dysarthria_lightning.reporting.nouns import RECORDINGS, SYLLABLES
from dysarthria_lightning.reporting.sections.caveats import left_out_note, pooled_note
from dysarthria_lightning.reporting.sections.groups import group_parts, group_points, groups_of
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import best_cell, no_pairs_note, setting_name

_TYPE_NAMES = {
    "monophthong": "monophthong",
    "compound_vowel": "compound vowel",
    "consonant_a": "consonant-/a/",
}


_ENDS = {"": "value", "_low": "low", "_high": "high"}
_SHRUNKEN = (
    "Single prompts are ranked by values drawn towards the mean of all of them, the more the less "
    "certain they are (empirical Bayes), because the highest of many is too high by chance. Where "
    "prompts differ no more than chance explains, all values are the same. Raw values are in the "
    "file."
)


def prompts_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show the AUROC among recordings of one type or one prompt.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    table = content.analysis.prompts
    left_out = left_out_note(content, cells)
    cells = [cell for cell in cells if len(select_cell(table, cell))]
    types = groups_of(select(table, grouping="syllable_type"), cells, ["group", "n_recordings"])
    names = {
        ("syllable_type", g.group): f"{_TYPE_NAMES.get(g.group, g.group)} ({g.n_recordings:,})"
        for g in types.itertuples()
    }
    kind = SYLLABLES if content.noun == SYLLABLES else RECORDINGS
    if len(types) == 1:
        names = {}  # that is all recordings
    heading = f"AUROC by type of {kind.singular}"
    tables, charts = group_parts(table, cells, names, "type", heading)
    title, groups = "Single prompts", "prompt"
    if names:
        title, groups = f"Types of {kind.plural} and single prompts", "type or one prompt"
    return Section(
        "prompts",
        title,
        f"AUROC (%) of single {content.noun.plural} of new speakers, among those of one {groups}, "
        f"by the models trained on all of them. {no_pairs_note(table)}"
        f"{pooled_note(content, cells)}{left_out}"
        f"Shown: {setting_name(cells, content.noun)}.",
        ("prompts.csv",),
        tables,
        charts,
        folded_title="Single prompts",
        folded_charts=_single_prompts(content, cells),
        reading=_SHRUNKEN,
    )


def _single_prompts(content: ReportContent, cells: list[Cell]) -> list[Drawing]:
    prompts = select(content.analysis.prompts, grouping="syllable")
    best = best_cell(content, cells)
    if best is None:
        return []
    if select_cell(prompts, best).empty:
        return []
    columns = {f"shrunken{end}": name for end, name in _ENDS.items()}
    prompts = prompts.drop(columns=[*_ENDS.values()]).rename(columns=columns)
    order = select_cell(prompts, best).sort_values("value", ascending=False, kind="stable")
    groups = [str(group) for group in order["group"]]
    points = [
        group_points(select_cell(prompts, cell), cell, groups, visible=cell == best)
        for cell in cells
    ]
    title = "AUROC by prompt, drawn towards their mean, from the best told apart"
    return [Forest("prompt-forest", title, "AUROC", groups, points)]

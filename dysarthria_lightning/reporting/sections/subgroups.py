"""For whom a model works: speakers of one gender or age."""

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select
from dysarthria_lightning.reporting.sections.caveats import pooled_note
from dysarthria_lightning.reporting.sections.groups import group_parts, groups_of
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import no_pairs_note, setting_name


def subgroups_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show the AUROC within groups of speakers.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    table = select(content.analysis.subgroups, level=SOFT_MAJORITY.key)
    groups = groups_of(table, cells, ["grouping", "group", "n_speakers", "n_dysarthric"])
    names = {
        (g.grouping, g.group): f"{g.grouping}: {g.group} ({g.n_dysarthric} of {g.n_speakers} "
        "dysarthric)"
        for g in groups.itertuples()
    }
    return Section(
        "subgroups",
        "Groups of speakers",
        f"Speaker-level AUROC (%, {SOFT_MAJORITY.name}) within groups. Groups are small: wide "
        "intervals are no evidence of a difference, or of none. "
        f"{no_pairs_note(table)}{pooled_note(content, cells)}"
        f"Shown: {setting_name(cells, content.noun)}.",
        ("subgroups.csv",),
        *group_parts(table, cells, names, "subgroup", "AUROC by group"),
    )

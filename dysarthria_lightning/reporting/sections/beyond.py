"""What the paper does not report: tests, operating points, calibration, and for whom it works."""

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.sections.across import across_section
from dysarthria_lightning.reporting.sections.audit import audit_section
from dysarthria_lightning.reporting.sections.calibration import calibration_section
from dysarthria_lightning.reporting.sections.comparisons import comparisons_section
from dysarthria_lightning.reporting.sections.net_benefit import net_benefit_section
from dysarthria_lightning.reporting.sections.operating_points import operating_points_section
from dysarthria_lightning.reporting.sections.prompts import prompts_section
from dysarthria_lightning.reporting.sections.reading_length import reading_length_section
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.sections.severity import severity_section
from dysarthria_lightning.reporting.sections.subgroups import subgroups_section
from dysarthria_lightning.reporting.selection import shown_cells

#: In the order of the page.
SECTIONS = (
    audit_section,
    across_section,
    comparisons_section,
    operating_points_section,
    calibration_section,
    net_benefit_section,
    subgroups_section,
    prompts_section,
    severity_section,
    reading_length_section,
)


def beyond_sections(content: ReportContent) -> list[Section]:
    """Make the sections that have something to show, all of one setting.

    Args:
        content: Of the report.
    """
    cells = shown_cells(content)
    sections = [make(content, cells) for make in SECTIONS]
    return [section for section in sections if not section.is_empty]

"""Where the numbers come from."""

from dataclasses import replace

from report_contents import build_content

from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.provenance import provenance


def test_provenance_names_the_processor_where_it_is_known() -> None:
    cells = (paper.KNOWN_CELLS[1], paper.NOVEL_CELLS[1])
    few = build_content(cells=cells, asked=cells)
    facts = dict(provenance(few))
    assert "Processor" not in facts
    assert facts["Time trained, summed over runs"] == "3 min 4 s in 3 runs"
    known = replace(few, runs=few.runs.assign(processor=["Xeon", "Xeon", "H100"]))
    assert dict(provenance(known))["Processor"] == "H100 (1 run), Xeon (2 runs)"


def test_versions_that_older_runs_did_not_note_are_left_out() -> None:
    cells = (paper.NOVEL_CELLS[1],)
    content = build_content(cells=cells, asked=cells)
    older = replace(content, runs=content.runs.assign(hydra=None, git_commit=None))
    assert "Hydra" not in dict(provenance(older))
    assert dict(provenance(older))["Git commit"] == "unknown"
    newer = replace(content, runs=content.runs.assign(hydra="1.3.8"))
    assert dict(provenance(newer))["Hydra"] == "1.3.8"


def test_what_a_published_corpus_is_stands_beside_its_numbers() -> None:
    cells = (paper.KNOWN_CELLS[1], paper.NOVEL_CELLS[1])
    origin = {"Published as": "TORGO", "Cite": "Rudzicz et al., 2012"}
    facts = provenance(replace(build_content(cells=cells, asked=cells), origin=origin))
    assert set(origin.items()) <= set(facts)

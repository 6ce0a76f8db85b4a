"""What Figures 2 to 5 show, and their files."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from report_contents import build_content, make_crossvalidation, make_recordings

from dysarthria_lightning.data.synthetic import DISCLAIMER
from dysarthria_lightning.evaluation.levels import RECORDING, SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell, CrossValidation
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.error_figure import error_by_epoch
from dysarthria_lightning.reporting.paper.figure import PaperFigure
from dysarthria_lightning.reporting.paper.figures import paper_figures, prevalence
from dysarthria_lightning.reporting.render.matplotlib import draw_figure, save_figure
from dysarthria_lightning.reporting.render.page import QUICK
from dysarthria_lightning.reporting.render.styles import STYLES

MAIN = [Cell("novel_speakers", "all", "mfcc13", model) for model in paper.MODELS]


CAVEATS = [QUICK, f"{DISCLAIMER.capitalize()}."]


@pytest.fixture(scope="module")
def drawn(content: ReportContent) -> dict[int, Figure]:
    """Figures of one wide row and of several columns, drawn once: that takes half a second."""
    return {it: draw_figure(figure(content, it), STYLES, CAVEATS) for it in (3, 5)}


def figure(content: ReportContent, number: int) -> PaperFigure:
    return paper_figures(content)[number - 2]


def history(*errors: list[float]) -> CrossValidation:
    """One cross-validation whose folds have these validation errors; training errors are half."""
    rows = [
        {"fold": fold, "epoch": epoch, "train_error": error / 2, "validation_error": error}
        for fold, of_fold in enumerate(errors)
        for epoch, error in enumerate(of_fold, start=1)
    ]
    cell = paper.KNOWN_CELLS[0]
    return CrossValidation(cell, 0, pd.DataFrame(), pd.DataFrame(), pd.DataFrame(rows))


def test_errors_are_averaged_over_the_runs_that_still_train() -> None:
    table = error_by_epoch([history([0.4, 0.2]), history([0.9], [0.5, 0.4, 0.1])])
    validation = table[table["side"] == "validation"].set_index("epoch")
    assert validation["mean"].to_dict() == pytest.approx({1: 0.6, 2: 0.3, 3: 0.1})
    assert validation["smallest"].to_dict() == {1: 0.4, 2: 0.2, 3: 0.1}
    assert validation["largest"].to_dict() == {1: 0.9, 2: 0.4, 3: 0.1}
    assert validation["runs"].to_dict() == {1: 3, 2: 2, 3: 1}
    training = table[table["side"] == "train"].set_index("epoch")
    assert training["mean"].to_dict() == pytest.approx({1: 0.3, 2: 0.15, 3: 0.05})


def test_prevalence_is_of_what_is_judged() -> None:
    recordings = make_recordings()
    few = recordings[~recordings["recording_id"].isin([f"S1/{n}" for n in range(5)])]
    crossvalidation = make_crossvalidation(MAIN[1], 0, few)
    assert prevalence(crossvalidation, RECORDING) == pytest.approx(19 / 43)
    assert prevalence(crossvalidation, SOFT_MAJORITY) == pytest.approx(0.5)


def test_figure_2_shows_validation_and_training_errors_of_known_speakers() -> None:
    content = build_content(repeats=3)
    validation, training = figure(content, 2).rows[0]
    assert [line.name for line in validation.lines] == list(paper.MODEL_NAMES.values())
    lstm1 = validation.lines[1]
    np.testing.assert_allclose(lstm1.y, 0.45 / np.arange(1, 5) + 0.01)
    np.testing.assert_allclose(lstm1.high - lstm1.low, 0.02)
    assert training.lines[1].y[0] == pytest.approx(0.41)
    assert "LSTM-1 12.2 % after epoch 4" in validation.describe()


@pytest.mark.parametrize(
    ("number", "levels"),
    [(3, ["recording"]), (4, ["speaker_soft_majority", "speaker_noisy_or"])],
)
def test_figures_3_and_4_show_the_curves_of_their_level(
    number: int, levels: list[str], content: ReportContent
) -> None:
    rows = [row for part in figure(content, number).parts for row in part.rows]
    assert len(rows) == len(levels)
    for row, level in zip(rows, levels, strict=True):
        for panel, curve in zip(row, ("roc", "pr"), strict=True):
            assert [line.key for line in panel.lines] == list(paper.MODELS)
            for cell, line in zip(MAIN, panel.lines, strict=True):
                table = content.analysis.curves[cell, level]
                expected = table[table["curve"] == curve]
                for name in ("x", "y", "low", "high"):
                    np.testing.assert_array_equal(getattr(line, name), expected[name])
        roc, pr = row
        assert roc.chance == ((0, 0), (1, 1))
        assert pr.chance == ((0, 0.5), (1, 0.5))
        metrics = content.analysis.metrics
        value = metrics[
            (metrics["protocol"] == "novel_speakers")
            & (metrics["subset"] == "all")
            & (metrics["features"] == "mfcc13")
            & (metrics["model"] == "lstm2")
            & (metrics["level"] == level)
        ].set_index("metric")["value"]
        assert f"LSTM-2 {100 * value['auroc']:.1f} (" in roc.describe()
        assert f"LSTM-2 {100 * value['average_precision']:.1f} (" in pr.describe()


def test_figure_5_has_a_column_a_model_and_a_line_a_subset(content: ReportContent) -> None:
    roc, pr = figure(content, 5).rows
    assert [panel.title for panel in roc] == ["ROC, LSTM-1", "ROC, LSTM-2", "ROC, Bi-LSTM-1"]
    for row in (roc, pr):
        assert all([line.key for line in panel.lines] == list(paper.SUBSETS) for panel in row)
    cell = Cell("novel_speakers", "no_ca", "mfcc13", "lstm2")
    table = content.analysis.curves[cell, "speaker_soft_majority"]
    expected = table[table["curve"] == "roc"]
    np.testing.assert_array_equal(roc[1].lines[2].y, expected["y"])


def test_what_is_not_finished_is_not_drawn() -> None:
    content = build_content(cells=(MAIN[1],))
    for panel in figure(content, 3).rows[0]:
        assert [line.key for line in panel.lines] == ["lstm1"]
    assert figure(content, 2).rows[0][0].lines == []
    nothing = draw_figure(figure(build_content(cells=()), 4), STYLES, [])
    assert all("nothing finished" in [text.get_text() for text in a.texts] for a in nothing.axes)


def test_drawn_lines_bands_and_legends_are_those_of_the_data(
    content: ReportContent, drawn: dict[int, Figure]
) -> None:
    roc_axes = drawn[3].axes[0]
    chance, *lines = roc_axes.lines
    np.testing.assert_array_equal(chance.get_xydata(), [[0, 0], [1, 1]])
    panel = figure(content, 3).rows[0][0]
    for curve, line in zip(lines, panel.lines, strict=True):
        np.testing.assert_array_equal(curve.get_xydata(), np.column_stack([line.x, line.y]))
    # More than three bands would hide each other.
    assert len(roc_axes.collections) == 0
    of_types, panel_of_types = drawn[5].axes[0], figure(content, 5).rows[0][0]
    assert len(of_types.collections) == 3
    for band, line in zip(of_types.collections, panel_of_types.lines, strict=True):
        corners = set(map(tuple, band.get_paths()[0].vertices))
        assert corners == {
            *zip(line.x, line.low, strict=True),
            *zip(line.x, line.high, strict=True),
        }
    legend = [text.get_text() for text in roc_axes.get_legend().get_texts()]
    assert legend == [f"{line.name}: {line.summary}" for line in panel.lines]
    # Neither colour alone nor dashes alone.
    assert len({line.get_color() for line in lines}) == 4
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == 4


@pytest.mark.slow
def test_files_have_the_same_bytes_whenever_they_are_written(
    tmp_path: Path, content: ReportContent
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        save_figure(figure(content, 3), tmp_path / name, STYLES, ["Made up."])
    for kind in ("pdf", "svg", "png"):
        first, second = ((tmp_path / name / f"figure3.{kind}").read_bytes() for name in "ab")
        assert first == second
        assert not re.search(rb"20\d\d-\d\d-\d\dT|D:20\d\d", first)
    assert (tmp_path / "a/figure3.pdf").read_bytes().startswith(b"%PDF")
    assert b"Type3" not in (tmp_path / "a/figure3.pdf").read_bytes()


def test_files_fit_a_journal_and_legends_cover_no_curve(
    content: ReportContent, drawn: dict[int, Figure]
) -> None:
    for it in drawn.values():
        assert it.get_size_inches()[0] * 25.4 == pytest.approx(180, abs=0.1)
        frame, boxes = it.bbox, [axes.get_window_extent() for axes in it.axes]
        for axes in (axes for axes in it.axes if axes.get_legend()):
            box = axes.get_legend().get_window_extent()
            assert box.x0 >= frame.x0
            assert box.x1 <= frame.x1
            assert box.y0 >= frame.y0
            assert not any(box.overlaps(other) for other in boxes)
            labels = [axes.xaxis.label.get_window_extent(), axes.title.get_window_extent()]
            assert not any(box.overlaps(other) for other in labels)
        texts = [text for text in it.findobj(Text) if text.get_text()]
        assert min(text.get_fontsize() for text in texts) >= 7
    single = PaperFigure("figure9", "One", "", [[figure(content, 3).rows[0][0]]])
    assert draw_figure(single, STYLES, []).get_size_inches()[0] * 25.4 == pytest.approx(88, abs=0.1)


def below(drawn: Figure) -> str:
    """The text at the bottom, which must be seen whole and touch no axes."""
    text = drawn._supxlabel
    assert text is not None
    box = text.get_window_extent()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= drawn.bbox.x1
    assert all(box.y1 <= axes.get_tightbbox().y0 for axes in drawn.axes)
    return text.get_text()


def test_figures_say_themselves_what_must_be_known(drawn: dict[int, Figure]) -> None:
    assert [below(it) for it in drawn.values()] == 2 * ["\n".join(CAVEATS)]


def test_figure_2_says_where_it_has_no_band(content: ReportContent) -> None:
    single = figure(content, 2)
    assert "One run of each model, so there is no band." in single.caption
    assert "smallest to largest" not in single.caption
    assert below(draw_figure(single, STYLES, ["Made up."])) == f"{single.remark}\nMade up."
    several = figure(build_content(repeats=2), 2)
    assert "bands: smallest to largest" in several.caption
    assert "no band" not in several.caption
    assert draw_figure(several, STYLES, [])._supxlabel is None

"""The Methods follow the settings: change one, and its sentence changes."""

from dataclasses import replace

import pandas as pd
import pytest
from report_contents import build_content, cell_config

from dysarthria_lightning.data.flow import FLOW_COLUMNS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.manuscript.methods import methods, results
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.study_file import StudyDescription

LSTM = paper.NOVEL_CELLS[1]
FUNCTIONALS = Cell("novel_speakers", "all", "mfcc13", "functionals")
CELLS = (LSTM, paper.NOVEL_CELLS[2], FUNCTIONALS)


@pytest.fixture(scope="module")
def small() -> ReportContent:
    return build_content(cells=CELLS, asked=CELLS, repeats=2)


def written(content: ReportContent) -> dict[str, str]:
    return {paragraph.heading: paragraph.text for paragraph in methods(content)}


CHANGES = {
    "features.window_s=0.03": ("Features", "25 ms", "30 ms"),
    "features.hop_s=0.005": ("Features", "every 10 ms", "every 5 ms"),
    "features.sample_rate_hz=8000": ("Features", "16 kHz", "8 kHz"),
    "features.n_mels=30": ("Features", "40 mel bands", "30 mel bands"),
    "features.f_max_hz=4000": ("Features", "to 8000 Hz", "to 4000 Hz"),
    "features.cmn=recording": ("Features", None, "its mean over the recording was subtracted"),
    "features.level=recording": ("Features", None, "the same root mean square"),
    "features.remove_dc=true": ("Features", None, "freed of its mean"),
    "features.drop_c0=true": ("Features", "from c0", "without c0"),
    "n_mfcc=19": ("Features", "first 13 mel", "first 19 mel"),
    "features=log_mel": ("Features", "cepstral", "Features were these logarithms"),
    "model.hidden_size=50": ("Models", "200 units", "50 units"),
    "model.layers=3": ("Models", "one layer", "3 layers"),
    "model.l2=0": ("Models", "weights 0.0001", "No L2 penalty"),
    "model.dropout=0.3": ("Models", "no dropout", "dropout 0.3"),
    "model=bilstm1": ("Models", "last frame", "in each direction"),
    "model=baseline": ("Models", "last frame", "fully connected"),
    "model=attention": ("Models", "last frame", "weighted by attention"),
    "model=demographics": ("Models", "last frame", "age and sex"),
    "trainer.learning_rate=0.01": ("Training", "rate 0.001,", "rate 0.01,"),
    "trainer.batch_size=8": ("Training", "batches of 64", "batches of 8"),
    "trainer.max_epochs=7": ("Training", "most 40 epochs", "most 7 epochs"),
    "trainer.monitor=loss": ("Training", "the error of", "the mean loss of"),
    "trainer.monitor=auroc": ("Training", "the error of", "1 − AUROC of"),
    "trainer.min_steps=300": ("Training", None, "before 300 optimisation steps"),
    "trainer.early_stopping.alpha=0.2": ("Training", "7.5 %", "20 %"),
    "trainer.early_stopping.patience=3": ("Training", "5 epochs in", "3 epochs in"),
    "trainer.precision=bf16-mixed": ("Training", None, "mixed precision"),
    "protocol.folds=5": ("Division of speakers", "10 folds", "5 folds"),
    "protocol.stratify=true": ("Division of speakers", "drawn at random", "stratified by class"),
    "protocol.validation_speakers=2": ("Division of speakers", "9 other", "2 other"),
    "protocol.validation=rotating": ("Division of speakers", "9 other", "after the tested one"),
    "protocol=known_speakers": ("Division of speakers", "folds", "shuffled and divided 2:1:1"),
    "seed=5": ("Division of speakers", "partition and weights", "of the weights was 5"),
    "data.segment_s=0.5": ("Participants and recordings", None, "segments of 0.5 s"),
    "data.max_duration_s=9": ("Participants and recordings", None, "of 9 s or more"),
    "data.on_bad_file=skip": ("Participants and recordings", None, "could not be used"),
    "data.permuted_labels=3": ("Participants and recordings", None, "(seed 3)"),
    "subset=no_cv": ("Participants and recordings", None, "without compound vowels"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_setting_changes_its_sentence(small: ReportContent, change: str) -> None:
    heading, before, after = CHANGES[change]
    plain = replace(small, configs={LSTM: cell_config(LSTM)})
    dropped = ("model.", "features") if change == "features=log_mel" else ()
    words = [change, *(["n_mfcc=null"] if dropped else [])]
    changed = replace(small, configs={LSTM: cell_config(LSTM, *words)})
    if before:
        assert before in written(plain)[heading]
        assert before not in written(changed).get(heading, "")
    assert after not in written(plain)[heading]
    assert after in written(changed)[heading]


def test_what_differs_between_cells_is_said_once_each(small: ReportContent) -> None:
    configs = {LSTM: cell_config(LSTM), CELLS[1]: cell_config(CELLS[1], "trainer.threads=2")}
    said = written(replace(small, configs=configs))
    assert said["Training"].count("Networks were trained") == 1  # threads change no result
    assert said["Models"].count("LSTM-1: ") == said["Models"].count("LSTM-2: ") == 1


def test_methods_without_networks_train_none(small: ReportContent) -> None:
    said = written(replace(small, configs={FUNCTIONALS: cell_config(FUNCTIONALS)}))
    assert "Training" not in said
    assert "Lightning" not in said["Software"]


def test_versions_are_named_where_runs_noted_them(small: ReportContent) -> None:
    assert "and Hydra [" in written(small)["Software"]
    noted = small.runs.assign(lightning="2.6.6", hydra="1.3.8")
    software = written(replace(small, runs=noted))["Software"]
    assert "PyTorch Lightning 2.6.6 [" in software
    assert "and Hydra 1.3.8 [" in software


def test_corpus_and_flow_are_counted(small: ReportContent) -> None:
    rows = [
        ("listed", "", None, 9, 55),
        ("left out", "silent", None, 1, 5),
        ("left out", "too long", None, 1, 2),
        ("usable", "", None, 8, 48),
    ]
    origin = {"Published as": "TORGO", "Classes": "ill, well", "Cite": "A B. T. 2012. doi:10.1/x"}
    flow = pd.DataFrame(rows, columns=FLOW_COLUMNS)
    said = written(replace(small, flow=flow, origin=origin))["Participants and recordings"]
    assert "TORGO [@corpustones]: 8 speakers, 4 dysarthric and 4 healthy; 48 syllables." in said
    assert "lists 55 recordings. Left out were: silent: 5; too long: 2." in said
    assert "Who is called dysarthric: ill, well." in said
    # Ages 35, 45, 55 and 65.
    assert "dysarthric speakers 2 were female and the mean age was 50.0 years (SD 12.9)" in said
    unknown = small.study.recordings.assign(age=None, gender=None)
    study = replace(small.study, recordings=unknown)
    assert "mean age" not in written(replace(small, study=study))["Participants and recordings"]
    all_used = replace(small, flow=flow.iloc[[0, 3]])
    assert "All 55 recordings" in written(all_used)["Participants and recordings"]


def test_statistics_follow_what_was_computed(small: ReportContent) -> None:
    said = written(small)["Statistical analysis"]
    assert "AUROC of pairs within folds" in said
    assert "speakers and repeats" in said
    assert "[@holm1979]" in said
    assert "prevalence of 2.5 % and 30 %" in said
    nothing = pd.DataFrame()
    analysis = replace(small.analysis, comparisons=nothing, predictive_values=nothing)
    said = written(replace(small, analysis=analysis))["Statistical analysis"]
    assert "holm" not in said
    assert "prevalence" not in said


def test_authors_words_stand_where_they_belong(small: ReportContent) -> None:
    described = StudyDescription(ethics="Approved, No. 5", dates="2019 to 2021", raters="Two")
    said = written(replace(small, described=described))
    assert said["Ethics"] == "Ethics: Approved, No. 5."
    assert "Dates: 2019 to 2021." in said["Participants and recordings"]
    assert "Raters: Two." in said["Participants and recordings"]
    assert "Ethics" not in written(small)


def test_results_name_the_best_network_as_such_and_every_reference(small: ReportContent) -> None:
    best, pairs, reference = results(small)
    # LSTM-2 is at place 6: 0.5 + 0.005 (6 + 20), and as much as within-fold AUROCs have more.
    assert best.startswith("On speakers never heard in training LSTM-2, the best of 2 networks,")
    assert "95 % interval" in best
    assert "chance gives 36.0 to 64.0" in best
    assert pairs.startswith("Of 100 pairs")
    assert reference.startswith("The reference “functionals” reached")
    assert "corrected p = 1.000" in reference
    assert results(build_content(cells=())) == []


def test_nothing_finished_claims_nothing() -> None:
    said = written(build_content(cells=()))
    assert set(said) == {"Participants and recordings", "Software"}


RATES = {
    # Nothing is resampled that has the rate already.
    (16_000,): ("had a sample rate of 16 kHz.", "resampled"),
    (44_100,): ("Each recording was resampled to 16 kHz.", "matrices"),
    (16_000, 44_100): ("resampled to 16 kHz where it had another sample rate.", "matrices"),
    (0,): ("Features were matrices computed elsewhere, of which the first 13 columns", "kHz"),
    (0, 44_100): ("Those of the other recordings were matrices", "Each recording was"),
}


@pytest.mark.parametrize("rates", RATES)
def test_only_what_files_needed_was_done_to_them(
    small: ReportContent, rates: tuple[int, ...]
) -> None:
    said, unsaid = RATES[rates]
    content = replace(small, configs={LSTM: cell_config(LSTM)}, sample_rates=rates)
    assert said in written(content)["Features"]
    assert unsaid not in written(content)["Features"]


def test_features_computed_elsewhere_are_of_no_sound(small: ReportContent) -> None:
    words = ("features=matrix", "n_mfcc=null")
    content = replace(small, configs={LSTM: cell_config(LSTM, *words)}, sample_rates=(0,))
    assert written(content)["Features"] == (
        "Features were matrices computed elsewhere, of which all columns were used."
    )


def test_one_model_judging_all_pools_nothing(small: ReportContent) -> None:
    known = replace(paper.NOVEL_CELLS[1], protocol="known_speakers")
    content = build_content(cells=(known,), asked=(known,))
    said = written(content)["Statistical analysis"]
    assert "AUROC of the test side, which one model judged" in said
    assert "pooled" not in said
    assert "protocol.stratify" not in said


def test_repeats_are_counted_by_model_and_references_have_no_weights(small: ReportContent) -> None:
    runs = small.study.crossvalidations
    fewer = replace(
        small,
        study=replace(small.study, crossvalidations=runs | {FUNCTIONALS: runs[FUNCTIONALS][:1]}),
    )
    said = written(fewer)["Division of speakers"]
    assert "done 1 to 2 times, depending on the model, with other partitions and other" in said
    assert "seeds of partition and weights were 0 to 1." in said
    without = replace(small, configs={FUNCTIONALS: cell_config(FUNCTIONALS)})
    assert "weights" not in written(without)["Division of speakers"]
    # A gap is no range.
    third = {cell: [of[0], replace(of[1], repeat=4)] for cell, of in runs.items()}
    gap = replace(small, study=replace(small.study, crossvalidations=third))
    assert "seeds of partition and weights were 0 and 4." in written(gap)["Division of speakers"]


def test_several_corpora_are_divided_by_corpus(small: ReportContent) -> None:
    config = cell_config(LSTM, "protocol.stratify=true")
    recordings = small.study.recordings
    corpora = recordings["speaker_id"].map(lambda it: "one" if it < "S4" else "two")
    joined = replace(small.study, recordings=recordings.assign(corpus=corpora))
    one = replace(small, configs={LSTM: config})
    assert "stratified by class and" in written(one)["Division of speakers"]
    two = replace(one, study=joined)
    assert "stratified by corpus, class and" in written(two)["Division of speakers"]


def test_what_was_left_out_before_the_count_is_not_of_it(small: ReportContent) -> None:
    rows = [
        ("listed", "", None, 9, 55),
        ("not counted", "speakers with both labels", None, 2, None),
        ("usable", "", None, 9, 55),
    ]
    flow = pd.DataFrame(rows, columns=FLOW_COLUMNS).astype({"n_recordings": "Int64"})
    said = written(replace(small, flow=flow))["Participants and recordings"]
    assert "All 55 recordings that the corpus lists could be used. Not counted among these" in said
    assert "speakers with both labels: 2 speakers" in said


def test_mixed_precision_that_the_machine_chose_is_said(small: ReportContent) -> None:
    runs = small.runs.assign(precision="bf16-mixed", git_commit="0123456789" * 4)
    said = written(replace(small, runs=runs))["Software"]
    assert "mixed precision" in said
    assert "(commit 012345678901)" in said
    assert "mixed precision" not in written(small)["Software"]

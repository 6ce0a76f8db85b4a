"""What authors write in study.yaml."""

from pathlib import Path

import pytest
import yaml

from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.reporting.render.paper_files import keep_study_file
from dysarthria_lightning.reporting.study_file import (
    StudyDescription,
    read_study,
    study_template,
)


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    (folder / "study.yaml").write_text(text, encoding=encoding)
    return folder


def test_the_template_has_every_entry_empty_and_is_read(tmp_path: Path) -> None:
    values = yaml.safe_load(study_template())
    assert set(values) == set(StudyDescription.model_fields)
    assert set(values.values()) == {""}
    assert all(len(line) <= 100 for line in study_template().splitlines())
    assert read_study(write(tmp_path, study_template()), None) == StudyDescription()
    assert read_study(tmp_path / "none", None) == StudyDescription()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_text_is_kept_as_it_is_written(tmp_path: Path, encoding: str) -> None:
    text = (
        "dates: 2019-03-01\nregistration: no\nraters: [Ärztin, two SLPs]\nfunding: |\n  DFG\n  1\n"
    )
    study = read_study(write(tmp_path, text, encoding), None)
    assert study.dates == "2019-03-01"
    assert study.registration == "no"
    assert study.raters == "Ärztin; two SLPs"
    assert study.funding == "DFG 1"
    assert study.said("dates", "ethics", "funding") == ["2019-03-01", "DFG 1"]


def test_another_file_can_be_given(tmp_path: Path) -> None:
    write(tmp_path, "title: here")
    (tmp_path / "mine.yaml").write_text("title: mine")
    assert read_study(tmp_path, str(tmp_path / "mine.yaml")).title == "mine"
    with pytest.raises(ConfigError, match=r"report\.study = .*no such file; copy the template"):
        read_study(tmp_path, str(tmp_path / "none.yaml"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("etics: x\nfundng: y", r"study.yaml:\n  etics: there is no such entry; allowed: title, "),
        ("ethics: {board: x}", r"ethics = \{'board': 'x'\}: a text or a list of texts is needed"),
        ("raters: [[a]]", r"raters = \[\['a'\]\]: a text or a list of texts"),
        ("funding: DFG: 5", r"study.yaml, line 1: .*; put text that has colons"),
        (
            "ethics: x\nfunding: y\nethics: ''",
            r", line 3: ethics is there twice; keep one$",
        ),
        ("ethics: " + 1000 * "[", "study.yaml"),
        ("ethics: {x: " + 5000 * "y" + "}", r"ethics = .{,200}: a text or a list"),
        ("just words", r"study.yaml: one line per entry is needed"),
    ],
)
def test_mistakes_are_named_with_file_and_entry(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_study(write(tmp_path, text), None)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"study.yaml cannot be read as UTF-8 text"):
        read_study(write(tmp_path, "raters: Ärztin", "latin-1"), None)


def test_a_link_to_the_authors_file_stays_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    (old / "study.yaml").symlink_to(tmp_path / "not there just now.yaml")
    keep_study_file(old, new)
    assert (new / "study.yaml").readlink() == tmp_path / "not there just now.yaml"

"""Names reach the configuration as they were typed, whatever Hydra would read in them."""

import shlex
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, QuotedString
from hypothesis import example, given
from hypothesis import strategies as st
from processes import run

from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.cli.typed_words import as_typed


def read(word: str) -> object:
    """What Hydra makes of a word."""
    value = OverridesParser.create().parse_override(word).value()
    if isinstance(value, ChoiceSweep):
        return [each.text if isinstance(each, QuotedString) else each for each in value.list]
    return value


# Without what quotes, lists, functions, interpolations and sweeps are written with.
NAMES = st.text(
    st.one_of(st.sampled_from("0123456789._-+eExnaiftrul/ =#~&:é"), st.characters(codec="utf-8")),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip() and not set(text) & set("\\,'\"[]{}()$\n\r\t\0"))


@given(NAMES)
@example("1.10")
@example("2024_05_01")
@example("1e3")
@example("true")
@example("nan")
@example("null")
@example("a=b")
@example("~x")
@example("Aufnahmen/für Prüfung")
def test_a_name_is_taken_as_typed(name: str) -> None:
    assert read(as_typed(f"tag={name}")) == name
    assert read(as_typed(f"+outputs_dir={name}")) == name


@given(st.lists(NAMES, min_size=2, max_size=4))
@example(["1.10", "1.20"])
def test_so_is_each_of_a_sweep(names: list[str]) -> None:
    assert read(as_typed(f"tag={','.join(names)}")) == names


@given(NAMES)
def test_a_command_that_is_printed_can_be_pasted(name: str) -> None:
    word = as_typed(f"tag={name}")
    assert as_typed(word) == word
    assert shlex.split(shell_command("train", [word]))[-1] == word


@pytest.mark.parametrize(
    "word",
    [
        "tag=",
        "tag=plain",
        "tag='1.10'",
        'tag="1.10"',
        "tag='a,b',c",
        "tag=choice('1.10',x)",
        "tag=choice(a\\,b,1)",
        "tag=range(3)",
        "tag=${model.name}",
        "tag=v${n_mfcc}",
        r"tag=a\,b",
        "data.root=null",
        "data.manifest=null",
        "data.name=null,x",
        "experiments=[table2,table3]",
        "n_mfcc=13,19",
        "trainer.learning_rate=1e-3",
        "overwrite=true",
        "~tag",
        "--config-dir=1.10",
        "-m",
    ],
)
def test_all_else_is_left_alone(word: str) -> None:
    assert as_typed(word) == word


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("tag=1.10,x,true", 'tag="1.10",x,"true"'),
        ("tag='1.10',1.20", "tag='1.10',\"1.20\""),
        ("tag=null", 'tag="null"'),
        ("tag=choice(1.10,x,true)", 'tag=choice("1.10",x,"true")'),
        ("data.root=null", "data.root=null"),
        ("data.manifest=a(1).csv", 'data.manifest="a(1).csv"'),
        ("data.manifest=[a", 'data.manifest="[a"'),
        ("data.manifest=it's", 'data.manifest="it\'s"'),
        ("report_dir=7.0", 'report_dir="7.0"'),
        ("data.pseudonym_key_file=1_0", 'data.pseudonym_key_file="1_0"'),
        ("model.name=1e3", 'model.name="1e3"'),
        ("subset.name=no", "subset.name=no"),
        ("hydra.launcher.partition=1_0", 'hydra.launcher.partition="1_0"'),
        ("+experiment=1", '+experiment="1"'),
    ],
)
def test_what_is_quoted(word: str, quoted: str) -> None:
    assert as_typed(word) == quoted


@pytest.mark.slow
def test_folders_are_called_as_typed(tone_corpus: Path, tmp_path: Path) -> None:
    table = tmp_path / "données=1.csv"
    table.write_text(tone_corpus.read_text().replace("\nS", f"\n{tone_corpus.parent}/S"))
    words = ["data=manifest", f"data.manifest={table.name}", "data.name=2024_05_01"]
    run("prepare", *words, "outputs_dir=1.10", cwd=tmp_path)
    assert (tmp_path / "1.10/features/2024_05_01/digests.parquet").exists()


@pytest.mark.slow
def test_a_name_in_a_file_is_refused_where_yaml_reads_a_number(tmp_path: Path) -> None:
    file = tmp_path / "conf/variant/v.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("# @package _global_\ntag: 1.10\noutputs_dir: 2024_05_01\n")
    words = ["--config-dir=conf", "+variant=v"]
    refused = run("report", *words, cwd=tmp_path, code=1)
    assert "tag = 1.1: a name that is read as a number" in refused
    assert "quote it where it is written, as in outputs_dir: '20240501'" in refused
    file.write_text("# @package _global_\ntag: v${n_mfcc}\noutputs_dir: ${n_mfcc}\n")
    printed = run("report", *words, "tag=1.10", cwd=tmp_path, code=1)
    assert "in 13/runs/1.10/" in printed
    assert "dysarthria_lightning.train --config-dir=conf +variant=v" in printed

"""What systems and archives leave in folders is no recording."""

from dysarthria_lightning.data.folders import visible


def test_rubbish_is_passed_over(tmp_path):
    for name in ("b.wav", "a.wav", "Thumbs.db", ".DS_Store", "._a.wav", "desktop.ini"):
        (tmp_path / name).touch()
    (tmp_path / "__MACOSX").mkdir()
    assert [entry.name for entry in visible(tmp_path)] == ["a.wav", "b.wav"]

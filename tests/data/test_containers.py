"""A recording is read whole or not at all, whatever its header counts."""

import numpy as np
import pytest
from containers import (
    N_SAMPLES,
    chunk,
    flac_that_counts,
    kay,
    mp3,
    voice,
    wav,
    wav_of_mp3,
    without_last_flag,
    without_page,
)
from sounds import encoded

from dysarthria_lightning.data.audio import UnusableRecordingError, read_audio

OPEN = "Header without a length"


@pytest.mark.parametrize(
    ("content", "remark"),
    [
        pytest.param(wav(data_size=0, riff_size=0), OPEN, id="never completed"),
        pytest.param(wav(data_size=0xFFFFFFFF), OPEN, id="a stream"),
        pytest.param(wav(data_size=0x7FFFF000), OPEN, id="a stream of sox"),
        pytest.param(wav(riff_size=len(wav())), None, id="RIFF counts 8 too many"),
        pytest.param(wav() + chunk(b"LIST", b"INFO"), None, id="chunks behind"),
        pytest.param(wav() + b"LIST\xff\0\0\0INFO", None, id="a cut chunk behind"),
        pytest.param(flac_that_counts(0), None, id="FLAC of unknown length"),
        pytest.param(flac_that_counts(100), None, id="FLAC that counts too few"),
        pytest.param(flac_that_counts(100) + b"TAG" + bytes(125), None, id="FLAC with a tag"),
        pytest.param(flac_that_counts(100) + bytes(999), None, id="FLAC with padding"),
        pytest.param(
            b"ID3\3\0\0\0\0\0\x0a" + bytes(10) + flac_that_counts(100), None, id="FLAC behind a tag"
        ),
        pytest.param(kay(), None, id="Kay NSP"),
    ],
)
def test_a_whole_file_that_is_counted_wrongly_is_read_whole(tmp_path, content, remark):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    audio = read_audio(path)
    np.testing.assert_allclose(audio.samples, voice(), atol=2**-14)
    assert audio.sample_rate_hz == 16_000
    assert [what.startswith(remark) for what, _ in audio.remarks] == ([True] if remark else [])


def test_a_missing_pad_byte_does_no_harm(tmp_path):
    path = tmp_path / "a.wav"
    content = encoded(voice(3999), subtype="PCM_24")
    path.write_bytes(content[: 44 + 3 * 3999])
    assert len(read_audio(path).samples) == 3999


# One second is 28 frames of 576 samples; encoders add up to three. A described file tells how many
# of its samples are sound.
@pytest.mark.parametrize("n_samples", [4096, 4097, 4098, 8193, 12290])
def test_a_flac_may_end_with_a_frame_of_a_sample_or_two(tmp_path, n_samples):
    for content in (encoded(voice(n_samples), format="FLAC"), flac_that_counts(0, n_samples)):
        path = tmp_path / "a.flac"
        path.write_bytes(content)
        assert len(read_audio(path).samples) == n_samples


@pytest.mark.parametrize(
    ("content", "least", "most"),
    [
        pytest.param(mp3(True), 16_000, 16_000, id="described"),
        pytest.param(mp3(False), 16_000, 18_000, id="not described"),
        pytest.param(mp3(True) + mp3(True), 32_000, 36_000, id="joined"),
        pytest.param(
            mp3(True) + b"TAG" + bytes(125) + mp3(True), 32_000, 36_000, id="joined with a tag"
        ),
        pytest.param(wav_of_mp3(mp3(False)), 16_000, 18_000, id="inside WAV"),
    ],
)
def test_an_mp3_is_decoded_to_its_end(tmp_path, content, least, most):
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    assert least <= len(read_audio(path).samples) <= most


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        *(
            pytest.param(
                encoded(voice(), format=format, subtype="PCM_16")[:-1500], "truncated", id=format
            )
            for format in ("RF64", "W64", "AU", "CAF", "NIST", "AIFF")
        ),
        pytest.param(encoded(voice(), format="OGG")[:-1500], "truncated", id="OGG"),
        pytest.param(mp3(True)[:-1500], "truncated", id="MP3"),
        pytest.param(mp3(False)[:-10], "truncated: its last frame", id="MP3 not described"),
        pytest.param(flac_that_counts(0)[:-3], "truncated", id="FLAC of unknown length"),
        pytest.param(wav(riff_size=0xFFFFFFFF)[:-1500], "truncated", id="stream with samples"),
        pytest.param(kay()[:-1500], "truncated", id="Kay NSP"),
        pytest.param(kay(N_SAMPLES + 1), "truncated", id="Kay NSP that counts more"),
        pytest.param(wav(data_size=2000), "counts 2000 bytes", id="header of an earlier moment"),
        pytest.param(
            wav(data_size=2000)[:2044] + b"aaaa" * 500,
            "counts 2000 bytes",
            id="like a chunk's name",
        ),
        pytest.param(wav() + wav(), "several files", id="two WAV"),
        pytest.param(flac_that_counts(N_SAMPLES + 900), "truncated: 4900 sa", id="FLAC, promised"),
        pytest.param(encoded(voice(), format="FLAC") * 2, "several recordings", id="two FLAC"),
        pytest.param(encoded(voice(), format="OGG") * 2, "several recordings", id="two OGG"),
        pytest.param(
            without_last_flag(encoded(voice(), format="OGG")) + encoded(voice(), format="OGG"),
            "several recordings, one after the other",
            id="two OGG, the first without its end",
        ),
        pytest.param(
            encoded(voice(), format="OGG") + b"." * 9 + encoded(voice(), format="OGG"),
            "several recordings, one after the other",
            id="two OGG apart",
        ),
        pytest.param(
            without_page(encoded(voice(160_000), format="OGG")), "damaged: its page", id="page"
        ),
        pytest.param(wav().replace(b"\n", b"\r\n"), "every LF byte in it became CR LF", id="text"),
        pytest.param(
            encoded(voice(), format="FLAC").replace(b"\n", b"\r\n"), "became CR LF", id="text, FLAC"
        ),
    ],
)
def test_part_of_a_recording_is_never_read_as_the_whole(tmp_path, content, expected):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(UnusableRecordingError, match=expected):
        read_audio(path)


FOREIGN = {
    "M4A.*ffmpeg -i OLD.m4a NEW.wav": b"\0\0\0\x20ftypM4A \0\0\0\0",
    "3GP": b"\0\0\0\x18ftyp3gp4\0\0\0\0",
    "WebM": b"\x1aE\xdf\xa3" + bytes(99),
    "AMR": b"#!AMR\n" + bytes(99),
    "git lfs pull": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    "HTML page": b"<!DOCTYPE html>\n<html>",
    "ZIP": b"PK\x03\x04" + bytes(99),
}


def test_what_is_no_audio_is_named_with_what_to_do(tmp_path):
    for expected, content in FOREIGN.items():
        path = tmp_path / "a.wav"
        path.write_bytes(content)
        with pytest.raises(UnusableRecordingError, match=f"as audio: it is .*{expected}"):
            read_audio(path)


def test_wfdb_is_named_by_the_header_beside_it(tmp_path):
    (tmp_path / "v1.hea").write_text("v1 1 8000 100\n", encoding="utf-8")
    (tmp_path / "v1.dat").write_bytes(bytes(range(200)))
    with pytest.raises(UnusableRecordingError, match="WFDB"):
        read_audio(tmp_path / "v1.dat")

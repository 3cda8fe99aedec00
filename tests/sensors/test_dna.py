"""Splice junctions in streams: the shipped network, at any cut, over records of any length."""

import gzip
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.cli import main
from edge.errors import BundleError
from edge.model import StreamingModel
from edge.sensors.dna import AHEAD, BANDS, Peaks, SpliceFinder, pairs_of, shares_of
from edge.sensors.fasta import Piece

pytestmark = pytest.mark.runtime

DONOR = b"CTGGAGATCCTGGCCAAGGTGGAGAACAAGGTGAGTGGGCTGGGGCAGGGAGGGCTGGGG"
ACCEPTOR = b"CCTGACCCTTCTCTCTCCCTTCCTCCCCAGGTGCTGAAGGAGATCTTCGAGAACGTGACC"
"""Made up from the consensus (Shapiro and Senapathy 1987): an intron begins, or ends, in the middle."""


@pytest.fixture(scope="module")
def model() -> StreamingModel:
    return StreamingModel.load("dna-splice")


@pytest.fixture(scope="module")
def finder(model: StreamingModel) -> SpliceFinder:
    return SpliceFinder(model)


def noise(length: int, seed: int = 0) -> bytes:
    return bytes(np.frombuffer(b"ACGT", np.uint8)[np.random.default_rng(seed).integers(4, size=length)])


def pieces(bases: bytes, cuts: list[int], record: str = "r") -> Iterator[Piece]:
    yield Piece(record, b"", begins=True)
    ends = [*sorted(cuts), len(bases)]
    yield from (Piece(record, bases[a:b], begins=False) for a, b in zip([0, *ends], ends, strict=False))


def test_each_letter_counts_as_what_it_may_stand_for() -> None:
    np.testing.assert_array_equal(shares_of(b"aUn"), [[1, 0, 0, 0], [0, 0, 0, 1], [0.25] * 4])
    np.testing.assert_array_equal(shares_of(b"RrB")[:2], [[0.5, 0, 0.5, 0]] * 2)
    assert pairs_of(shares_of(b"ACGTN")).shape == (5, BANDS)
    np.testing.assert_allclose(pairs_of(shares_of(b"ACNR")).sum(axis=1), 1)
    np.testing.assert_array_equal(pairs_of(shares_of(b"CG"), shares_of(b"A")[0])[0], np.eye(BANDS)[1])


def test_the_middle_of_a_window_is_told(finder: SpliceFinder) -> None:
    assert finder.classify(DONOR).argmax() == 0
    assert finder.classify(ACCEPTOR).argmax() == 1
    assert finder.classify(noise(2 * AHEAD)).argmax() == 2
    assert finder.classify(DONOR).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("unknown", [1, 10, 45])
def test_the_middle_of_a_window_is_judged_however_wide_it_is(finder: SpliceFinder, unknown: int) -> None:
    for window in (DONOR, ACCEPTOR):
        around = b"N" * unknown
        np.testing.assert_array_equal(finder.classify(around + window + around), finder.classify(window))


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 400), max_size=12))
def test_sites_are_the_same_however_the_bases_are_cut(finder: SpliceFinder, cuts: list[int]) -> None:
    bases = noise(101) + DONOR + noise(58, 3) + ACCEPTOR + noise(60, 4) + DONOR + b"N" * 61
    assert list(finder.find(pieces(bases, cuts))) == list(finder.find(pieces(bases, [])))


@pytest.mark.parametrize("cut", [None, 61, 64, 66, 69, 90])
def test_a_hill_that_goes_on_after_a_cut_has_one_peak(cut: int | None) -> None:
    places = np.full((120, 3), [0.0, 0.0, 1.0], np.float32)
    for position, probability in ((60, 0.9), (63, 0.95), (69, 0.8), (76, 0.85)):
        places[position + AHEAD - 2] = probability, 0.0, 1 - probability
    peaks = Peaks("r", 0.5)
    peaks.bases = 100
    found = [site for part in np.split(places, [cut + AHEAD - 2] if cut else []) for site in peaks.climb(part)]
    found += peaks.descend()
    assert [site.position for site in found] == [63, 76]
    assert [site.score for site in found] == pytest.approx([0.95, 0.85])


@pytest.mark.parametrize("dropped", range(1, 10))
def test_a_site_is_found_wherever_it_lies_in_a_stream(finder: SpliceFinder, dropped: int) -> None:
    bases = noise(151) + DONOR + noise(77, 3) + ACCEPTOR + noise(80, 4)
    whole, later = (list(finder.find(pieces(bases[first:], []))) for first in (0, dropped))
    kept = [site for site in whole if site.position > dropped + AHEAD]
    assert {("donor", 182), ("acceptor", 319)} <= {(site.type, site.position) for site in kept}
    assert [(site.position + dropped, site.score) for site in later if site.position > AHEAD] == [
        (site.position, site.score) for site in kept
    ]


def test_a_record_knows_nothing_of_the_one_before(finder: SpliceFinder) -> None:
    first, second = [*pieces(DONOR, [], "first")], [*pieces(ACCEPTOR, [5], "second")]
    alone = [*finder.find(first), *finder.find(second)]
    assert [*finder.find(first + second)] == alone
    assert {site.record for site in alone} == {"first", "second"}


def test_no_site_lies_outside_its_record(model: StreamingModel) -> None:
    eager = SpliceFinder(model, threshold=1e-6)
    for length in (0, 1, 2, 35):
        sites = list(eager.find(pieces(noise(length), [])))
        assert all(1 < site.position <= length for site in sites)
    assert [site.position for site in sites] == sorted(site.position for site in sites)


def test_a_hundred_times_the_bases_take_no_more_memory(finder: SpliceFinder) -> None:
    def stream(count: int) -> Iterator[Piece]:
        yield Piece("long", b"", begins=True)
        yield from (Piece("long", noise(400, number % 7), begins=False) for number in range(count))

    peaks = []
    for count in (3, 100):
        tracemalloc.start()
        list(finder.find(stream(count)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_a_base_costs_the_same_early_and_late(finder: SpliceFinder) -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        list(finder.find(pieces(noise(1000) * count, [])))
        return (time.process_time() - began) / count

    assert seconds(200) < 3 * min(seconds(20) for _ in range(3))


def test_another_model_is_refused() -> None:
    with pytest.raises(BundleError, match="no model of splice junctions"):
        SpliceFinder(StreamingModel.load("trigger-en"))


def test_the_command_prints_a_line_for_each_junction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrapped = b"\n".join(DONOR[at : at + 7] for at in range(0, len(DONOR), 7))
    (tmp_path / "a.fasta").write_bytes(b">exon and intron\n" + wrapped.lower() + b"\n>other\n" + ACCEPTOR + b"\n")
    (tmp_path / "a.fastq.gz").write_bytes(gzip.compress(b"@read\n" + DONOR + b"\n+\n" + b"I" * len(DONOR) + b"\n"))
    assert main(["stream", "dna", str(tmp_path / "a.fasta"), str(tmp_path / "a.fastq.gz")]) == 0
    sites = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    at = [(site["record"], site["type"], site["position"]) for site in sites]
    assert at == [("exon", "donor", 31), ("other", "acceptor", 31), ("read", "donor", 31)]
    assert [Path(site["file"]).name for site in sites] == ["a.fasta", "a.fasta", "a.fastq.gz"]
    assert all(0.8 <= site["score"] <= 1 and len(site["model"]) == 12 for site in sites)
    assert main(["stream", "dna", "--threshold", "1", str(tmp_path / "a.fasta")]) == 0
    assert capsys.readouterr().out == ""


def test_records_without_bases_are_no_error_and_the_first_few_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.fasta").write_bytes(b">hollow\n>exon\n" + DONOR + b"\n>gaps\n--\n\n>hollow\n")
    (tmp_path / "a.fastq").write_bytes(b"@read\n\n+\n\n@whole\n" + DONOR + b"\n+\n" + b"I" * len(DONOR) + b"\n")
    (tmp_path / "many.fasta").write_bytes(b"".join(b">%d\n" % number for number in range(9)))
    assert main(["stream", "dna", *map(str, sorted(tmp_path.iterdir()))]) == 0
    sites, said = capsys.readouterr()
    assert [json.loads(site)["record"] for site in sites.splitlines()] == ["exon", "whole"]
    expected = [f"{tmp_path}/a.fasta: the record {name!r} has no bases" for name in ("hollow", "gaps")]
    expected += [f"{tmp_path}/a.fastq: the record 'read' has no bases"]
    expected += [f"{tmp_path}/many.fasta: the record '{number}' has no bases" for number in range(5)]
    expected += [f"{tmp_path}/many.fasta: others have no bases either"]
    assert said.splitlines() == [f"hark: {line}" for line in expected]


def test_the_command_reads_standard_input() -> None:
    command = [sys.executable, "-m", "edge.cli", "stream", "dna", "-"]
    done = subprocess.run(command, input=b">piped\n" + DONOR, capture_output=True, check=True)
    site = json.loads(done.stdout)
    assert (site["file"], site["record"]) == ("-", "piped")


@pytest.mark.parametrize(("contents", "cause"), [(None, "No such file"), (b"", "is empty"), (b">r\nACE\n", "line 2")])
def test_the_command_refuses_in_one_line(
    contents: bytes | None, cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    if contents is not None:
        file.write_bytes(contents)
    assert main(["stream", "dna", str(file)]) == 65
    assert cause in capsys.readouterr().err

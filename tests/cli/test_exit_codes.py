"""What cannot be done ends with its exit code and one line that names the cause and the mend."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from edge.cli.options import EXIT_CODES
from edge.cli.program import COMMANDS
from edge.errors import HarkError
from tests.cli.program import HARK, ROOT, hark

pytestmark = pytest.mark.runtime

USAGE = {
    "no command": ((), "COMMAND"),
    "unknown command": (("lisen",), "lisen"),
    "unknown option": (("listen", "--loud"), "--loud"),
    "rate that is no number": (("listen", "--rate", "fast"), "--rate"),
    "rate that cannot be": (("listen", "--model", "{tones}", "--input", "-", "--rate", "7"), "from 4000"),
    "block that cannot be": (("listen", "--model", "{tones}", "--input", "{wav}", "--block", "0"), "1 to 16000"),
    "channel that cannot be": (("listen", "--channel", "left"), "give 0, 1, ... or mix"),
    "channel that is not there": (
        ("listen", "--model", "{tones}", "--input", "{wav}", "--channel", "3"),
        "no channel 3",
    ),
    "rate of a file": (("listen", "--model", "{tones}", "--input", "{wav}", "--rate", "8000"), "leave out --rate"),
    "channels of a file": (
        ("listen", "--model", "{tones}", "--input", "{wav}", "--channels", "2"),
        "leave out --channels",
    ),
    "recordings and an input": (("tune", "{wav}", "--input", "mic", "--dry-run"), "--input is for listening"),
    "takes and an input": (
        ("enroll", "{wav}", "--rate", "8000", "--word", "low tone", "--name", "a"),
        "--rate is for listening",
    ),
    "what to do with alerts": (("alerts",), "arguments are required: action;"),
    "a language model for no score": (("text", "--language", "x", "go"), "--language is for --score: leave it out"),
    "a beam for no translation": (("text", "--beam", "8", "go"), "--beam is for --translate: leave it out"),
    "entities of a score": (("text", "--score", "--entities-model", "x", "go"), "--entities-model finds nothing with"),
    "no translator": (("text", "--translate", "", "go"), "it is empty: give a value"),
    "more than there is": (("say", "foo"), "unrecognized arguments: foo; see hark say --help"),
    "a score and a translation": (("text", "--score", "--translate", "fr-en", "non"), "not allowed with"),
    "budget that cannot be": (("listen", "--false-accepts-per-hour", "-1"), "'-1' cannot be: give a number from 0 to"),
    "no words": (("listen", "--words", ","), "commas"),
    "word that the model lacks": (
        ("listen", "--model", "{tones}", "--words", "high tone,alexa"),
        "does not know 'alexa', but low tone, high tone",
    ),
    "keyword with digits": (("listen", "--keyword", "route 66"), "words of 3 letters or more as they are said"),
    "keyword that is too short": (("listen", "--keyword", "on"), "words of 3 letters or more"),
    "transcripts of nothing": (("transcribe",), "FILE"),
    "hot word with digits": (("transcribe", "--hot-word", "route 66", "{wav}"), 'not "route 2"'),
    "scores of nothing": (("scores",), "FILE"),
    "an option that a shell left empty": (("listen", "--config", "", "--input", "{wav}"), "--config: it is empty"),
    "a voice without a file": (("enroll", "--word", "x", "--name", "a", "--out", ""), "--out: it is empty"),
    "false accepts without a folder": (("tune", "{wav}", "--dry-run", "--keep", ""), "--keep: it is empty"),
    "a machine without a root": (("install-service", "--root", ""), "--root: it is empty"),
    "a model that a shell left empty": (("transcribe", "--model", " ", "{wav}"), "--model: it is empty"),
    "a block of minutes": (("listen", "--model", "{tones}", "--input", "{wav}", "--block", "999999999"), "1 to 16000"),
    "recordings and how long to listen": (
        ("tune", "{wav}", "--minutes", "5", "--dry-run"),
        "--minutes is for listening",
    ),
    "a chime of no rule": (("chime", "--rule", ""), "--rule: it is empty"),
    "bench of nothing": (("bench", "--seconds", "0"), "give a number from 1 to 3600 seconds"),
}
DATA = {
    "no such model": (("listen", "--model", "trigger-xx"), "no model 'trigger-xx'"),
    "a trigger model for speech": (
        ("transcribe", "--model", "{tones}", "{wav}"),
        "is no speech model",
    ),
    "no such file": (("listen", "--model", "{tones}", "--input", "gone.wav"), "gone.wav does not exist"),
    "no sound file": (("listen", "--model", "{tones}", "--input", "{text}"), "is not a sound file"),
    "no sound on stdin": (("listen", "--model", "{tones}", "--input", "-"), "stdin holds no audio"),
    "a program for a sound file": (("scores", "--model", "{tones}", "exec:cat /dev/zero"), "does not exist"),
    "scores of no sound file": (("scores", "--model", "{tones}", "{text}"), "is not a sound file"),
}
DEVICE = {
    "no program": (("listen", "--model", "{tones}", "--input", "exec:no-such-program"), "is not installed"),
    "a program that fails": (("listen", "--model", "{tones}", "--input", "exec:cat /nonexistent"), "No such file"),
    "no microphone": (("listen", "--model", "{tones}", "--input", "mic:no such thing"), "microphone"),
}
CONFIG = {
    "no such configuration": (("listen", "--config", "gone.toml"), "gone.toml: No such file"),
    "configuration is no TOML": (("listen", "--config", "{text}"), "line 2: not TOML"),
    "budget below what was measured": (
        ("listen", "--model", "{tones}", "--input", "{wav}", "--false-accepts-per-hour", "0.01"),
        "raise the budget",
    ),
}
CASES = [
    pytest.param(code, arguments, message, id=name)
    for code, cases in ((64, USAGE), (65, DATA), (69, DEVICE), (78, CONFIG))
    for name, (arguments, message) in cases.items()
]


@pytest.mark.parametrize(("code", "arguments", "message"), CASES)
def test_bad_input(code: int, arguments: tuple[str, ...], message: str, tones: Path, wav: Path) -> None:
    names = {"tones": tones, "wav": wav, "text": ROOT / "LICENSE"}
    result = hark(*(argument.format(**names) for argument in arguments))
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert [line for line in result.stderr.splitlines() if line.startswith("hark: ")][-1:]


@pytest.mark.parametrize("arguments", [("listen", "--model", "{tones}", "--input", "{wav}"), ("--version",)])
def test_a_full_disk(tones: Path, wav: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*HARK, *(argument.format(tones=tones, wav=wav) for argument in arguments)],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60, cwd=ROOT,
        )  # fmt: skip
    assert result.returncode == 74
    assert "standard output cannot be written (No space left on device)" in result.stderr
    assert "Exception" not in result.stderr


def test_an_encoding_that_lacks_a_letter() -> None:
    result = hark("listen", "--show-config", "--keyword", "gr\xfcn", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, "")
    assert "gr\\xfcn" in result.stdout


def test_a_line_end_in_a_name(tones: Path) -> None:
    result = hark("listen", "--model", tones, "--input", "day\n1.wav")
    assert result.returncode == 65
    assert result.stderr.splitlines()[-1] == "hark: day 1.wav does not exist: check the path"


def test_a_name_that_would_control_the_terminal(tones: Path) -> None:
    result = hark("listen", "--model", tones, "--input", "\x1b]0;owned\a\x1b[2Jday.wav")
    assert result.returncode == 65
    assert not any(letter in result.stderr for letter in "\x1b\a")


def test_a_program_that_complains_in_colour_and_dies_of_a_signal_without_a_name(tones: Path) -> None:
    script = "head -c 64000 /dev/zero; printf '\\033[2Jbad\\n' >&2; kill -40 $$"
    result = hark("listen", "--model", tones, "--input", f'exec:sh -c "{script}"')
    assert (result.returncode, "\x1b" in result.stderr) == (69, False)
    assert result.stderr.splitlines()[-1].startswith("hark: sh ended with signal 40:")


def test_complaints_that_nobody_takes_change_no_exit_code() -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*HARK, "listen", "--input", "nope.wav"], stderr=full, check=False, timeout=60, cwd=ROOT
        )
    assert result.returncode == 65


@pytest.mark.parametrize(("service", "code"), [({}, 0), ({"NOTIFY_SOCKET": "/nowhere"}, 74)])
def test_a_reader_that_goes_away(tones: Path, wav: Path, service: dict[str, str], code: int) -> None:
    """As in `hark scores --csv | head`; a service whose journal went away is to be started again."""
    command = [*HARK, "scores", "--csv", "--model", str(tones), *[str(wav)] * 20]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=os.environ | service
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith(b"file,at,")
        child.stdout.close()
        assert child.stderr is not None
        complaints = child.stderr.read().decode()
    assert (child.returncode, complaints) == (code, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_clean_end(number: signal.Signals, tones: Path) -> None:
    command = [*HARK, "listen", "--model", str(tones), "--input", "exec:sleep 60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stderr is not None
        while not child.stderr.readline().startswith(b"hark: listening"):
            assert child.poll() is None
        child.send_signal(number)
        out, err = child.communicate(timeout=20)
    assert (child.returncode, out, err) == (0, b"", b"")


IMPATIENT = """
import sys
class Finder:
    def find_spec(self, name, *_):
        if name == "argparse":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
from edge.cli import main
sys.exit(main(["--help"]))
"""


def test_ctrl_c_while_the_program_loads() -> None:
    result = subprocess.run([HARK[0], "-c", IMPATIENT], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


UNLOADABLE = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "edge.cli.devices":
            try:
                os.kill(os.getpid(), int(sys.argv[1]))
            except KeyboardInterrupt:
                raise ImportError("as a module in C makes of it") from None
sys.meta_path.insert(0, Finder())
from edge.cli import main
sys.exit(main(["devices"]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_that_makes_loading_fail_is_a_clean_end(number: signal.Signals) -> None:
    command = [HARK[0], "-c", UNLOADABLE, str(int(number))]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_fault_of_our_own_shows_where_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from edge.cli import main

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("edge.capture.devices", fail)
    assert main(["devices"]) == HarkError.exit_code
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert said.splitlines()[-1].startswith("hark: this is a fault of hark itself")


@pytest.mark.parametrize("command", [*COMMANDS, None])
def test_help_has_an_example_and_the_exit_codes(command: str | None) -> None:
    result = hark(*[command] if command else [], "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"\n  hark {command or 'demo'}" in result.stdout
    assert EXIT_CODES in result.stdout


def test_help_loads_nothing_heavy() -> None:
    program = """
import sys
from edge.cli.program import run
try:
    run(["--help"])
except SystemExit:
    print(*sorted({"numpy", "sounddevice", "ai_edge_litert"} & set(sys.modules)), file=sys.stderr)
"""
    result = subprocess.run([HARK[0], "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stderr.strip() == ""


def test_version() -> None:
    result = hark("--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("hark ")

"""`python -m train` loads what it is asked for, and ends with the exit codes of `hark`."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.test_exit_codes import IMPATIENT
from train.__main__ import main
from train.evaluate.command import TASKS
from train.program import COMMANDS

ROOT = Path(__file__).parents[2]


TELLING = """
import sys
from train.__main__ import main
try:
    sys.exit(main())
finally:
    print(*sys.modules, file=sys.stderr)
"""
"""`python -m train`, which tells at its end what it has loaded."""


def train(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", TELLING, *arguments], capture_output=True, text=True, check=False)


def test_help_tells_of_every_command_and_loads_none() -> None:
    result = train("--help")
    assert result.returncode == 0
    assert [name for name in COMMANDS if f"\n    {name}" not in result.stdout] == []
    assert "exit codes: those of hark" in result.stdout
    assert "tensorflow" not in result.stderr
    assert "train.recipes" not in result.stderr


@pytest.mark.parametrize(
    "home",
    [*(f"{home}.command" for home, _ in COMMANDS.values()), *(f"train.evaluate.{task}_command" for task in TASKS)],
)
def test_every_command_is_there(home: str) -> None:
    assert find_spec(home) is not None


def test_an_evaluation_loads_its_own_task_alone() -> None:
    result = train("evaluate", "dna", "--help")
    assert result.returncode == 0
    assert [option for option in ("--data", "--json", "--bundle") if option not in result.stdout] == []
    assert "train.evaluate.dna" in result.stderr
    assert "train.evaluate.entities" not in result.stderr
    assert "tensorflow" not in result.stderr


def test_a_package_that_is_missing_is_named_with_its_mend() -> None:
    program = "import sys; sys.modules['tensorflow'] = None\n" + TELLING
    result = subprocess.run(
        [sys.executable, "-c", program, "speech", "--help"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 70
    assert "error: tensorflow is not installed: pip install 'hark-listener[train]'\n" in result.stderr
    assert "Traceback" not in result.stderr


def test_help_tells_how_to_get_the_one_bundle_that_does_not_ship() -> None:
    assert "none is shipped, `python -m train activity` makes one" in " ".join(
        train("evaluate", "activity", "--help").stdout.split()
    )


NUMBERS = {
    "--units": (("activity", "entities", "language", "music", "sentiment", "speech", "trigger"), "0"),
    "--steps": (("activity", "entities", "language", "music", "sentiment", "speech", "translate"), "-1"),
    "--quantised-steps": (("activity", "trigger"), "1.5"),
    "--dropout": (("entities", "translate"), "1"),
    "--learning-rate": (("speech", "music"), "nan"),
    "--dims": (("sentiment", "translate"), "-3"),
    "--epochs": (("embeddings",), "none"),
    "--decay": (("dna",), "0"),
}


@pytest.mark.parametrize(
    ("recipe", "option", "value"), [(one, option, value) for option, (some, value) in NUMBERS.items() for one in some]
)
def test_a_number_that_cannot_be_is_refused_before_anything_is_read(
    recipe: str, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([recipe, f"{option}={value}"])
    assert end.value.code == 64
    assert f"error: argument {option}: {value!r} cannot be: give a " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "COMMAND; see python -m train --help"),
        (["sing"], "'sing'"),
        (["ngram", "x"], "--text"),
        *(
            (["translate", f"--direction={one}"], "two language codes")
            for one in ("fr", "fr-en-de", "french-english", "")
        ),
    ],
)
def test_what_cannot_be_asked_for(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 64
    assert message in capsys.readouterr().err


def test_an_interrupted_training_says_so_and_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("train.ngram.command.run", interrupt)
    assert main(["ngram", "--text", "1", "a.txt", "--", "b.ngram"]) == 130
    assert capsys.readouterr().err.startswith("interrupted")


def test_who_has_read_enough_is_content(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("the lamp is on.\nturn the lamp off.\n")
    build = f'"{sys.executable}" -m train ngram "{tmp_path}/a.ngram" --order 2 --text 1 "{tmp_path}/book.txt"'
    result = subprocess.run(
        ["bash", "-c", f"set -o pipefail; (sleep 0.2; exec {build}) | true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, "Traceback" in result.stderr) == (0, False)
    assert (tmp_path / "a.ngram").exists()


def test_ctrl_c_while_the_program_loads() -> None:
    program = IMPATIENT.replace("edge.cli", "train.__main__")
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr.startswith("interrupted; ")
    assert result.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    arguments = ["study", "shapes", "--pictures", str(tmp_path / "file")]
    assert main(arguments) == 74
    assert capsys.readouterr().err == f"error: {tmp_path / 'file'}: File exists; name another one\n"


def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("It was so.\n" * 2000)
    command = [sys.executable, "-m", "train", "embeddings", "--text", "book.txt", "--work", "."]
    result = subprocess.run(
        ["bash", "-c", 'ulimit -f 1; exec "$@"', "bash", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 74
    assert result.stderr.endswith("error: a file cannot be written: File too large; free some space\n")
    assert "Traceback" not in result.stderr


def test_nothing_but_ours_is_on_the_screen(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("It was so. " * 100)
    fit = ("fit", "--units", "4", "--steps", "2", "--data", str(tmp_path), "--work", str(tmp_path))
    result = subprocess.run(
        [sys.executable, "-m", "train", "language", *fit], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_screen_that_was_closed_is_none(closed: str) -> None:
    script = f'exec "$0" -m train language fit --help {closed}'
    assert subprocess.run(["sh", "-c", script, sys.executable], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not find_spec("tensorflow"), reason="training needs tensorflow: pip install -e '.[train]'")
@pytest.mark.parametrize(
    ("home", "option"),
    [
        ("train.evaluate.trigger_command", "--negatives"),
        ("train.evaluate.embeddings_command", "--near"),
        ("train.recipes.phrase.command", "--negatives"),
        ("train.recipes.speech.command", "--books"),
        ("train.recipes.speech.command", "--commands"),
        ("train.recipes.speech.command", "--of"),
    ],
)
def test_a_list_that_is_given_twice_is_one_list(home: str, option: str) -> None:
    parser = ArgumentParser()
    import_module(home).add_arguments(parser)
    needed = ["fit", "--work", ".", "--audio", "."] if "speech" in home else []
    given = parser.parse_args([*needed, option, "a", "b", option, "c"])
    assert list(map(str, getattr(given, option[2:]))) == ["a", "b", "c"]
    assert getattr(parser.parse_args(needed), option[2:]) == []


@pytest.mark.skipif(not find_spec("tensorflow"), reason="training needs tensorflow: pip install -e '.[train]'")
@pytest.mark.parametrize(("recipe", "option"), [("language", "--data"), ("embeddings", "--text")])
def test_texts_that_are_named_twice_are_all_read(recipe: str, option: str) -> None:
    parser = ArgumentParser()
    import_module(f"train.recipes.{recipe}.command").add_arguments(parser)
    stage = ["fit"] if recipe == "language" else []
    given = parser.parse_args([*stage, "--work", ".", option, "a", "b", option, "c"])
    assert getattr(given, option[2:]) == [Path("a"), Path("b"), Path("c")]


@pytest.mark.skipif(not find_spec("tensorflow"), reason="training needs tensorflow: pip install -e '.[train]'")
@pytest.mark.parametrize(
    ("recipe", "data", "widths"),
    [("language", "--data", (512,)), ("music", "--data", (384,)), ("speech", "--audio", (256, 256, 384, 384))],
)
def test_widths_that_are_given_twice_are_one_list_and_else_the_default_is_told_and_taken(
    recipe: str, data: str, widths: tuple[int, ...]
) -> None:
    command, parser = import_module(f"train.recipes.{recipe}.command"), ArgumentParser()
    command.add_arguments(parser)
    needed = ["fit", "--work", ".", data, "."]
    for options, expected in (([], widths), (["--units", "8", "9", "--units", "10"], (8, 9, 10))):
        layers = command._recipe(parser.parse_args([*needed, *options])).layers
        assert tuple(layer.units for layer in layers) == expected
    told = " ".join(parser.format_help().split())
    assert f"the lowest first; default: {' '.join(map(str, widths))} " in told


@pytest.mark.skipif(not find_spec("tensorflow"), reason="training needs tensorflow: pip install -e '.[train]'")
def test_rounds_that_are_given_twice_are_one_list_and_the_default_is_told() -> None:
    parser = ArgumentParser()
    import_module("train.recipes.dna.command").add_arguments(parser)
    needed = ["promoters", "--data", ".", "--work", "."]
    assert parser.parse_args([*needed, "--rounds", "5", "--rounds", "7", "9"]).rounds == [5, 7, 9]
    assert not parser.parse_args(needed).rounds
    assert "(promoters); default: 60 120 " in " ".join(parser.format_help().split())

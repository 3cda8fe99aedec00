"""The promises that the repository as a whole makes."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MEGABYTE = 1_000_000
PACKAGES = {".whl", ".gz", ".zip", ".tgz"}
SOURCES = sorted(path for folder in ("edge", "train", "tests") for path in (ROOT / folder).rglob("*.py"))
NOT_ON_THE_ALWAYS_ON_PATH = ("tensorflow", "keras", "librosa", "numba", "scipy", "torch", "soundfile", "train")


def _modules(package: str) -> list[str]:
    files = sorted((ROOT / package).rglob("*.py"))
    return [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files]


@pytest.mark.runtime
def test_importing_every_device_module_loads_nothing_heavy() -> None:
    modules = [name for name in _modules("edge") if not name.endswith("__main__")]
    program = f"""
import importlib, sys
for name in {modules}:
    importlib.import_module(name)
print(*sorted(set({NOT_ON_THE_ALWAYS_ON_PATH}) & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip()) == (0, ""), result.stderr


def test_the_readme_sets_up_with_two_commands() -> None:
    section = re.search(r"^## Start\n(.*?)^## ", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert section is not None
    commands = re.findall(r"^    (\S+ \S+)", section[1], re.MULTILINE)
    assert commands == ["make demo", "make test"]


def test_every_folder_of_the_readme_exists() -> None:
    folders = re.findall(r"^\| `([\w./]+/)`", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(folders) > 3
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_the_shipped_models_stay_small() -> None:
    sizes = {path: path.stat().st_size for path in (ROOT / "firmware_models").rglob("*") if path.is_file()}
    assert [path for path, size in sizes.items() if size > 8 * MEGABYTE] == []
    assert sum(sizes.values()) <= 40 * MEGABYTE


def test_what_is_tracked_is_ours_and_small() -> None:
    """A download that lands in the folder is soon committed with everything else, and every clone carries it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("needs git, in a clone: a copy without its history tracks nothing")
    tracked = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert [path for path in tracked if path.suffix in PACKAGES] == []
    assert [path for path in tracked if path.is_file() and path.stat().st_size > 8 * MEGABYTE] == []


def test_the_licence_is_the_whole_of_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Version 2.0, January 2004" in text
    assert text.rstrip().endswith("limitations under the License.")
    assert len(text.splitlines()) == 202


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_can_be_read_at_one_go(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= 400
    assert [name for name, lines in _functions(source) if lines > 50] == []


def _functions(source: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1

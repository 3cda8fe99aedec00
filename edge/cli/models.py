"""hark models: the shipped bundles, as their manifests describe them."""

import json
import shutil
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from edge.cli.options import add_jsonl
from edge.errors import BundleError, HarkError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from edge.model import Bundle
    from edge.model.manifest import Manifest, TrainingData

EXAMPLES = """\
examples:
  hark models                   all of them, a line for each
  hark models trigger-en        all that is known of one
  hark models --edgetpu         whether each model fits a Coral Edge TPU, and if not, why
  hark models --jsonl           everything, for programs

Tables of word vectors alone, such as embeddings-en, have nothing to run and are for training.
"""

HEAD = ("model", "version", "task", "size", "runs here", "labels")


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    help_text = "a shipped model, or the folder of one, to tell everything of; none: a line for each that is shipped"
    parser.add_argument("names", nargs="*", metavar="NAME", help=help_text)
    parser.add_argument("--edgetpu", action="store_true", help="show only how each model fits the Edge TPU")
    add_jsonl(parser, "the models")


def run(arguments: Namespace) -> int:
    """Describe models; a damaged one is named, and the exit code is 65."""
    from edge.cli.output import complain, plain, table, write_line
    from edge.model import shipped_bundles

    if arguments.edgetpu and arguments.jsonl:
        raise UsageError("--edgetpu is for people, and all that it tells is in --jsonl: leave one of them out")
    folders = [folder for name in arguments.names for folder in _folders(name)] or shipped_bundles()
    if not folders:
        raise BundleError("no models are installed: install hark again")
    bundles, damaged = _read(folders)
    if arguments.names or arguments.jsonl or arguments.edgetpu:
        show = _json if arguments.jsonl else _edgetpu if arguments.edgetpu else _text
        lines = list(map(show, bundles))
    else:
        lines = table([HEAD, *map(_row, bundles)])
    for line in lines:
        write_line("\n".join(map(plain, line.split("\n"))))
    for error in damaged:
        complain(str(error))
    return damaged[-1].exit_code if damaged else 0


def _folders(name: str) -> "list[Path]":
    """That of a bundle, or those of both halves of a translator."""
    from edge.model import find_bundle
    from edge.model.shipped import bundles_by_name

    try:
        return [find_bundle(name)]
    except BundleError:
        halves = [folder for part, folder in sorted(bundles_by_name().items()) if part.startswith(f"{name}/")]
        if not halves:
            raise
        return halves


def _read(folders: "Sequence[Path]") -> "tuple[list[Bundle], list[BundleError]]":
    """The bundles that are intact, and what is wrong with the others."""
    from edge.model import Bundle

    bundles: list[Bundle] = []
    damaged: list[BundleError] = []
    for folder in folders:
        try:
            bundles.append(Bundle.read(folder))
        except BundleError as error:
            damaged.append(error)
    return bundles, damaged


def _row(bundle: "Bundle") -> tuple[str, ...]:
    manifest = bundle.manifest
    size = f"{_bytes(bundle) / 1000:,.0f} kB"
    runs = "no" if _refusal(bundle) else "yes"
    return manifest.name, manifest.version, manifest.task, f"{size:>8}", runs, _labels(manifest.labels)


def _bytes(bundle: "Bundle") -> int:
    """Of what a device reads to run it; its proof and its card are for people."""
    from edge.model.bundle import CARD, GOLDEN, VERIFIER

    look, own = bundle.manifest.second_look, bundle.manifest.files.keys() - {CARD, GOLDEN}
    files = [*own, *([f"{VERIFIER}/{bundle.model.name}"] if look and look.verifier else [])]
    return sum((bundle.folder / name).stat().st_size for name in files)


def _text(bundle: "Bundle") -> str:
    manifest = bundle.manifest
    rows = {
        "labels": _labels(manifest.labels),
        "file": f"{bundle.model.stat().st_size:,} bytes, {manifest.precision}, id {bundle.model_id}",
        "language": f"{bundle.language.stat().st_size:,} bytes" if bundle.language else "",
        "words": f"{bundle.embedding.stat().st_size:,} bytes" if bundle.embedding else "",
        "steps": _steps(bundle),
        "second look": _second_look(manifest),
        "operators": _operators(manifest.ops),
        "runtime": _runtime(bundle),
        "Edge TPU": _edgetpu_verdict(bundle),
        "learnt from": "\n".join(map(_corpus, manifest.training_data)),
        "licence": manifest.licence,
        **dict(_figures(manifest.metrics)),
    }
    width = max(map(len, rows))
    lines = [line for key, value in rows.items() if value for line in _beside(f"  {key:{width}}  ", value)]
    return "\n".join([f"{manifest.name} {manifest.version} ({manifest.task})", *lines])


def _beside(head: str, value: str) -> list[str]:
    """The lines of a value, no wider than the terminal, the first after its name and the others below that."""
    columns = max(60, min(120, shutil.get_terminal_size((120, 24)).columns)) - len(head)
    lines = [part for line in value.split("\n") for part in textwrap.wrap(line, columns, break_on_hyphens=False)]
    return [f"{head if number == 0 else ' ' * len(head)}{line}" for number, line in enumerate(lines)]


def _json(bundle: "Bundle") -> str:
    size = bundle.model.stat().st_size
    facts = {"folder": str(bundle.folder), "bytes": size, "id": bundle.model_id, "runtime": _runtime(bundle)}
    return json.dumps(facts | asdict(bundle.manifest))


def _edgetpu(bundle: "Bundle") -> str:
    head = f"{bundle.manifest.name}: {_edgetpu_verdict(bundle) or 'was not checked'}"
    return "\n".join([head, f"  operators: {_operators(bundle.manifest.ops)}"])


def _edgetpu_verdict(bundle: "Bundle") -> str:
    found = bundle.manifest.edgetpu
    if found is None:
        return ""
    return "every operator fits" if found.ok else f"does not fit: {'; '.join(found.findings)}"


def _labels(labels: tuple[str, ...]) -> str:
    """Words or types, each once though it may begin or go on; of an alphabet, how many letters."""
    if " " in labels:
        return f"{sum(len(label) == 1 for label in labels)} letters"
    return ", ".join(dict.fromkeys(label.removeprefix("B-").removeprefix("I-") for label in labels if label != "O"))


def _corpus(data: "TrainingData") -> str:
    """A text has no hours."""
    hours = f"{data.hours:g} h, " if data.hours else ""
    return f"{data.corpus} ({hours}{data.licence})"


def _steps(bundle: "Bundle") -> str:
    manifest = bundle.manifest
    states = sum(state.tensor.shape[-1] for state in manifest.tensors.states)
    if manifest.features is None:
        seen = f" of {manifest.window} that are seen" if manifest.window else ""
        return f"{manifest.stack} inputs at a time{seen}, {states} values of state"
    every = 1000 * manifest.stack * manifest.features.seconds_per_frame
    return f"every {every:g} ms, {manifest.features.bands} bands x {manifest.stack} frames, {states} values of state"


def _second_look(manifest: "Manifest") -> str:
    look = manifest.second_look
    if look is None:
        return ""
    said = f"{look.model} {look.model_id} reads again what scores {look.floor:g} or more"
    if look.verifier is None:
        return said
    return f"a verifier {look.verifier.model_id} hears again what scores {look.verifier.floor:g} or more, {said}"


def _operators(ops: dict[str, int]) -> str:
    return ", ".join(f"{name} v{version}" for name, version in sorted(ops.items()))


def _runtime(bundle: "Bundle") -> str:
    from edge.model import find_runtime

    refusal = _refusal(bundle)
    return f"cannot run here: {refusal}" if refusal else f"{find_runtime().name} runs it"


def _refusal(bundle: "Bundle") -> str:
    """Why it cannot run here; empty if it can."""
    from edge.model import StreamingModel

    try:
        StreamingModel.load(bundle.folder)
    except HarkError as error:
        return str(error)
    return ""


def _figures(metrics: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Metrics by name, one in a line; numbers that belong together stay together."""
    for key, value in metrics.items():
        name = f"{above}{key}".replace("_", " ")
        if isinstance(value, dict) and any(isinstance(part, dict | list) for part in value.values()):
            yield from _figures(value, f"{name}, ")
        else:
            yield name, _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, float) else str(value)

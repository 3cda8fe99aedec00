"""hark models: the shipped bundles, as their manifests describe them."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from edge.cli.options import add_jsonl
from edge.errors import BundleError, HarkError

if TYPE_CHECKING:
    from edge.model import Bundle
    from edge.model.manifest import Manifest, TrainingData

EXAMPLES = """\
examples:
  hark models
  hark models --edgetpu         whether each model fits a Coral Edge TPU, and if not, why
  hark models --jsonl           everything, for programs
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--edgetpu", action="store_true", help="show only how each model fits the Edge TPU")
    add_jsonl(parser, "the models")


def run(arguments: Namespace) -> int:
    """Describe every shipped model; a damaged one is named, and the exit code is 65."""
    from edge.cli.output import complain, write_line
    from edge.model import Bundle, shipped_bundles

    show = _json if arguments.jsonl else _edgetpu if arguments.edgetpu else _text
    folders, code = shipped_bundles(), 0
    if not folders:
        raise BundleError("no models are installed: install hark again")
    for folder in folders:
        try:
            write_line(show(Bundle.read(folder)))
        except BundleError as error:
            complain(str(error))
            code = error.exit_code
    return code


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
        "learnt from": ", ".join(map(_corpus, manifest.training_data)),
        "licence": manifest.licence,
        **{key: _figures(value) for key, value in manifest.metrics.items()},
    }
    width = max(map(len, rows))
    lines = [f"  {key:{width}}  {value}" for key, value in rows.items() if value]
    return "\n".join([f"{manifest.name} {manifest.version} ({manifest.task})", *lines])


def _json(bundle: "Bundle") -> str:
    size = bundle.model.stat().st_size
    facts = {"folder": str(bundle.folder), "bytes": size, "id": bundle.model_id, "runtime": _runtime(bundle)}
    return json.dumps(facts | asdict(bundle.manifest), ensure_ascii=False)


def _edgetpu(bundle: "Bundle") -> str:
    head = f"{bundle.manifest.name}: {_edgetpu_verdict(bundle) or 'was not checked'}"
    return "\n".join([head, f"  operators: {_operators(bundle.manifest.ops)}"])


def _edgetpu_verdict(bundle: "Bundle") -> str:
    found = bundle.manifest.edgetpu
    if found is None:
        return ""
    return "every operator fits" if found.ok else f"does not fit: {'; '.join(found.findings)}"


def _labels(labels: tuple[str, ...]) -> str:
    """Words, or the letters of an alphabet, of which the space is one."""
    return ("" if " " in labels else ", ").join(labels)


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

    try:
        runtime = find_runtime()
        bundle.check_runtime(runtime)
    except HarkError as error:
        return f"cannot run here: {error}"
    return f"{runtime.name} runs it"


def _figures(value: object) -> str:
    """A metric in one line: a number, or numbers by name."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_figures(part)}" for key, part in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)

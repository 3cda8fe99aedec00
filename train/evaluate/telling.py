"""What an evaluation of one file prints: a line for people, or JSON for programs."""

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any


def tell(arguments: Namespace, file: Path, result: dict[str, Any], shown: Callable[[dict[str, Any]], str]) -> None:
    """Print what was found in a file: as JSON with the file in it, or as `shown` says it."""
    print(json.dumps(result | {"file": str(file)}) if arguments.json else f"{file}: {shown(result)}")

"""A child of `hark bench`: listens to its standard input and says when it began to, and what it all took.

    python -m edge.cli.probe [--config FILE] [--model NAME] [--words A,B] [--false-accepts-per-hour X] < SAMPLES

It loads what `hark listen` loads by a configuration and no more: its memory and its start are those of the service.
"""

import json
import time
from argparse import ArgumentParser

from edge.cli.options import add_trigger


def main() -> None:
    """Print a line after the first block, and a JSON object at the end."""
    from edge.capture import open_source
    from edge.cli.assembly import assemble, configure
    from edge.metrics import peak_rss

    parser = ArgumentParser()
    add_trigger(parser)
    arguments = parser.parse_args()
    pipeline = assemble(configure(arguments), arguments.words).pipeline
    with open_source("-") as source:
        blocks = iter(source)
        pipeline.feed(next(blocks))
        start = time.process_time()
        print("listening", flush=True)
        for block in blocks:
            pipeline.feed(block)
    print(json.dumps({"start_cpu_seconds": start, "peak_rss_bytes": peak_rss()}))


if __name__ == "__main__":
    main()

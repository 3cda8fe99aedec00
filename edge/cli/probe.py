"""A child of `hark bench`: listens to its standard input and says when it began to, and what it all took.

    python -m edge.cli.probe MODEL < SAMPLES

It loads what `hark listen` loads and no more, so that its memory and its start are those of the service.
"""

import json
import sys
import time


def main() -> None:
    """Print a line after the first block, and a JSON object at the end."""
    from edge.capture import open_source
    from edge.cli.assembly import assemble
    from edge.config import Config, TriggerConfig
    from edge.metrics import peak_rss

    pipeline = assemble(Config(trigger=TriggerConfig(model=sys.argv[1]))).pipeline
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

"""What listening costs beside pymicro-wakeword, the leanest peer: both in children, in turn, on the same sound.

    python -m venv /tmp/peer && /tmp/peer/bin/pip install pymicro-wakeword==2.5.0
    python benchmarks/peers.py /tmp/peer/bin/python [FILE]

Ratios within one run hold on any machine; seconds do not. Hark listens for all of its words, the peer for 'alexa'.
"""

import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 60
RUNS = 7

HARK = """
import sys, time
from edge.audio import AudioBlock
from edge.cli.assembly import assemble
from edge.config import Config
import numpy as np
pipeline = assemble(Config()).pipeline
samples = np.frombuffer(sys.stdin.buffer.read(), "<i2")
begun = time.process_time()
for start in range(0, len(samples), 1280):
    pipeline.feed(AudioBlock(samples[start:start + 1280], start))
"""

PEER = """
import sys, time
from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model
word, features = MicroWakeWord.from_builtin(Model.ALEXA), MicroWakeWordFeatures()
samples = sys.stdin.buffer.read()
begun = time.process_time()
for start in range(0, len(samples), 2560):
    for frame in features.process_streaming(samples[start:start + 2560]):
        word.process_streaming(frame)
"""

# Not ru_maxrss: in a child, that begins with what its parent had.
TOLD = """
spent = time.process_time() - begun
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(spent, int(status["VmHWM"].split()[0]) / 1024)
"""


def listen(python: str, code: str, sound: bytes) -> tuple[float, float]:
    """CPU seconds for each second of sound since the code's `begun`, and peak memory in MB, of one child."""
    result = subprocess.run([python, "-c", code + TOLD], input=sound, capture_output=True, cwd=ROOT, check=True)
    spent, memory = map(float, result.stdout.splitlines()[-1].split())
    return spent / SECONDS, memory


def main() -> None:
    """Print medians over alternating runs, and their ratio."""
    from edge.capture import open_source
    from edge.cli.recording import demo_recording

    path = sys.argv[2] if len(sys.argv) > 2 else str(demo_recording())
    with open_source(path, block=16_000) as source:
        samples = np.concatenate([block.samples for block in source])
    sound = np.resize(samples, SECONDS * 16_000).astype("<i2").tobytes()
    runs = [(listen(sys.executable, HARK, sound), listen(sys.argv[1], PEER, sound)) for _ in range(RUNS)]
    for name, index in (("hark, six words", 0), ("pymicro-wakeword, one word", 1)):
        cpu, memory = (statistics.median(run[index][figure] for run in runs) for figure in (0, 1))
        print(f"{name}: {cpu:.4f} CPU s for each second of sound, peak RSS {memory:.0f} MB")
    print(f"hark / peer, median of {RUNS} pairs: {statistics.median(ours[0] / theirs[0] for ours, theirs in runs):.2f}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main()

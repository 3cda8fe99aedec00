"""A program that plays 16-bit mono samples from standard input: python -I player.py RATE [DEVICE].

Of its own, because PortAudio learns of devices only as it starts, must not be ended while another stream of the same
process runs, and may hang with its sound server.
"""

import sys

import numpy as np


def main() -> str | None:
    """Play all of it; returns why that cannot be."""
    rate, device = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None
    samples = np.frombuffer(sys.stdin.buffer.read(), np.int16)
    try:
        import sounddevice
    except (ImportError, OSError):
        return "no sound output without sounddevice and PortAudio; install them: sudo apt install libportaudio2"
    try:
        sounddevice.play(samples, rate, device=device, blocking=True)
    except (sounddevice.PortAudioError, ValueError) as error:
        return f"the sound output cannot be had ({error.args[0]}); name one in [sink.NAME] device"
    return None


if __name__ == "__main__":
    sys.exit(main())

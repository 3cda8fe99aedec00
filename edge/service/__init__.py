"""The life of a service: from the first block to the last, whatever happens to the device, the files or the process.

    source -> Session -- Heard, Heard, ... --> views, alerts and records
                 |                                  |
  Signals, Reload, LevelWatch...                Manager -> systemd

`Reopening` (edge/capture) lets the source outlive its microphone.
"""

from edge.service.heap import Heap
from edge.service.levels import LevelWatch
from edge.service.manager import Manager
from edge.service.memory import Memory
from edge.service.notify import Notifier, is_managed
from edge.service.pulse import Pulse
from edge.service.records import Records
from edge.service.reload import Reload
from edge.service.session import Heard, Session
from edge.service.signals import Signals
from edge.service.stuck import StuckLevel, StuckScores

__all__ = [
    "Heap",
    "Heard",
    "LevelWatch",
    "Manager",
    "Memory",
    "Notifier",
    "Pulse",
    "Records",
    "Reload",
    "Session",
    "Signals",
    "StuckLevel",
    "StuckScores",
    "is_managed",
]

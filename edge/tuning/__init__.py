"""Thresholds from the owner's own recordings, for a budget of false accepts.

    blocks -- pipeline -- a detector for each level --> accepts by level -- count | tail | shipped curve --> threshold

Everything that is heard counts as not the word: the owner vouches for that.
"""

from edge.tuning.accepts import LEVELS, AcceptCounter, Peak, best_score
from edge.tuning.choice import Choice, choose, hours_to_show, poisson_cumulative, poisson_interval, wilson_interval
from edge.tuning.mining import Miner

__all__ = [
    "LEVELS",
    "AcceptCounter",
    "Choice",
    "Miner",
    "Peak",
    "best_score",
    "choose",
    "hours_to_show",
    "poisson_cumulative",
    "poisson_interval",
    "wilson_interval",
]

"""95 % confidence intervals of the two figures that a trigger is judged by, as the device computes them."""

from edge.tuning import poisson_interval, wilson_interval


def wilson(misses: int, trials: int) -> tuple[float, float]:
    """Interval of a share (Wilson 1927), 0 to 1; (0, 1) without trials."""
    return wilson_interval(misses, trials) if trials else (0.0, 1.0)


def poisson(events: int, hours: float) -> tuple[float, float]:
    """Interval of a rate per hour (Garwood 1936)."""
    low, high = poisson_interval(events)
    return low / hours, high / hours


def percent(shares: tuple[float, float]) -> tuple[float, float]:
    """An interval of a share, in percent."""
    return 100 * shares[0], 100 * shares[1]

"""95 % confidence intervals of the two figures that a trigger is judged by."""

from scipy import stats


def wilson(misses: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a share (Wilson 1927), 0 to 1; (0, 1) without trials."""
    if trials == 0:
        return 0.0, 1.0
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    share, spread = misses / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * (share * (1 - share) / trials + spread / (4 * trials)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def poisson(events: int, hours: float, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a rate per hour (Garwood 1936)."""
    tail = (1 - confidence) / 2
    low = stats.chi2.ppf(tail, 2 * events) / 2 if events else 0.0
    return float(low / hours), float(stats.chi2.ppf(1 - tail, 2 * events + 2) / 2 / hours)


def percent(shares: tuple[float, float]) -> tuple[float, float]:
    """An interval of a share, in percent."""
    return 100 * shares[0], 100 * shares[1]

"""Keywords from plain text: how often they are missed where they are said, and heard where they are not."""

from collections.abc import Sequence

from edge.decoder.keywords import KeywordSpotter
from train.evaluate.speech import Heard
from train.evaluate.trigger import REFRACTORY_SECONDS, THRESHOLDS, Tally, peaks


def keyword_tally(
    heard: Sequence[Heard], keywords: Sequence[str], step_seconds: float, condition: str = "clean"
) -> Tally:
    """Best score of each clip in which a keyword is said, and every peak in those in which none is said."""
    tally = Tally(keywords)
    spotter = KeywordSpotter(dict.fromkeys(keywords, 1.0), step_seconds)
    apart = int(REFRACTORY_SECONDS / step_seconds)
    for one in heard:
        spotter.reset()
        scores = spotter.scores(one.log_probs)
        said = [f" {keyword} " in f" {one.reference} " for keyword in keywords]
        for keyword, track in ((word, scores[:, n]) for n, word in enumerate(keywords) if said[n]):
            tally.best.setdefault((keyword, condition), []).append((float(track.max(initial=0.0)), one.name))
        if not any(said):
            corpus = one.name.split("/")[0]
            tally.hours_of[corpus] = tally.hours_of.get(corpus, 0.0) + one.seconds / 3600
            for keyword, track in zip(keywords, scores.T, strict=True):
                found = [(score, one.name) for _, score in peaks(track, apart, float(THRESHOLDS[0]))]
                tally.accepts.setdefault(keyword, []).extend(found)
    return tally

"""Keywords from plain text: how often they are missed where they are said, and heard where they are not."""

from collections.abc import Sequence

from edge.decoder.keywords import KeywordSpotter
from train.evaluate.speech import Heard
from train.evaluate.streams import corpus_of
from train.evaluate.trigger import REFRACTORY_SECONDS, THRESHOLDS, Tally, peaks


def keyword_tally(
    heard: Sequence[Heard], keywords: Sequence[str], step_seconds: float, condition: str = "clean"
) -> Tally:
    """Best score of each clip in which a keyword is said, and every peak of those that are not said in it.

    As in a stream of trigger words (`Tally.add_words`), a clip counts for the keywords that are not said in it.
    """
    tally = Tally(keywords)
    spotter = KeywordSpotter(dict.fromkeys(keywords, 1.0), step_seconds)
    apart = int(REFRACTORY_SECONDS / step_seconds)
    for one in heard:
        spotter.reset()
        scores = spotter.scores(one.log_probs)
        said = [f" {keyword} " in f" {one.reference} " for keyword in keywords]
        for keyword, track in ((word, scores[:, n]) for n, word in enumerate(keywords) if said[n]):
            tally.best.setdefault((keyword, condition), []).append((float(track.max(initial=0.0)), one.name))
        unsaid = [n for n in range(len(keywords)) if not said[n]]
        tally.add_hours([keywords[n] for n in unsaid], corpus_of(one.name), one.seconds / 3600)
        for n in unsaid:
            found = [(score, one.name) for _, score in peaks(scores[:, n], apart, float(THRESHOLDS[0]))]
            tally.accepts.setdefault(keywords[n], []).extend(found)
    return tally

"""How a network fares on each corpus, on sentences whose words mislead, and how far its probabilities are true."""

from collections.abc import Sequence
from pathlib import Path

from edge.model import StreamingModel
from edge.understanding.sentiment import SentimentClassifier
from train.corpora.opinions import Opinion, read_opinions
from train.evaluate.sentiment import CONTRASTS, POLARITY, STARS, Judge, Score, evaluate
from train.recipes.sentiment.texts import FILES, opinions_of

SST2: str = "sentiment_sst/sst2_dev.tsv.gz"
SST5: str = "sentiment_sst/sst5_dev.tsv.gz"

HEADER = """\
| sentences | n | accuracy, percent | expected calibration error, percent |
|---|---|---|---|"""


def judge_of(bundle: Path) -> Judge:
    """What a device would say."""
    return SentimentClassifier(StreamingModel.load(bundle)).probabilities


def report_of(judge: Judge, data: Path) -> str:
    """A Markdown table: polarity, but where it says five stars."""
    rows = [
        _row(f"{corpus}, {name}", evaluate(opinions_of(corpus, data, part), judge, POLARITY))
        for name, part in (("validation", "validation"), ("held back", "test"))
        for corpus in FILES
    ]
    if (data / SST2).exists():
        rows.append(_row("SST-2 dev", evaluate(read_opinions(data / SST2), judge, POLARITY)))
        rows.append(_row("SST-5 dev, five stars", evaluate(read_opinions(data / SST5), judge, STARS)))
    return "\n".join([HEADER, *rows, _row("contrasts", evaluate(CONTRASTS, judge, POLARITY))])


def validation(data: Path) -> Sequence[Opinion]:
    """What the temperature is chosen on."""
    return [opinion for corpus in FILES for opinion in opinions_of(corpus, data, "validation")]


def _row(name: str, score: Score) -> str:
    return f"| {name} | {score.n} | {score.accuracy:.1f} | {score.calibration_error:.1f} |"

"""What a model has learnt from, for its manifest and its card."""

from collections.abc import Iterable, Sequence

from edge.model.manifest import TrainingData
from train.corpora.manifest import Clip


def training_data(clips: Iterable[Clip]) -> tuple[TrainingData, ...]:
    """Hours and licences of some clips, by corpus."""
    hours: dict[str, float] = {}
    licences: dict[str, list[str]] = {}
    for clip in clips:
        hours[clip.corpus] = hours.get(clip.corpus, 0) + clip.seconds / 3600
        if clip.licence not in licences.setdefault(clip.corpus, []):
            licences[clip.corpus].append(clip.licence)
    return tuple(TrainingData(name, "; ".join(licences[name]), round(hours[name], 3)) for name in sorted(hours))


def data_table(data: Sequence[TrainingData]) -> str:
    """The same as a Markdown table."""
    rows = "\n".join(f"| {entry.corpus} | {entry.hours:.2f} | {entry.licence} |" for entry in data)
    return f"| corpus | hours | licence |\n|---|---|---|\n{rows}"

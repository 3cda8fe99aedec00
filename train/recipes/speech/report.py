"""What the speech network does with speakers that it never heard: tables and pictures of the test part."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from edge.decoder.beam import BeamConfig
from edge.decoder.guidance import Guidance
from train.corpora.audio import load
from train.corpora.manifest import Clip
from train.corpora.said import is_take
from train.evaluate.intervals import wilson
from train.evaluate.keywords import keyword_tally
from train.evaluate.slots import all_slots_right
from train.evaluate.speech import Heard, Logits, best_texts, error_rates, greedy_texts, hear, hear_noise
from train.evaluate.streams import Noise
from train.evaluate.trigger import table
from train.recipes.speech.pools import KITCHEN, noises_of, of_part, transcribed
from train.recipes.speech.recipe import SpeechRecipe
from train.recipes.speech.validation import Figures, Judged, calibration_error, guided
from train.recipes.trigger.words import WORDS

SNRS = (24.0, 12.0, 6.0)
ORDER_WORDS = ("espresso", "cappuccino", "americano", "iced mocha", "latte", "brown sugar", "almond milk")
ORDER_KEYWORDS = (*ORDER_WORDS, "medium roast", "triple shot", "sweetener")
WIDTHS = (1, 2, 4, 8, 16, 32, 64)
NTH = 4
"""Every so many of the sentences decides what a width is worth."""
DIGITS = Path(__file__).parents[3] / "docs" / "grammars" / "digits.jsgf"


@dataclass(frozen=True)
class TestPart:
    """Clips of speakers that were kept from training and from all choices, as a network hears them."""

    clips: Sequence[Clip]
    """All real recordings, of all parts."""
    recipe: SpeechRecipe
    logits: Logits
    figures: Figures

    def of(self, kind: str, noise: Noise | None = None) -> list[Heard]:
        """The test speakers' clips of one kind."""
        return hear([clip for clip in self.spoken if clip.kind == kind], self.logits, self.recipe.features, noise)

    @cached_property
    def spoken(self) -> list[Clip]:
        """What the test speakers say, divided as training divided it: clips of one kind alone would fall otherwise."""
        return of_part(transcribed(self.clips), "test")

    @cached_property
    def noises(self) -> list[Clip]:
        """Recordings in which nobody speaks, of this part."""
        return noises_of(self.clips, "test")

    @cached_property
    def sentences(self) -> list[Heard]:
        """Read speech."""
        return self.of("sentence")

    def texts(self, heard: Sequence[Heard], guidance: Guidance, width: int = BeamConfig().width) -> list[str]:
        """What is written down of some clips."""
        return best_texts(list(guided(heard, guidance, self.figures, width)))

    def commands(self) -> Iterator[tuple[str, list[Heard]]]:
        """Orders, in quiet and with two sorts of noise that training never heard under them."""
        yield "clean", self.of("command")
        for name in (KITCHEN, "other noise"):
            some = [clip for clip in self.noises if (clip.label == KITCHEN) == (name == KITCHEN)]
            for snr in SNRS if some else ():
                yield f"{name} {snr:g} dB", self.of("command", Noise([load(clip.path) for clip in some], snr))


def sentences_table(part: TestPart, floats: TestPart, language: Guidance) -> str:
    """Read speech: best path, beam, and beam with the language model; int8 streaming against float."""
    if not part.sentences:
        return ""
    rows = ["| read speech | WER | CER |", "|---|---|---|"]
    for name, one in {"int8 streaming": part, "float": floats}.items():
        heard = one.sentences
        ways = {
            "best path": greedy_texts(heard),
            "beam": one.texts(heard, Guidance()),
            "beam and language model": one.texts(heard, language),
        }
        for way, texts in ways.items():
            rates = error_rates([clip.reference for clip in heard], texts)
            rows.append(f"| {way}, {name}, n={len(heard)} | {rates['wer']:.1f} % | {rates['cer']:.1f} % |")
    return "\n".join(rows)


def commands_table(part: TestPart, guides: Mapping[str, Guidance]) -> str:
    """Orders: word errors and orders with all slots right, under each guide and in each noise."""
    heard = dict(part.commands())
    if not heard["clean"]:
        return ""
    head = "| orders | " + " | ".join(f"{name}: WER | all slots right" for name in guides) + " |"
    rows = [head, "|---" * (1 + 2 * len(guides)) + "|"]
    for condition, some in heard.items():
        cells = [cell for guide in guides.values() for cell in _command_cells(part, some, guide)]
        rows.append(f"| {condition}, n={len(some)} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _command_cells(part: TestPart, heard: Sequence[Heard], guide: Guidance) -> tuple[str, str]:
    texts = part.texts(heard, guide)
    told = [(one.reference, one.slots, text) for one, text in zip(heard, texts, strict=True) if one.slots]
    right = sum(all_slots_right(told))
    low, high = wilson(right, len(told))
    share = f"{100 * right / len(told):.1f} % ({100 * low:.0f}-{100 * high:.0f})" if told else "-"
    return f"{error_rates([one.reference for one in heard], texts)['wer']:.1f} %", share


def digits_table(part: TestPart, language: Guidance) -> str:
    """Single digits: with a grammar of ten words, and with the language model alone."""
    heard = part.of("digit")
    if not heard:
        return ""
    rows = ["| digits | WER |", "|---|---|"]
    for name, guide in {"grammar": Guidance(grammar=DIGITS), "language model": language}.items():
        rates = error_rates([one.reference for one in heard], part.texts(heard, guide))
        rows.append(f"| {name}, n={len(heard)} | {rates['wer']:.1f} % |")
    return "\n".join(rows)


def noise_line(part: TestPart, language: Guidance) -> str:
    """Recordings in which nobody speaks, and of how many of them words are made."""
    if not part.noises:
        return ""
    heard = hear_noise(part.noises, part.logits, part.recipe.features)
    made = sum(map(bool, part.texts(heard, language)))
    return f"Noise alone: with the language model, words are made of {made} of {len(heard)} recordings."


def keywords_tables(part: TestPart) -> str:
    """Keywords from text at 1 false accept an hour: the trigger words, which training never heard, and order words."""
    step_seconds = part.recipe.stack * part.recipe.features.seconds_per_frame
    if not (others := [*part.sentences, *part.of("command")]):
        return ""
    words = hear(
        [clip for clip in part.clips if clip.transcript and any(is_take(clip, word) for word in WORDS)],
        part.logits,
        part.recipe.features,
    )
    tallies = {"trigger words": (WORDS, [*words, *others]), "words of the orders": (ORDER_KEYWORDS, others)}
    return "\n\n".join(
        f"Keywords from text, {name}:\n\n{table(keyword_tally(heard, keywords, step_seconds), ['clean'], (1.0,))}"
        for name, (keywords, heard) in tallies.items()
    )


def width_table(part: TestPart, language: Guidance, pictures: Path) -> str:
    """Word errors and cost of wider beams on some sentences, and a picture of both."""
    if not part.sentences:
        return ""
    curve = list(width_curve(part, language))
    draw_widths(curve, pictures / "speech-beam.png")
    rows = [f"| {width} | {wer:.1f} % | {cost:.4f} |" for width, wer, cost in curve]
    told = f"Read speech with the language model, each {NTH}th sentence:\n"
    return "\n".join([told, "| width of the beam | WER | CPU s for a second of sound |", "|---|---|---|", *rows])


def width_curve(part: TestPart, language: Guidance) -> Iterator[tuple[int, float, float]]:
    """(width, word error rate in percent, seconds of search for a second of sound) for each width of beam."""
    heard = part.sentences[::NTH]
    references, length = [one.reference for one in heard], sum(one.seconds for one in heard)
    for width in WIDTHS:
        begun = time.process_time()
        texts = part.texts(heard, language, width)
        yield width, error_rates(references, texts)["wer"], (time.process_time() - begun) / length


def confidence_line(part: TestPart, language: Guidance, of_orders: Guidance, pictures: Path) -> str:
    """How true confidences are on read speech and orders, each under its guide, and a picture of it."""
    told = judged(part.sentences, part.of("command"), language, of_orders, part.figures)
    if not told:
        return ""
    sure = [part.figures.confidence.confidences(some, one.log_probs)[0] for one, some in told]
    right = [some[0].text == one.reference for one, some in told]
    draw_reliability(sure, right, pictures / "speech-reliability.png")
    error = calibration_error(np.array(sure), np.array(right, float))
    return f"Expected calibration error of the confidences, {of_what(of_orders)}: {error:.3f} (n={len(told)})."


def judged(
    read: Sequence[Heard], orders: Sequence[Heard], language: Guidance, of_orders: Guidance, figures: Figures
) -> list[Judged]:
    """What confidences are told of: read speech and orders, each under its guide.

    A grammar makes one of its sentences of everything that is said; so it also hears read speech, and is wrong.
    """
    groups = [(read, language), (orders, of_orders), *([(read, of_orders)] if of_orders.grammar else [])]
    pairs = [pair for heard, guide in groups for pair in zip(heard, guided(heard, guide, figures), strict=True)]
    return [(one, hypotheses) for one, hypotheses in pairs if hypotheses]


def of_what(of_orders: Guidance) -> str:
    """What `judged` consists of."""
    return "read speech and orders" + (", and read speech under the grammar of the orders" if of_orders.grammar else "")


def draw_widths(curve: Sequence[tuple[int, float, float]], path: Path) -> None:
    """Writes a picture of word errors and cost against the width of the beam."""
    from matplotlib import pyplot as plt

    widths, errors, costs = zip(*curve, strict=True)
    figure, left = plt.subplots(figsize=(6, 4))
    right = left.twinx()
    left.plot(widths, errors, "o-", color="tab:blue")
    right.plot(widths, costs, "s--", color="tab:red")
    left.set(xscale="log", xlabel="width of the beam", ylabel="word error rate, % (circles)", title="Read speech")
    left.set_xticks(widths, [str(width) for width in widths])
    left.minorticks_off()
    right.set(ylabel="CPU s of search for a second of sound (squares)", ylim=(0, None))
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)


def draw_reliability(confidences: Sequence[float], right: Sequence[bool], path: Path) -> None:
    """Writes a reliability diagram: the share of transcripts that are right, against their confidence."""
    from matplotlib import pyplot as plt

    sure, correct = np.array(confidences), np.array(right, float)
    groups = [group for group in np.array_split(np.argsort(sure), 10) if len(group)]
    figure, axes = plt.subplots(figsize=(4.5, 4.5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot([sure[group].mean() for group in groups], [correct[group].mean() for group in groups], "o-")
    axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1), title="Transcripts")
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)

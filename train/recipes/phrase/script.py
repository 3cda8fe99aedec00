"""What is spoken: the phrase, what sounds like it, and texts; written down once, for a resumed run to say the same."""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

from edge.errors import DataError
from train.corpora.download import DownloadError, download
from train.files import read_json, write_text
from train.recipes.phrase.cast import Cast
from train.recipes.phrase.dictionary import Dictionary
from train.recipes.phrase.nearness import by_letters, near_phrases
from train.recipes.phrase.recipe import PhraseRecipe
from train.recipes.phrase.spelling import spellings
from train.recipes.phrase.wording import syllables, warning
from train.recipes.speech.texts import read_text, sentences
from train.synthesis import write_corpus

BOOK = "https://www.gutenberg.org/cache/epub/1342/pg1342.txt"
"""Pride and Prejudice, in the public domain (Project Gutenberg)."""

SCRIPT = "script.json"
"""The file that keeps a script."""

WAYS = ("{}", "{}", "{}.", "{}!", "{}?", "{},")
"""How a phrase is written: it sounds otherwise at the end of a sentence, as a question, and before something else."""

_COMMON = """\
a about after again air all also always and another any are around as ask at away back be because been before began
between book both boy bring but by call came can car carry children city close cold come could country cut day did
different do does door down each earth eat end even ever every eye face family far father feet few find fire first fish
follow food for found four from garden gave get girl give go good great green ground grow had hand happy hard has have
he head hear help her here high him his home horse hour house how hundred idea if in into is it just keep kind king know
land large last late laugh learn leave left letter life light like line list listen little live long look made make man
many mean men might mile money moon more morning most mother mountain move much music must name near need never new next
night no north not nothing now number of off often old on once one only open or other our out over own page paper part
people picture place plain plant play point put question quick quiet rain read red rest right river road rock room round
run said same saw say school sea second see sentence set she should show sing sister slow small snow so some song soon
sound south spell stand star start state stay step still stop story street strong study such sun table take talk tell
ten than that the their them then there these they thing think this thought three through time to together told too
tree true turn two under until up us use very voice walk want warm was watch water way we well went were west what wheel
when where which white who whole why will wind window wish with without woman wood word work world would write year you
young your"""
COMMON = tuple(_COMMON.split())
"""Words that everybody says, of which sentences are made where there is no text."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is spoken."""

    near: list[str]
    passages: list[str]
    """The first half is for training, the other for the closing report."""
    warning: str | None
    origins: dict[str, str]
    """Where near phrases and passages come from, in words."""
    spellings: list[str]
    """The phrase, and what sounds just like it."""

    @property
    def training(self) -> list[str]:
        """Passages that train."""
        return self.passages[: len(self.passages) // 2]

    @property
    def held(self) -> list[str]:
        """Passages that are kept back."""
        return self.passages[len(self.passages) // 2 :]


def make_script(recipe: PhraseRecipe, dictionary: Dictionary, books: Path | None, work: Path) -> Script:
    """The script of a phrase, kept as `work`/SCRIPT: what is there already is read.

    Args:
        recipe: the phrase, and how much is to be said.
        dictionary: how words sound; done without if it is empty.
        books: a text to read aloud; fetched if not given, and done without if that fails.
        work: the folder that keeps it.
    """
    path = work / SCRIPT
    if path.exists():
        return read_json(path, lambda saved: Script(**saved))
    rng = random.Random(recipe.seed)
    lexicon = dictionary.lexicon
    passages, texts = _passages(recipe, books, work, rng)
    known = lexicon or by_letters([*COMMON, *" ".join(passages).lower().replace(",", "").split()])
    near = near_phrases(recipe.phrase, {word: spoken for word, spoken in known.items() if word.isalpha()})
    too_short = warning(recipe.phrase, syllables(recipe.phrase, lexicon))
    origins = {"near phrases": dictionary.origin, "texts": texts}
    script = Script(near, passages, too_short, origins, spellings(recipe.phrase, lexicon))
    write_text(path, json.dumps(asdict(script)))
    return script


def _passages(recipe: PhraseRecipe, books: Path | None, work: Path, rng: random.Random) -> tuple[list[str], str]:
    wanted = 2 * recipe.takes.passages
    try:
        found, origin = sentences(read_text(books or _fetch_book(work))), "a book" if books is None else books.name
    except DownloadError:
        found = [_sentence(rng) for _ in range(wanted)]
        origin = "random words: no text is in reach; give one with --books"
    spoken = [text for text in found if recipe.phrase not in text.lower()]
    if len(spoken) < 2:
        raise DataError(f"{books} holds no two sentences of 8 to 110 letters; give a longer text with --books")
    return rng.sample(spoken, min(wanted, len(spoken))), origin


def _fetch_book(work: Path) -> Path:
    path = work / "book.txt"
    if not path.exists():
        download(BOOK, path, pause=lambda _seconds: None)
    return path


def _sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(COMMON, k=rng.randint(6, 14))) + "."


def speak_script(recipe: PhraseRecipe, script: Script, casts: Sequence[Cast], people: bool, folder: Path) -> None:
    """Writes the corpora `synthetic_*` and `synthetic_held_*` below a folder; taken up where it was left.

    Args:
        recipe: the phrase, and how often it is said.
        script: what else is said.
        casts: the voices that train, and those that are kept back.
        people: whether enough of people's speech is kept back, so that no program needs to stand in for it.
        folder: where the corpora go.
    """
    training, held = casts
    takes, phrase = recipe.takes, recipe.phrase
    corpora: dict[str, tuple[str, Sequence[str], Cast]] = {
        "phrase": _said(phrase, takes.phrase, training),
        "near": ("negative", [near for near in script.near for _ in range(takes.near)], training),
        "snippets": ("negative", _snippets(script.training, takes.snippets, recipe.seed), training),
        "passages": ("sentence", _cycled(script.training, takes.passages), training),
        "held_phrase": _said(phrase, takes.held_phrase, held),
        "held_near": ("negative", [near for near in script.near for _ in range(takes.held_near)], held),
    }
    if not people:
        corpora["held_passages"] = "sentence", _cycled(script.held, takes.held_passages), held
        corpora["held_texts"] = "sentence", _cycled(script.held, takes.held_texts), training
    for name, (kind, texts, cast) in corpora.items():
        rng = random.Random(f"{recipe.seed} {name}")
        label = phrase if kind == "wakeword" else ""
        write_corpus(folder / f"synthetic_{name}", [(kind, label, cast.take(text, rng)) for text in texts])


def _said(phrase: str, count: int, cast: Cast) -> tuple[str, list[str], Cast]:
    """Kind, texts and voices of the phrase, written in different ways."""
    # A comma between the words makes the voices pause.
    forms = [*(way.format(phrase) for way in WAYS), phrase.replace(" ", ", ")]
    return "wakeword", _cycled(forms, count), cast


def _snippets(passages: Sequence[str], count: int, seed: int) -> list[str]:
    rng, snippets = random.Random(seed), []
    for _ in range(count):
        words = rng.choice(passages).strip(".,;:!?").split()
        first = rng.randrange(len(words))
        snippets.append(" ".join(words[first : first + rng.randint(1, 3)]))
    return snippets


def _cycled(texts: Sequence[str], count: int) -> list[str]:
    return list(islice(cycle(texts), count))

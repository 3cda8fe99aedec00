"""`python -m train trigger --phrase TEXT`: from a text to a bundle, each stage taken up where it was left."""

import argparse
import hashlib
import json
import re
import time
from dataclasses import asdict, replace
from pathlib import Path

from edge.errors import UsageError
from edge.model import StreamingModel, find_bundle
from edge.model.bundle import MANIFEST
from train.bptt import half_is_fast
from train.bundle import check_place
from train.cascade import NAMES, kept
from train.corpora.audio import sound_files
from train.corpora.download import Checksum
from train.corpora.manifest import Clip, fingerprint
from train.corpora.pronunciations import Sounds, dictionary_in
from train.fit import decide
from train.pool import make_pool
from train.recipes.phrase.cast import Cast, casts
from train.recipes.phrase.collage import rows_in_turn, sounds_of
from train.recipes.phrase.dictionary import OUT_OF_REACH, Dictionary
from train.recipes.phrase.fitting import fit_phrase
from train.recipes.phrase.material import COLLAGES, Sources, people_suffice, quotable_clips, real_clips, sound_bank
from train.recipes.phrase.publishing import Making, publish
from train.recipes.phrase.recipe import PhraseRecipe
from train.recipes.phrase.recordings import Negatives, Recordings, read_negatives, read_recordings
from train.recipes.phrase.script import SCRIPT, Script, make_script, speak_script
from train.recipes.phrase.spelling import can_be_spelled
from train.recipes.phrase.splicing import write_collages
from train.recipes.phrase.wording import parse
from train.recipes.trigger.recipe import WEIGHTS
from train.second_look import SPELLER
from train.synthesis import missing_programs

OPTIONS = {
    "recordings": "--recordings",
    "negatives": "--negatives",
    "join_words": "--join-words",
    "second_look": "--second-look",
    "dictionary": "--dictionary",
}
"""What the stages do not heed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What belongs to a phrase alone; --out, --work, --audio, --books, --steps and --parts are the recipe's too."""
    group = parser.add_argument_group("a phrase of your own")
    group.add_argument("--phrase", metavar="TEXT", help='train on these words, such as "hey atlas", instead of a STAGE')
    group.add_argument("--recordings", type=Path, metavar="DIR", help="sound files of the phrase, three or more")
    unsaid = "sound files in which nobody says it"
    group.add_argument("--negatives", type=Path, metavar="DIR", nargs="+", action="extend", default=[], help=unsaid)
    joined = "also learn from takes joined from the words of people in --audio (default: where there are some)"
    group.add_argument("--join-words", action=argparse.BooleanOptionalAction, help=joined)
    looks = "let a larger network and the speech network hear again what the small one believes (default: yes)"
    group.add_argument("--second-look", action=argparse.BooleanOptionalAction, help=looks)
    group.add_argument("--dictionary", type=Path, help="copy of CMUdict, file or folder; else it is fetched")


def run(arguments: argparse.Namespace) -> None:
    """All stages."""
    started = time.monotonic()
    recipe = _recipe(arguments)
    out = arguments.out or Path(re.sub(r"[^a-z]+", "-", recipe.phrase))
    check_place(out)
    work = arguments.work or out.with_name(f"{out.name}-work")
    voices = casts()
    for missing in missing_programs():
        print(f"note: more voices make it better; install {missing}")
    recordings = read_recordings(arguments.recordings, recipe.phrase) if arguments.recordings else Recordings()
    for remark in recordings.remarks:
        print(f"note: {remark}")
    negatives = read_negatives(arguments.negatives) if arguments.negatives else Negatives()
    sources = Sources(work / "audio", real_clips(arguments.audio, recipe.phrase), recordings, negatives)
    work.mkdir(parents=True, exist_ok=True)
    script = _prepared(recipe, sources, arguments, _decided_by(recipe, voices, sources, arguments), work)
    said = make_bundle(recipe, sources, voices, script, work, out)
    print(f"\n{said}\n")
    print(f"It took {(time.monotonic() - started) / 60:.1f} minutes. The bundle is in {out}: in hark.toml, [trigger]")
    print(f'model = "{out}", or `hark listen --model {out}`. {work} may be deleted.')


def make_bundle(
    recipe: PhraseRecipe, sources: Sources, voices: tuple[Cast, Cast], script: Script, work: Path, out: Path
) -> str:
    """Speaks, mixes, trains, judges and publishes; gives the closing report."""
    print(f"1/4 {len(script.near)} near phrases; the programs speak", flush=True)
    speak_script(recipe, script, voices, people_suffice(sources, recipe), sources.synthetic)
    print("2/4 mixing", flush=True)
    pool = work / "pool"
    if len(list(pool.glob("part-*.npz"))) < recipe.parts:
        bank = sound_bank(sources, recipe)
        make_pool(pool, bank, [recipe.phrase], recipe.base.features, recipe.base.seconds, recipe.parts, recipe.seed)
    print("3/4 training", flush=True)
    cascade = fit_phrase(pool, recipe, work)
    print("4/4 listening to what was kept back", flush=True)
    return publish(cascade, Making(recipe, script, sources, voices[1], work), out)


def _recipe(arguments: argparse.Namespace) -> PhraseRecipe:
    recipe = PhraseRecipe(parse(arguments.phrase))
    if arguments.second_look is False or not can_be_spelled(recipe.phrase):
        recipe = replace(recipe, look=None)
    # It is a matter of minutes, so bfloat16 wherever that is fast.
    given = {"steps": arguments.steps, "quantised_steps": arguments.quantised_steps, "half": half_is_fast()}
    fit = replace(recipe.fit, **{name: value for name, value in given.items() if value is not None})
    return replace(recipe, fit=fit, parts=arguments.parts or recipe.parts)


def _prepared(
    recipe: PhraseRecipe, sources: Sources, arguments: argparse.Namespace, decided_by: str, work: Path
) -> Script:
    """What is spoken, once what people said is joined; the dictionary is let go of before anything is trained."""
    dictionary = Dictionary(arguments.dictionary, work)
    script = _script(recipe, sources, dictionary, arguments, decided_by, work)
    if arguments.join_words is not False:
        _join_words(recipe, sources, dictionary, work, asked=arguments.join_words is True)
    return script


def _script(
    recipe: PhraseRecipe,
    sources: Sources,
    dictionary: Dictionary,
    arguments: argparse.Namespace,
    decided_by: str,
    work: Path,
) -> Script:
    """What is spoken; the folder is this bundle's once all that was given has been read, and no typo is in the way.

    Raises:
        UsageError: the folder holds the work of another recipe or other data.
    """
    begun = work / "decided-by.txt"
    if begun.exists():
        decide(begun, decided_by)
    else:  # What is there was left by a run that failed to read something else.
        (work / SCRIPT).unlink(missing_ok=True)
    script = make_script(recipe, dictionary, arguments.books, work)
    if arguments.join_words:
        _joinable(recipe, sources, dictionary)
    decide(begun, decided_by)
    for what, origin in script.origins.items():
        print(f"{what} from {origin}")
    if script.warning:
        print(f"warning: {script.warning}")
    return script


def _join_words(recipe: PhraseRecipe, sources: Sources, dictionary: Dictionary, work: Path, *, asked: bool) -> None:
    """Joins words where it can be done; that it cannot is an error only for who asked for it."""
    given_up = work / "no-words-joined.txt"
    if given_up.exists():  # Whoever goes on must not join any either, though the dictionary be in reach by now.
        return
    try:
        join_words(recipe, sources, dictionary)
    except UsageError as error:
        if asked:
            raise
        given_up.write_text(f"{error}\n", encoding="utf-8")
        print(f"note: no words of people are joined: {error}")


def join_words(recipe: PhraseRecipe, sources: Sources, dictionary: Dictionary) -> None:
    """Writes takes of the phrase, joined from people's words.

    Raises:
        UsageError: people say no sentences, or no dictionary tells how the phrase sounds.
    """
    clips, sounds = _joinable(recipe, sources, dictionary)
    print(f"the phrase is joined from the words of {len({clip.speaker for clip in clips})} people", flush=True)
    rows = rows_in_turn(sounds, clips, dictionary.lexicon, recipe.seed)
    write_collages(sources.synthetic / COLLAGES, recipe.phrase, rows, StreamingModel.load(SPELLER))


def _joinable(recipe: PhraseRecipe, sources: Sources, dictionary: Dictionary) -> tuple[list[Clip], Sounds]:
    """Sentences of people, and how the phrase sounds.

    Raises:
        UsageError: there are none, or no dictionary tells that.
    """
    clips = quotable_clips(sources)
    if not clips:
        raise UsageError("they are taken from people's sentences: give some with --audio")
    if not dictionary.lexicon:
        raise UsageError(f"{OUT_OF_REACH}, or --no-join-words")
    sounds = sounds_of(recipe.phrase, dictionary.lexicon)
    if not sounds:
        problem = "not every word of the phrase is in the dictionary, nor two words in one"
        raise UsageError(f"{problem}: give a --dictionary that has them, or --no-join-words")
    return clips, sounds


def _decided_by(
    recipe: PhraseRecipe, voices: tuple[Cast, Cast], sources: Sources, arguments: argparse.Namespace
) -> str:
    """A checksum of everything that decides the bundle, wherever it lies."""
    folders = (arguments.recordings, *arguments.negatives)
    own = [folder and [_digest(path) for path in sound_files(folder)] for folder in folders]
    texts = [_digest(path) for path in (arguments.dictionary and dictionary_in(arguments.dictionary), arguments.books)]
    shipped = [_digest(path) for path in (*(kept(WEIGHTS, name) for name in NAMES), find_bundle(SPELLER) / MANIFEST)]
    given = fingerprint(sources.real), arguments.join_words, own, texts
    decides = [asdict(recipe), [asdict(cast) for cast in voices], given, shipped]
    return hashlib.sha256(json.dumps(decides, default=str).encode()).hexdigest()


def _digest(path: Path | None) -> str | None:
    """Of what is in a file; of none where there is no such file, which whoever reads it says better."""
    return Checksum.of(path).digest if path and path.is_file() else None

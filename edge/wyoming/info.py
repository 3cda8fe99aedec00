"""What the server says of itself: its models, from the manifests of their bundles."""

import re
from typing import TYPE_CHECKING, Final, TypedDict

from edge.decoder.grammar import Grammar
from edge.model import Manifest
from edge.wyoming.ears import Ears

if TYPE_CHECKING:
    from wyoming.event import Event
    from wyoming.info import Attribution, IntentProgram

PROGRAM: Final = "hark"

DEFAULT_LANGUAGE: Final = "en"
"""The one whose alphabet the decoder writes."""


class _Artifact(TypedDict):
    """What programs and models have in common."""

    attribution: "Attribution"
    installed: bool
    version: str


def describe(ears: Ears) -> "Event":
    """The answer to `describe`: a wake program with a model for each word, one that transcribes, one for intents."""
    from wyoming.info import AsrModel, AsrProgram, Info, WakeModel, WakeProgram

    trigger, speech = ears.trigger.bundle.manifest, ears.speech.bundle.manifest
    words = [
        WakeModel(name=word, phrase=word, description=word, languages=languages_of(trigger.name), **_artifact(trigger))
        for word in ears.thresholds
    ]
    texts = AsrModel(
        name=speech.name, description="Letters by CTC", languages=languages_of(speech.name), **_artifact(speech)
    )
    wake = WakeProgram(name=PROGRAM, description="Trigger words", models=words, **_artifact(trigger))
    asr = AsrProgram(
        name=PROGRAM,
        description="Speech",
        models=[texts],
        supports_transcript_streaming=True,
        **_artifact(speech),
    )
    return Info(wake=[wake], asr=[asr], intent=_intents(ears.grammar, languages_of(speech.name))).event()


def _intents(grammar: Grammar | None, languages: list[str]) -> "list[IntentProgram]":
    """A program for each grammar that there is: one or none."""
    from wyoming.info import Attribution, IntentModel, IntentProgram

    if grammar is None:
        return []
    owner = Attribution("The owner of this device", "")
    sentences = IntentModel(
        name="grammar",
        description=", ".join(grammar.intents),
        languages=languages,
        attribution=owner,
        installed=True,
        version=None,
    )
    return [
        IntentProgram(
            name=PROGRAM,
            description="Sentences of a grammar",
            models=[sentences],
            attribution=owner,
            installed=True,
            version=None,
        )
    ]


def languages_of(name: str) -> list[str]:
    """The language of a model, which ends its name: speech-en."""
    ending = re.search(r"-([a-z]{2})$", name)
    return [ending[1] if ending else DEFAULT_LANGUAGE]


def _artifact(manifest: Manifest) -> _Artifact:
    from wyoming.info import Attribution

    return {
        "attribution": Attribution(f"Hark ({manifest.licence})", ""),
        "installed": True,
        "version": manifest.version,
    }

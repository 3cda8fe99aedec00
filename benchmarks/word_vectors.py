"""Skip-gram beside gensim's, from the same words with the same settings: how good the vectors are, and how fast.

    python -m venv /tmp/peer && /tmp/peer/bin/pip install gensim
    python benchmarks/word_vectors.py /tmp/peer/bin/python EVALUATION TEXT... [--words 3500000] [--seeds 3]

EVALUATION: a folder of pairs of words (EN-*.txt) and questions-words*. Each line is the mean over some seeds.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from train.evaluate.embeddings import analogies, read_questions, similarities, total
from train.recipes.embeddings.command import METHODS
from train.recipes.embeddings.corpus import Corpus, read_corpus
from train.recipes.embeddings.method import Settings
from train.recipes.embeddings.vectors import WordVectors

VOCABULARY = 20_000
NEGATIVES = {"skipgram-ns": 5, "skipgram-hs": 0}

PEER = """
import sys, time
from gensim.models import Word2Vec
text, out, negative, size, window, epochs, rate, threshold, seed = sys.argv[1:]
sentences = [line.split() for line in open(text, encoding="utf-8")]
begun = time.process_time()
model = Word2Vec(sentences, sg=1, hs=int(negative == "0"), negative=int(negative), vector_size=int(size),
                 alpha=float(rate), min_alpha=0.0, window=int(window), epochs=int(epochs), sample=float(threshold),
                 min_count=1, workers=1, seed=int(seed))
print(time.process_time() - begun)
model.wv.save_word2vec_format(out)
"""


def beginning(corpus: Corpus, words: int) -> Corpus:
    """Its first words, without those of the vocabulary that do not occur there."""
    ids = corpus.ids[:words]
    occurring, renamed = np.unique(ids, return_inverse=True)
    names = tuple(corpus.words[number] for number in occurring)
    order = np.argsort(-np.bincount(renamed), kind="stable")
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Corpus(tuple(names[n] for n in order), place[renamed].astype(np.int32), corpus.sentences[:words])


def ours(corpus: Corpus, method: str, settings: Settings) -> tuple[WordVectors, float]:
    """The vectors, and the CPU seconds they took."""
    learner, begun = METHODS[method].make(corpus, settings), time.process_time()
    for part in range(learner.parts):
        learner.learn(part)
    return WordVectors(corpus.words, learner.vectors), time.process_time() - begun


def theirs(python: str, corpus: Corpus, method: str, settings: Settings) -> tuple[WordVectors, float]:
    """The same of gensim."""
    with tempfile.TemporaryDirectory() as folder:
        text, out = Path(folder, "text.txt"), Path(folder, "vectors.txt")
        ends = np.flatnonzero(np.diff(corpus.sentences)) + 1
        sentences = (" ".join(corpus.words[number] for number in some) for some in np.split(corpus.ids, ends))
        text.write_text("\n".join(sentences) + "\n", encoding="utf-8")
        chosen = NEGATIVES[method], settings.dimensions, settings.window, settings.epochs, settings.rate
        numbers = map(str, (*chosen, settings.threshold, settings.seed))
        command = [python, "-c", PEER, str(text), str(out), *numbers]
        spent = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return WordVectors.read(out), float(spent)


def judged(vectors: WordVectors, evaluation: Path) -> Mapping[str, float]:
    """Rank correlations and right analogies, percent."""
    found = {path.stem: 100 * similarities(vectors, path).spearman for path in sorted(evaluation.glob("EN-*.txt"))}
    asked = read_questions(next(evaluation.glob("questions-words*")))
    return found | {"analogies": total(analogies(vectors, asked)).percent}


def told(name: str, runs: Sequence[tuple[Mapping[str, float], float]], words: int) -> str:
    """A line of the table."""
    figures = [f"{np.mean([found[key] for found, _ in runs]):.1f}" for key in runs[0][0]]
    return f"| {name} | {' | '.join(figures)} | {words / np.mean([spent for _, spent in runs]):,.0f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("peer")
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("text", type=Path, nargs="+")
    parser.add_argument("--words", type=int, default=3_500_000)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    corpus = beginning(read_corpus(arguments.text, VOCABULARY), arguments.words)
    for method in NEGATIVES:
        runs: dict[str, list[tuple[Mapping[str, float], float]]] = {"ours": [], "gensim": []}
        defaults = METHODS[method].defaults
        for seed in range(1, arguments.seeds + 1):
            settings = replace(defaults, seed=seed)
            for name, (vectors, spent) in (
                ("ours", ours(corpus, method, settings)),
                ("gensim", theirs(arguments.peer, corpus, method, settings)),
            ):
                runs[name].append((judged(vectors, arguments.evaluation), spent))
                print(method, name, seed, told(name, runs[name][-1:], 0), file=sys.stderr, flush=True)
        words = defaults.epochs * len(corpus.ids)
        print(f"| {method} | {' | '.join(runs['ours'][0][0])} | words a CPU second |")
        print("\n".join(told(name, some, words) for name, some in runs.items()), flush=True)


if __name__ == "__main__":
    main()

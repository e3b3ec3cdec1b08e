"""Scores of sacrebleu for sentences of all kinds.

    python scripts/goldens/metrics.py FOLDER       (needs sacrebleu)

Each case has lists of what was said and what was expected, and BLEU and chrF with sacrebleu's defaults.
"""

import json
import pathlib
import random
import sys

import sacrebleu

VERSES = pathlib.Path(__file__).parents[2] / "app/recipes/data/verses.tsv"
PLAIN = [
    ("The cat sat on the mat.", "The cat is on the mat."),
    ("a", "a"),
    ("", "something"),
    ("something", ""),
    ("...", "."),
    ("1,000.5 costs $3.20 (approx.), 50%-60%; see p.4, 'quoted' & \"more\"!", "1,000.50 costs 3.20$, 50-60% - see p. 4"),
    ("&quot;Hi&quot; &amp; &lt;b&gt; <skipped> end", '"Hi" & <b> end'),
    ("tabs\tand\u00a0spaces\u3000wide  ", "tabs and spaces wide"),
    ("¡Él ño! ¿Cómo está José-María, 3-4 o 3 - 4?", "¡El no! ¿Cómo esta José María, 3-4?"),
    ("日本語の文 です。", "日本語 の 文です"),
    ("x\x1cy z", "x y z"),
    ("one two three", "one two three"),
    ("the the the the the the the", "the cat is on the mat"),
    ("5.,.5 a.b,c .5 5. -3 2-3", "5 . , . 5 a.b , c .5"),
]


def mutated(rng, text):
    words = text.split()
    for _ in range(rng.randint(0, 6)):
        at = rng.randrange(len(words))
        match rng.randint(0, 3):
            case 0:
                words[at] = rng.choice(words)
            case 1:
                words.insert(at, rng.choice([",", ".", "and", "3.5", "&amp;"]))
            case 2 if len(words) > 1:
                del words[at]
            case _:
                words[at] = words[at][::-1]
    return " ".join(words)


def case(pairs):
    said, expected = (list(side) for side in zip(*pairs))
    return {
        "said": said,
        "expected": expected,
        "bleu": sacrebleu.BLEU().corpus_score(said, [expected]).score,
        "chrf": sacrebleu.CHRF().corpus_score(said, [expected]).score,
    }


def main(folder):
    rng = random.Random(6)
    texts = [text for line in VERSES.read_text().splitlines() for text in line.split("\t")]
    cases = [case([pair]) for pair in PLAIN] + [case(PLAIN)]
    for size in (1, 1, 2, 5, 20):
        cases += [case([(mutated(rng, text), text) for text in rng.sample(texts, size)])]
    (folder / "cases.json").write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

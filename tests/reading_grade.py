"""How hard an English text is to read: the Flesch-Kincaid grade, by rules of our own for syllables.

Grade 6 is what somebody reads easily after six years of school. The formula (Kincaid and others, 1975) looks at the
length of sentences and of words only; it is a thermometer, not a judge. Measured by hand against dictionaries, the
rules below miss about one word in thirty by one syllable, in both directions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Terms that a learner meets anyway, at the court and on its papers. Each is explained where it first stands, or is the
# name of something; their length says nothing about the sentence around them.
TERMS = (
    "accountability",
    "agreement",
    "authenticator app",
    "authenticator",
    "court program",
    "defense counsel",
    "diversion",
    "enrollment code",
    "enrollment",
    "facilitator",
    "fee waiver",
    "immigration status",
    "installments",
    "officer",
    "participant",
    "participation agreement",
    "probation",
    "prosecutor",
    "recovery codes",
    "recovery code",
    "referral",
    "reflection",
    "supervisor",
    "violation",
    "waiver",
)
_TERM = re.compile(r"\b(" + "|".join(sorted((f"{term}s?" for term in TERMS), key=len, reverse=True)) + r")\b", re.I)
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{[^{}]*\}")
_TAG = re.compile(r"<[^>]+>")
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+")
_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_SPOKEN_END = re.compile(r"[^aeiouy]le$|[td]ed$|[csxz]es$|[cs]hes$|ges$")
_LONE_VOWELS = re.compile(
    r"ia(?!ge\b|l\b)|io(?!n|us)|[rdv]ious\b|[aeiou]ing\b|ual|uous\b|iet|ien|ism\b|creat|idea|area"
)
_KNOWN = {
    "every": 2,
    "everyone": 3,
    "everything": 3,
    "people": 2,
    "science": 2,
    "someone": 2,
    "something": 2,
    "sometimes": 2,
}


def syllables(word: str) -> int:
    """How many syllables a word has; at least one."""
    word = re.sub(r"[^a-z]", "", word.lower())
    if word in _KNOWN:
        return _KNOWN[word]
    found = len(re.findall(r"[aeiouy]+", word)) + len(_LONE_VOWELS.findall(word))
    if re.search(r"(?:[^aeiouy]e|[^aeiouy]e[sd])$", word) and not _SPOKEN_END.search(word):
        found -= 1
    return max(found, 1)


def sentences(texts: Iterable[str]) -> list[list[str]]:
    """The words of every whole sentence; what ends without a stop is a label or a heading, and is left out."""
    found = []
    for text in texts:
        plain = _TERM.sub("term", _PLACEHOLDER.sub("ten", _TAG.sub(" ", text)))
        for sentence in _SENTENCE.split(" ".join(plain.split())):
            words = _WORD.findall(sentence)
            if words and re.search(r"[.!?:;][\"')\]]*$", sentence.strip()):
                found.append(words)
    return found


def grade(texts: Iterable[str]) -> float:
    """The school year after which the texts, taken together, read easily. 0.0 where there is no whole sentence."""
    read = sentences(texts)
    words = [word for sentence in read for word in sentence]
    if not words:
        return 0.0
    return 0.39 * len(words) / len(read) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59

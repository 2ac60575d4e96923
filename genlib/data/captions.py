"""Captions of a small world: a sentence with a word from each of a few lists, and all of them listed."""

import itertools
import re

import torch
from torch import Tensor

from genlib import checks

_FILLING = {"a", "an", "the", "at", "on", "in", "of", "is", "and", "with", "to"}


class Grammar:
    """Captions with T slots, each of which takes a word from a list: as tokens (T,), or as a sentence.

    Arguments:
        sentence: "a {size} {shape}", a name in braces for each slot
        slots: the words that a slot may take, by its name. Slots may share words: a word is one token everywhere

    Example:
        >>> grammar = Grammar("a {size} {shape}", {"size": ["small", "large"], "shape": ["circle", "cross"]})
        >>> grammar.text(torch.tensor([1, 2])), grammar.tokens("A large circle!")
        ('a large circle', tensor([1, 2]))
        >>> grammar.every.shape
        torch.Size([4, 2])
    """

    def __init__(self, sentence: str, slots: dict[str, list[str]]):
        checks.kind("sentence", sentence, str)
        checks.kind("slots", slots, dict)
        for name, words in slots.items():
            checks.kind("slots", words, list, tuple, said="lists of words")
            for word in (name, *words):
                checks.kind("slots", word, str, said="words")
        named = re.findall(r"\{(\w+)\}", sentence)
        if not named or named != list(slots):
            raise ValueError(
                f"sentence and slots must name the same in turn, got {named} and {list(slots)}"
            )
        for name, words in slots.items():
            if len({*words}) < max(2, len(words)):
                raise ValueError(
                    f"slots must have at least two different words, got {name}: {words}"
                )
        self.sentence, self.slots = sentence, {name: list(words) for name, words in slots.items()}
        self.words = list(dict.fromkeys(itertools.chain(*slots.values())))
        self._rows = [[self.words.index(word) for word in words] for words in slots.values()]

    def __repr__(self) -> str:
        return f"Grammar({self.sentence!r}, words={len(self.words)}, captions={len(self.every)})"

    @property
    def length(self) -> int:
        """T, how many slots there are."""
        return len(self.slots)

    @property
    def every(self) -> Tensor:
        """All captions as tokens, the last slot fastest: -> (N, T)."""
        return torch.tensor(list(itertools.product(*self._rows)))

    def choices(self, captions: Tensor) -> Tensor:
        """Which word of its slot each token is, from 0: (N, T) -> (N, T). ValueError where it is none of the slot's."""
        return self._choices("captions", captions)

    def _choices(self, name: str, captions: Tensor) -> Tensor:
        """`choices` of an argument of this name."""
        captions = checks.whole(name, captions, "N T", T=self.length, below=len(self.words))
        table = torch.full((self.length, len(self.words)), -1)
        for slot, row in enumerate(self._rows):
            table[slot, row] = torch.arange(len(row))
        found = table[torch.arange(self.length), captions]
        if (found < 0).any():
            n, slot = (found < 0).nonzero()[0].tolist()
            wish, word = list(self.slots)[slot], self.words[captions[n, slot]]
            raise ValueError(f"{name} must have a {wish} in slot {slot}, got {word!r}")
        return found

    def tokens_of(self, choices: Tensor) -> Tensor:
        """The tokens of such choices, the inverse of `choices`: (N, T) -> (N, T)."""
        choices = checks.whole("choices", choices, "N T", T=self.length)
        for slot, row in enumerate(self._rows):
            checks.whole("choices", choices[:, slot], "N", below=len(row))
        return torch.stack(
            [torch.tensor(row)[choices[:, slot]] for slot, row in enumerate(self._rows)], 1
        )

    def numbers(self, captions: Tensor) -> Tensor:
        """The place of each caption in `every`: (N, T) -> (N,)."""
        choices = self.choices(captions)
        number = torch.zeros(len(choices), dtype=torch.int64)
        for row, choice in zip(self._rows, choices.T, strict=True):
            number = number * len(row) + choice
        return number

    def text(self, caption: Tensor) -> str:
        """The sentence: (T,) -> "a large circle"."""
        caption = checks.whole("caption", caption, "T", T=self.length)
        self._choices("caption", caption[None])
        words = (self.words[token] for token in caption.tolist())
        return self.sentence.format(**dict(zip(self.slots, words, strict=True)))

    def tokens(self, text: str) -> Tensor:
        """The caption that a sentence says, each slot by the next word that fits: -> (T,).

        Order matters only among slots that share words. A ValueError says which words it does not know, and which
        slots stay empty.
        """
        checks.kind("text", text, str)
        known = sorted({w for w in self.words if " " in w}, key=len, reverse=True)
        left = text.lower().replace("center", "centre")
        parts = re.findall("|".join([*map(re.escape, known), r"[^\W_]+"]), left)
        strange = [p for p in parts if p not in self.words and p not in _FILLING]
        if strange:
            raise ValueError(
                f"text must use words of this world, got {', '.join(strange)}; it knows {', '.join(self.words)}"
            )
        found = []
        for name, words in self.slots.items():
            word = next((part for part in parts if part in words), None)
            if word is None:
                raise ValueError(
                    f"text must name a {name}, one of {', '.join(words)}, got {text!r}"
                )
            parts.remove(word)
            found.append(self.words.index(word))
        spare = [part for part in parts if part in self.words]
        if spare:
            raise ValueError(f"text must name one thing for each slot, got {', '.join(spare)} too")
        return torch.tensor(found)

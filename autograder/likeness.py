"""How much of one text stands in another, for a whole class at once, without comparing everybody with everybody.

    class_ = Class({"hopper": {"adam": [source], "": helpers}, ...}, given=prints(stub))
    for one, other in class_.candidates(least=0.5):
        class_.shares(one, other)                   # {"adam": 0.83}

A text is its fingerprints (fingerprints.py). What everybody was given does not count. The others weigh

    w = min(1, limit / count)^2        limit = max(3, a tenth of the class)

where `count` is how many of the class have it: what many write alike is how one writes that answer. The likeness of an
answer is what both have, over all that they have, each looked for in the whole of the other's code,

    likeness = (w(A_q and B) + w(B_q and A)) / max(w(A_q) + w(B_q), 2 EVIDENCE)

so it is symmetric, 1 for a copy, and small where a short or common answer leaves little to tell: less than EVIDENCE
fingerprints, some seventy symbols, cannot come to 1. Between students what the lectures show does not count either.

Cost: an inverted index. Each fingerprint proposes, of those who have it, pairs at most REACH apart in the order of
their names; so the pairs grow with the class, not with its square, and a group of any size shows as pairs of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from autograder.fingerprints import fingerprints
from autograder.tokens import tokens

EVIDENCE = 20.0  # fingerprints of full weight
COMMON = 0.1  # of the class: what more have in common weighs less
FEW = 3  # students; however small the class is, three who share a passage are no custom
REACH = 32


def prints(*sources: str) -> frozenset[int]:
    """The fingerprints of texts, together; no run goes from one into the next."""
    return frozenset(value for source in sources for value in fingerprints([one.symbol for one in tokens(source)]))


class Class:
    """All submissions of an assignment. `texts` leads from student to part to the sources of its cells.

    `given` and `taught` are the fingerprints of what was handed out, and of what the lectures show.
    """

    def __init__(
        self,
        texts: Mapping[str, Mapping[str, Sequence[str]]],
        given: frozenset[int] = frozenset(),
        taught: frozenset[int] = frozenset(),
    ) -> None:
        self.taught = taught
        self.works = {
            student: {part: prints(*cells) - given for part, cells in parts.items()}
            for student, parts in sorted(texts.items())
        }
        self.wholes = {student: frozenset().union(*parts.values()) for student, parts in self.works.items()}
        counts = Counter(value for whole in self.wholes.values() for value in whole)
        limit = max(FEW, COMMON * len(self.works))
        self.weights = {value: rounded(min(1.0, limit / count) ** 2) for value, count in counts.items()}
        shared = {value for value, count in counts.items() if count > 1} - taught
        self.shared = {student: whole & shared for student, whole in self.wholes.items()}
        self.sizes = {  # what an answer weighs, less what was taught
            (student, part): self.weight(values - taught)
            for student, parts in self.works.items()
            for part, values in parts.items()
        }

    def weight(self, values: Iterable[int]) -> float:
        return sum(map(self.weights.__getitem__, values))

    def candidates(self, least: float) -> list[tuple[str, str]]:
        """Pairs that share enough to come to `least` in some part; each pair once, in order."""
        names = list(self.works)
        entries = sorted((value, i) for i, name in enumerate(names) for value in self.shared[name])
        if not entries:
            return []
        values, owners = np.array(entries, dtype=np.uint64).T
        weights = np.array([self.weights[value] for value, _ in entries])
        pairs, sums = neighbours(values, owners.astype(np.int64), weights, len(names))
        enough = pairs[sums >= least * EVIDENCE / 2]  # half: the rest may stand in fingerprints out of REACH
        return [(names[pair // len(names)], names[pair % len(names)]) for pair in enough.tolist()]

    def shares(self, one: str, other: str, least: float = 0.0) -> dict[str, float]:
        """The likeness of each part of two submissions; of none where none can come to `least`."""
        both = self.shared[one] & self.shared[other]
        if self.weight(both) < least * EVIDENCE:
            return {}
        parts = sorted(self.works[one].keys() | self.works[other].keys())
        return {part: self.share(one, other, part, both) for part in parts}

    def share(self, one: str, other: str, part: str, both: frozenset[int]) -> float:
        """The likeness of one part; `both` is what the two have in common anywhere."""
        sides = one, other
        common = sum(self.weight(self.works[side][part] & both) for side in sides if part in self.works[side])
        return common / max(sum(self.sizes.get((side, part), 0.0) for side in sides), 2 * EVIDENCE)

    def shares_of(self, student: str, source: frozenset[int], taught: bool = True) -> dict[str, float]:
        """How much of each part of a submission stands in `source`; with or without what was taught."""
        found = {}
        for part, own in self.works[student].items():
            own = own if taught else own - self.taught
            found[part] = self.weight(own & source) / max(self.weight(own), EVIDENCE)
        return found


def rounded(weight: float) -> float:
    """To twenty binary digits: a sum of such numbers is exact, so it is the same in whatever order."""
    return round(weight * 2**20) / 2**20


def neighbours(
    values: np.ndarray, owners: np.ndarray, weights: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of owners, as one number each, and the weight of what they share, as far as REACH sees it."""
    pairs, sums = np.zeros(0, dtype=np.int64), np.zeros(0)
    for step in range(1, REACH + 1):
        same = values[:-step] == values[step:]
        pairs = np.concatenate([pairs, owners[:-step][same] * count + owners[step:][same]])
        sums = np.concatenate([sums, weights[step:][same]])
        pairs, where = np.unique(pairs, return_inverse=True)
        sums = np.bincount(where, weights=sums, minlength=len(pairs))
    return pairs, sums

"""Conditions on the figures of a response: `first_text>800ms`, `characters>=10`, `gaps.p99>+20%`.

    condition = Condition.parse("first_text>800ms")     raises ValueError
    condition.holds(figures, baseline) -> True, False, or None where the figure is not known
    condition.describe(figures, baseline)               what the figure is

A value with a percent sign is a change from the baseline. Times are in seconds unless they say ms.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from unspool.suggestions import unknown

FIGURES = (
    *("chunks", "characters", "thoughts_characters", "first_chunk", "first_text", "last_chunk"),
    *("gaps.median", "gaps.p90", "gaps.p99", "characters_per_second"),
)
"""Values that can be limited, by the names of `unspool stats --json`."""
_TIMES = ("first_chunk", "first_text", "last_chunk", "gaps.median", "gaps.p90", "gaps.p99")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_FORM = re.compile(r"\s*([a-z0-9_.]+)\s*(>=|<=|>|<)\s*([+-]?\d+(?:\.\d+)?)\s*(ms|s|%|)\s*")

Figures = Mapping[str, Any]


class Condition(NamedTuple):
    """A figure, an operator and a value; ``relative`` where the value is a change in percent."""

    text: str
    figure: str
    operator: str
    value: float
    relative: bool

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """The condition. Raises ValueError with the reason for any other text."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no condition; one is first_text>800ms or characters<10")
        figure, comparison, number, unit = found.groups()
        if figure not in FIGURES:
            raise ValueError(unknown("figure", figure, FIGURES))
        if unit in ("ms", "s") and figure not in _TIMES:
            raise ValueError(f"{figure} is no time")
        return cls(text.strip(), figure, comparison, float(number) / (1000 if unit == "ms" else 1), unit == "%")

    def holds(self, figures: Figures, baseline: Figures | None = None) -> bool | None:
        """Return whether it holds of these figures; None where the figure, or the one of the baseline, is not known."""
        value = self._measured(figures, baseline)
        return None if value is None else _OPERATORS[self.operator](value, self.value)

    def describe(self, figures: Figures, baseline: Figures | None = None) -> str:
        """Return the figure as text, for a message."""
        value = self._measured(figures, baseline)
        if value is None:
            return f"{self.figure} is not known"
        if self.relative:
            return f"{self.figure} changed by {value:+.1f} %"
        return f"{self.figure} is {value:g}{' s' if self.figure in _TIMES else ''}"

    def _measured(self, figures: Figures, baseline: Figures | None) -> float | None:
        """The figure, or its change in percent; None where it is not known."""
        value = figure_of(figures, self.figure)
        if not self.relative or value is None:
            return value
        before = None if baseline is None else figure_of(baseline, self.figure)
        return None if not before else (value / before - 1) * 100


def figure_of(figures: Figures, name: str) -> float | None:
    """A figure by its dotted name; None where it is not known."""
    value: Any = figures
    for key in name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

"""All cases, in the order of the table of quirks."""

from tests.quirks import argument_cases, call_cases, envelope_cases, finish_cases, framing_cases
from tests.quirks.case import Case

CASES: list[Case] = [
    case for group in (envelope_cases, finish_cases, call_cases, argument_cases, framing_cases) for case in group.CASES
]

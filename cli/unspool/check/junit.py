"""JUnit's XML, as Jenkins, GitLab and the GitHub actions that show test results read it."""

import os
import xml.etree.ElementTree as ET

from unspool.check.results import Result, Status, Tally
from unspool.formats.printable import printable
from unspool.sinks.output import Output


class JUnitReport:
    """One test suite; a case is named by its file, in a class named by its folder."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._suite = ET.Element("testsuite", name="unspool check")

    def begin(self, total: int) -> None:
        """Write nothing: counts come at the end."""

    def add(self, result: Result) -> None:
        """Keep a result: ``failure`` where a case is not as expected, ``error`` where it could not be checked."""
        folder, name = os.path.split(printable(result.name))
        seconds = f"{result.seconds:.6f}"
        case = ET.SubElement(
            self._suite, "testcase", classname=folder or ".", name=name, file=printable(result.name), time=seconds
        )
        if result.status.passed:
            if result.wrote:
                ET.SubElement(case, "system-out").text = printable("\n".join(result.wrote))
            return
        diff = [line for difference in result.differences for line in difference.diff]
        first = [*result.reasons, *(f"{one.expectation} differs" for one in result.differences)][0]
        kind = "error" if result.status is Status.BROKEN else "failure"
        problem = ET.SubElement(case, kind, message=printable(first), type=result.status.value)
        problem.text = printable("\n".join([*result.reasons, *diff]))

    def end(self, tally: Tally) -> None:
        """Write the document; cases that were not run are not in it."""
        errors = tally[Status.BROKEN]
        counts = {
            "tests": str(tally.total),
            "failures": str(sum(tally[status] for status in Status if not status.passed) - errors),
            "errors": str(errors),
            "skipped": "0",
            "time": f"{tally.seconds:.6f}",
        }
        self._suite.attrib.update(counts)
        root = ET.Element("testsuites", {"name": "unspool check", **counts})
        root.append(self._suite)
        ET.indent(root)
        self._output.write(ET.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n")
        self._output.flush()

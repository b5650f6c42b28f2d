#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts test cases over the JUnit reports of ctest and pytest.

A ctest program that speaks TAP (cmocka does) counts case by case; it must have
reported as many cases as it planned and have ended well, otherwise it has one
failure more. A program without TAP is one case. Prints what failed and why, what
was skipped and why, and as its last line "N passed, N failed, N skipped". Exits 1
when anything failed, when a report is missing, or when nothing at all has passed.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

# Not only at the start of a line: what a program writes to standard error may stand before.
TAP_CASE = re.compile(r"(not ok|ok)\s+(\d+)(?:\s+-)?\s*(.*)$")
TAP_PLAN = re.compile(r"^1\.\.(\d+)\s*$", re.MULTILINE)


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []  # (name, text)
        self.skipped = []  # (name, reason)

    def add_tap(self, program, output, ended_well):
        planned = sum(int(plan) for plan in TAP_PLAN.findall(output))
        seen, number, failures = 0, 0, []
        said = []  # since the last case
        for line in output.splitlines():
            case = TAP_CASE.search(line)
            if TAP_PLAN.match(line):
                number = 0
            elif case and int(case.group(2)) == number + 1:
                seen, number = seen + 1, number + 1
                self.add_tap_case(f"{program}: {case.group(3)}", case, said, failures)
                said = []
                continue
            elif failures and line.startswith("#") and not said:
                failures[-1].append(line)  # cmocka explains a failure behind it
                continue
            said.append(line)
        if seen != planned:
            self.failed.append((program, f"{output}\nreported {seen} of {planned} planned cases"))
        elif not ended_well and not failures:
            self.failed.append((program, f"{output}\nevery case passed and the program ended badly"))
        for name, *text in failures:
            self.failed.append((name, "\n".join(text)))

    def add_tap_case(self, name, case, said, failures):
        if re.search(r"#\s*skip", case.group(3), re.IGNORECASE):  # cmocka says "not ok 2 # SKIP name"
            self.skipped.append((name, case.group(3)))
        elif case.group(1) == "not ok":
            failures.append([name, *said[-40:]])
        else:
            self.passed += 1

    def add_case(self, case):
        name = f"{case.get('classname', '')}: {case.get('name')}".lstrip(": ")
        output = case.findtext("system-out") or ""
        failure = next((case.find(tag) for tag in ("failure", "error") if case.find(tag) is not None), None)
        skip = case.find("skipped")
        if TAP_PLAN.search(output):
            self.add_tap(case.get("name"), output, failure is None)
        elif failure is not None:
            text = failure.text or failure.get("message") or ""
            self.failed.append((name, f"{text}\n{output}".strip()))
        elif skip is not None:
            self.skipped.append((name, skip.get("message") or ""))
        else:
            self.passed += 1

    def add_report(self, path):
        try:
            root = ElementTree.parse(path).getroot()
        except (OSError, ElementTree.ParseError) as problem:
            self.failed.append((path, f"no report: {problem}"))
            return
        for case in root.iter("testcase"):
            self.add_case(case)

    def show(self):
        for name, text in self.failed:
            print(f"\n--- FAILED {name}\n{text[-6000:]}")
        if self.skipped:
            print()
        for name, reason in self.skipped:
            print(f"skipped {name}: {reason}")
        if self.failed:
            print("\nfailed:")
            for name, _ in self.failed:
                print(f"  {name}")
        print(f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped")


def main(paths):
    tally = Tally()
    for path in paths:
        tally.add_report(path)
    tally.show()
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

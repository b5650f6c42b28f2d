# SPDX-License-Identifier: Apache-2.0
"""Durations in the forms that definitions, answers and events have, and all of those in a document made shorter."""
import re

UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1, "milliseconds": 0.001}
LETTERS = {"d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
ISO = re.compile(r"P(?=.)(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?=.)(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?")
SHORT = re.compile(r"(\d+)(ms|[dhms])")


def seconds(value):
    """Of `{minutes: 1}`, `PT1M`, `60s` or 60; None when it is no duration."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, dict) and value and value.keys() <= UNITS.keys() and all(isinstance(number, (int, float)) for number in value.values()):
        return sum(number * UNITS[unit] for unit, number in value.items())
    if isinstance(value, str) and ISO.fullmatch(value):
        return sum(float(number) * unit for number, unit in zip(ISO.fullmatch(value).groups(), (7 * 86400, 86400, 3600, 60, 1)) if number)
    if isinstance(value, str) and SHORT.fullmatch(value):
        number, unit = SHORT.fullmatch(value).groups()
        return int(number) * LETTERS[unit]
    return None


def scaled(value, factor):
    """The same document, its durations so many times as long, in whole milliseconds."""
    if isinstance(value, dict) and seconds(value) is not None:
        return {"milliseconds": round(seconds(value) * factor * 1000)}
    if isinstance(value, dict):
        return {key: scaled(member, factor) for key, member in value.items()}
    if isinstance(value, list):
        return [scaled(member, factor) for member in value]
    if isinstance(value, str) and seconds(value) is not None:
        return f"PT{seconds(value) * factor:.3f}S" if value.startswith("P") else f"{round(seconds(value) * factor * 1000)}ms"
    return value

# SPDX-License-Identifier: Apache-2.0
"""Alerts speak of metrics that there are."""
import re

import repo
import yaml


def families():
    """name -> (kind, labels), from the table."""
    table = repo.text("daemon/metrics.h").replace("\\\n", "")
    rows = re.findall(r'X\(\w+,\s*(\w+),\s*"(\w+)",\s*("\w+"|NULL),\s*("\w+"|NULL),', table)
    assert len(rows) > 20
    return {name: (kind, [label.strip('"') for label in labels if label != "NULL"]) for kind, name, *labels in rows}


def rules():
    document = yaml.safe_load(repo.text("config/workflowd-alerts.yaml"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def series(known):
    names = {}
    for name, (kind, labels) in known.items():
        for suffix in ("_bucket", "_sum", "_count") if kind == "HISTOGRAM" else ("",):
            names[name + suffix] = labels
    return names


def test_alerts_use_metrics_that_exist():
    known = series(families())
    used = {name for rule in rules() for name in re.findall(r"\bworkflowd_\w+", rule["expr"])}
    assert used and used <= set(known)


def test_alerts_use_labels_that_exist():
    known = series(families())
    for rule in rules():
        allowed = {"instance", "job", "le"}
        for name in re.findall(r"\bworkflowd_\w+", rule["expr"]):
            allowed |= set(known[name])
        used = set(re.findall(r"[{,]\s*(\w+)\s*[!=]", rule["expr"]))
        used |= set(re.findall(r"\$labels\.(\w+)", str(rule.get("annotations"))))
        assert used <= allowed, rule["alert"]


def test_alerts_say_what_and_how_bad():
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]


def test_texts_name_metrics_that_exist():
    known = series(families())
    for rule in rules():
        for name in re.findall(r"\bworkflowd_\w+", str(rule["annotations"])):
            assert name in known

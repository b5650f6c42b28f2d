# SPDX-License-Identifier: Apache-2.0
"""Alerts speak of metrics that there are."""
import re
import shutil
import subprocess

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


def test_expressions_are_whole():
    """What can be seen without Prometheus; where promtool is installed it has the word."""
    for rule in rules():
        for opening, closing in ("()", "{}", "[]"):
            assert rule["expr"].count(opening) == rule["expr"].count(closing), rule["alert"]
        assert re.search(r"[<>=]", rule["expr"]), f"{rule['alert']} compares nothing: it would always fire"
    if shutil.which("promtool"):
        subprocess.run(["promtool", "check", "rules", repo.ROOT / "config/workflowd-alerts.yaml"], check=True)


# What somebody must be told of, and the metric that tells.
ALARMS = {
    "not ready": "workflowd_ready", "PostgreSQL away": "workflowd_postgres_up", "Kafka away": "workflowd_kafka_up",
    "gaps": "workflowd_gaps_total", "due timers": "workflowd_oldest_due_timer_age_seconds",
    "unread records": "workflowd_ingest_oldest_record_age_seconds", "lag": "workflowd_ingest_lag_records",
    "slow commits": "workflowd_batch_commit_seconds_bucket", "hanging commits": "workflowd_last_commit_age_seconds",
    "waiting for the database": "workflowd_store_waiting", "unconfirmed requests": "workflowd_undelivered_messages",
    "quarantine": "workflowd_quarantined_total", "epochs lost": "workflowd_fenced_total",
    "evaluator": "workflowd_evaluator_restarts_total", "refused reloads": "workflowd_reloads_total",
    "stuck runs": "workflowd_stuck_runs", "old counts": "workflowd_survey_age_seconds",
    "partitions ahead": "workflowd_partitions_ahead_seconds", "nobody keeps the tables": "workflowd_keeper",
    "upkeep": "workflowd_upkeep_age_seconds", "what waits for an owner": "workflowd_table_waiting_age_seconds",
}


def test_each_alarm_has_a_rule():
    used = {name for rule in rules() for name in re.findall(r"\bworkflowd_\w+", rule["expr"])}
    assert {what: name for what, name in ALARMS.items() if name not in used} == {}


def test_the_manual_has_every_metric():
    """Name, labels, kind and text as in the table, and a unit."""
    rows = {cells[0].strip("`"): cells[1:] for cells in manual("`workflowd_") if not cells[0].startswith("`workflowd_api_")}
    assert set(rows) == set(families())
    table = re.sub(r"\s*\\\n\s*", " ", repo.text("daemon/metrics.h"))
    for name, (kind, labels) in families().items():
        wanted = re.search(rf'"{name}", [^"]*(?:"\w+", )*(?:NULL, )*"([^"]+)"\)', table)[1]
        shown_labels, shown_kind, unit, text = rows[name]
        assert (shown_labels, shown_kind, text) == (" ".join(f"`{label}`" for label in labels), kind.lower(), wanted), name
        assert unit and ("_seconds" in name) == (unit == "seconds") and name.endswith("_bytes") == (unit == "bytes"), name


def test_the_manual_has_every_metric_of_the_api():
    table = re.sub(r"\s*\\\n\s*", " ", repo.text("daemon/api/api_metrics.h"))
    wanted = {name: [" ".join(f"`{label.strip(chr(34))}`" for label in labels if label != "NULL"), kind.lower(), text]
              for kind, name, *labels, text in re.findall(r'X\(\w+, (\w+), "(\w+)", ("\w+"|NULL), ("\w+"|NULL), "([^"]+)"\)', table)}
    assert len(wanted) > 5
    assert {cells[0].strip("`"): [cells[1], cells[2], cells[4]] for cells in manual("`workflowd_api_")} == wanted


def manual(first):
    """Cells of the rows of tables in the manual whose first cell begins so."""
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in repo.text("docs/operating.md").splitlines()
            if line.startswith("| ")]
    return [cells for cells in rows if cells[0].startswith(first) or first == ""]


def test_the_manual_has_every_setting():
    """With its default and bounds as in the schema."""
    schema = repo.text("sql/migrations/001_definitions.sql")
    settings = {name: rest for name, *rest in re.findall(r"^  \('([\w.]+)', '([^']+)', '([^']+)', '([^']+)',", schema, re.M)}
    assert len(settings) >= 10
    shown = {}
    for cells in manual(""):
        if len(cells) > 3 and re.fullmatch(r"`[a-z]+\.[a-z]+`", cells[1]) and " to " in cells[3]:
            shown[cells[1].strip("`")] = [cells[2], *cells[3].split(" to ")]
    assert shown == settings

# SPDX-License-Identifier: Apache-2.0
"""What statements really do, also those inside of functions: their plans as auto_explain tells them."""
import json

import psycopg2


def executed(database, sql, *parameters, setup=""):
    """The plans of `sql` and of all statements that functions called by it ran, with what each node did."""
    connection = psycopg2.connect(database.cluster.conninfo(database.name))
    try:
        with connection.cursor() as cursor:
            cursor.execute("LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;"
                           " SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off; SET auto_explain.log_format = json;"
                           " SET client_min_messages = log;" + setup)
            connection.notices.clear()
            cursor.execute(sql, parameters)
        return [json.loads(notice[notice.index("{"):])["Plan"] for notice in connection.notices if " plan:" in notice]
    finally:
        connection.close()


def nodes(plan):
    """The plan's nodes."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def handled(plan):
    """Rows that the nodes of a plan gave or passed over, in all."""
    return sum(node["Actual Loops"] * (node["Actual Rows"] + sum(node.get(f"Rows Removed by {by}", 0)
                                                                for by in ("Filter", "Join Filter", "Index Recheck")))
               for node in nodes(plan))

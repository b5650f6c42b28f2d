# SPDX-License-Identifier: Apache-2.0
"""Small functions, small files."""
import ast
import re

import repo

FUNCTION_MAX = 70  # lines between the braces
FILE_MAX = 500


def c_functions(lines):
    """(first line, length) of each function, by the layout that clang-format gives:
    a body ends with a brace alone in the first column."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None:
            if line.endswith("{") and not re.match(r"(typedef\b|struct\b[^(]*\{|enum\b[^(]*\{|union\b[^(]*\{|extern \")", line) and not line.endswith("= {"):
                start = number
        elif line.startswith("}"):
            if line == "}":
                yield start, number - start - 1
            start = None


def python_functions(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.body[0].lineno + 1


def sql_functions(lines):
    """Bodies between the dollar quotes that follow a CREATE FUNCTION."""
    tag, start, in_function = None, 0, False
    for number, line in enumerate(lines, 1):
        if tag is None and re.match(r"\s*CREATE\b.*\b(FUNCTION|PROCEDURE)\b", line, re.I):
            in_function = True
        found = re.search(r"\$\w*\$", line)
        if tag is None and found and in_function and line.count(found[0]) == 1:
            tag, start = found[0], number
        elif tag is not None and tag in line:
            yield start, number - start - 1
            tag, in_function = None, False


def shell_functions(lines):
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r"\w+\(\) [{(]$", line):
            start = number
        elif start and line in ("}", ")"):
            yield start, number - start - 1
            start = None


def functions(name):
    if name.suffix in (".c", ".cc", ".h"):
        return c_functions(repo.lines(name))
    if name.suffix == ".py":
        return python_functions(repo.text(name))
    if name.suffix == ".sql":
        return sql_functions(repo.lines(name))
    return shell_functions(repo.lines(name))


def measured():
    return repo.with_suffix(".c", ".cc", ".h", ".py", ".sql", ".sh")


def test_the_measures_see_functions():
    """A rule that sees nothing would pass for ever."""
    assert list(c_functions(["int f(void) {", "  g();", "}", "struct s {", "  int a;", "};"])) == [(1, 1)]
    assert list(c_functions(["static int f(int a,", "             int b) {", "  g();", "  h();", "}"])) == [(2, 2)]
    assert list(sql_functions(["CREATE FUNCTION f()", "AS $$", "SELECT 1", "$$;"])) == [(2, 1)]
    assert list(shell_functions(["f() {", "  a", "  b", "}"])) == [(1, 2)]
    assert sum(len(list(functions(name))) for name in repo.with_suffix(".c")) > 500


def test_functions_are_short():
    offenders = [f"{name}:{line}: {length} lines" for name in measured() for line, length in functions(name) if length > FUNCTION_MAX]
    assert not offenders, "\n" + "\n".join(offenders)


def test_files_are_short():
    offenders = [f"{name}: {len(repo.lines(name))} lines" for name in measured() if len(repo.lines(name)) > FILE_MAX]
    assert not offenders, "\n" + "\n".join(offenders)

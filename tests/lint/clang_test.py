# SPDX-License-Identifier: Apache-2.0
"""The whole tree is clean under clang too, with every flag of the build. What the fuzz targets
are made of is compiled by it there (tests/campaigns/fuzz_test.py), and here all the rest."""
import concurrent.futures
import json
import os
import re
import shlex
import subprocess

import clang_build

# What only gcc, the linker or an instrumented build knows.
LEFT_OUT = re.compile(r"-fsanitize\S*|-fno-sanitize\S*|--coverage|-flto\S*|-ffat-lto-objects|-fno-fat-lto-objects|-fsyntax-only")


def commands(build):
    """{source: [folder, arguments]} of all C and C++ sources of the build, by ninja's own list; generated ones are left out."""
    listed = subprocess.run(["ninja", "-C", build, "-t", "compdb"], capture_output=True, text=True, check=True).stdout
    found = {}
    for entry in json.loads(listed):
        source = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
        words = shlex.split(entry["command"])
        if source.endswith((".c", ".cc")) and "-c" in words and not source.startswith(os.path.join(build, "")):
            found[source] = (entry["directory"], arguments(words))
    return found


def arguments(words):
    """Of a compiler's command: without the compiler, a launcher before it, its output and its dependencies."""
    kept, words = [], words[next(i for i, word in enumerate(words) if word.startswith("-")):]
    while words:
        word = words.pop(0)
        if word in ("-o", "-MF", "-MT", "-MQ"):
            words.pop(0)
        elif word not in ("-c", "-MD") and not LEFT_OUT.fullmatch(word):
            kept.append(word)
    return kept


def test_the_command_is_read():
    command = "/usr/bin/ccache /usr/bin/cc -DA=\\\"1\\\" -Wall -fsanitize=address,undefined -MD -MT a.o -MF a.o.d -o a.o -c /x/a.c"
    assert arguments(shlex.split(command)) == ['-DA="1"', "-Wall", "/x/a.c"]


def test_clang_has_nothing_to_say(build):
    sources = commands(build)
    assert len(sources) > 300 and any(name.endswith("daemon/job/commit.c") for name in sources)
    elsewhere = clang_build.sources(build)
    assert len(elsewhere & set(sources)) > 100

    def check(source):
        folder, flags = sources[source]
        return subprocess.run(["clang", "-fsyntax-only", *flags], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True).stdout

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [text for text in pool.map(check, sorted(set(sources) - elsewhere)) if text]
    assert not said, "\n".join(said)[:8000]

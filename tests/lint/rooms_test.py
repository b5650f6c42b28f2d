# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: the rooms of daemon/ and the outside libraries."""
import re

import repo

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)

# A room may include the headers of these rooms; of io, only what the pattern says.
ROOMS = {
    "base": {"base"},
    "engine": {"base", "engine"},
    "io": {"base", "engine", "io", "job"},
    "job": {"base", "engine", "job", "io/codec"},
}
# What io may know of the batch: plain data, never its workings.
IO_FROM_JOB = {"job/message.h", "job/store.h", "job/store_schedule.h", "job/world.h", "job/outbox.h"}

# Outside libraries, and the files that wrap them: adapters, and dev/ and worker/, which
# are programs of their own.
LIBRARIES = {
    "libpq-fe.h": r"daemon/(io/pg_|dev/|ctl/)",
    "librdkafka/": r"daemon/(io/kafka|dev/|worker/)",
    "protobuf-c/": r"daemon/io/codec",
    "event2/": r"daemon/(io/|serve|api/(api_serve|service))",
    "curl/": r"daemon/io/http_",
    "openssl/": r"daemon/(api/(keys|etag)|io/http_)",
    "glib.h": r"daemon/io/timezone",
    "systemd/": r"daemon/io/(systemd|log_journal)",
    "libfyaml.h": r"daemon/engine/",
    "jq.h": r"daemon/engine/",
    "jv.h": r"daemon/(engine|io|job|worker|ctl|dev|api)/|daemon/secrets\.h$",
}


def includes(name):
    return INCLUDE.findall(repo.text(name))


def sources(folder="daemon"):
    return [name for name in repo.with_suffix(".c", ".cc", ".h") if str(name).startswith(folder + "/")]


def test_rooms_include_only_what_they_may():
    offenders = []
    for name in sources():
        room = name.parts[1]
        if room not in ROOMS:
            continue
        for quote, header in includes(name):
            allowed = header.endswith(".pb-c.h") or any(header.startswith(other) for other in ROOMS[room])
            if quote == '"' and not allowed:
                offenders.append(f"{name}: {header}")
    assert not offenders, "\n" + "\n".join(offenders)


def test_io_knows_only_the_data_of_the_batch():
    offenders = [f"{name}: {header}" for name in sources("daemon/io") for quote, header in includes(name)
                 if header.startswith("job/") and header not in IO_FROM_JOB]
    assert not offenders, "\n" + "\n".join(offenders)


def test_engine_and_base_have_no_io():
    """Not even by libc: no files, sockets, clocks, processes, randomness."""
    forbidden = re.compile(r"^(unistd|fcntl|poll|netdb|signal|pthread|spawn)\.h$|^(sys/(socket|stat|wait|epoll|random)|arpa|netinet)")
    offenders = [f"{name}: {header}" for name in sources("daemon/engine") for quote, header in includes(name)
                 if quote == "<" and forbidden.search(header)]
    assert not offenders, "\n" + "\n".join(offenders)


def test_outside_libraries_stay_in_their_adapters():
    offenders = []
    for name in sources():
        for quote, header in includes(name):
            for library, where in LIBRARIES.items():
                if header.startswith(library) and not re.match(where, str(name)):
                    offenders.append(f"{name}: {header}")
    assert not offenders, "\n" + "\n".join(offenders)


def test_generated_protobuf_names_stay_in_the_codec():
    generated = re.compile(r"\b[Ww]orkflow__|\.pb-c\.h")
    offenders = [str(name) for name in sources() if not str(name).startswith("daemon/io/codec") and generated.search(repo.text(name))]
    assert not offenders, "\n" + "\n".join(offenders)

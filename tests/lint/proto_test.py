# SPDX-License-Identifier: Apache-2.0
"""The message contract keeps buf's STANDARD style, and every field says what it bears.

Read from protoc's own description of the files, so that nothing is parsed twice."""
import re
import subprocess

import pytest
import repo
from google.protobuf import descriptor_pb2

PROTO = repo.ROOT / "proto"
FILES = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*$")
PASCAL = re.compile(r"([A-Z][a-z0-9]*)+$")
# What a comment must name for a field whose size or count somebody else chooses.
BOUND = re.compile(r"at most|bytes|cut at|bounds\.|exactly one|\bempty\b|from \d", re.I)
UNIT = re.compile(r"microseconds")

FIELD, NESTED, ENUM_OF_MESSAGE, ONEOF = 2, 3, 4, 8  # of DescriptorProto
MESSAGE, ENUM, VALUE = 4, 5, 2                      # of FileDescriptorProto, EnumDescriptorProto
TYPES = descriptor_pb2.FieldDescriptorProto


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    out = tmp_path_factory.mktemp("proto") / "all.pb"
    subprocess.run(["protoc", f"--proto_path={PROTO}", "--include_source_info", f"--descriptor_set_out={out}", *FILES], check=True)
    return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file


def comments(file):
    return {tuple(place.path): place.leading_comments.strip() for place in file.source_code_info.location}


def messages(file):
    """(message, path, name) of each, nested ones too."""
    def walk(message, path, name):
        yield message, path, name
        for i, inner in enumerate(message.nested_type):
            yield from walk(inner, (*path, NESTED, i), f"{name}.{inner.name}")
    for i, message in enumerate(file.message_type):
        yield from walk(message, (MESSAGE, i), message.name)


def enums(file):
    for i, enum in enumerate(file.enum_type):
        yield enum, (ENUM, i)
    for message, path, _ in messages(file):
        for i, enum in enumerate(message.enum_type):
            yield enum, (*path, ENUM_OF_MESSAGE, i)


def fields(file):
    for message, path, name in messages(file):
        for i, field in enumerate(message.field):
            yield field, (*path, FIELD, i), f"{file.name}: {name}.{field.name}"


def screaming(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def assert_none(offenders):
    assert not offenders, "\n" + "\n".join(offenders)


def test_there_is_a_contract(described):
    assert len(described) == len(FILES) >= 5
    assert sum(1 for file in described for _ in fields(file)) > 60


def test_package_is_the_folder_and_has_a_version(described):
    assert_none([f"{file.name}: package {file.package}" for file in described
                 if file.package != file.name.rpartition("/")[0].replace("/", ".") or not re.search(r"\.v\d+$", file.package)])


def test_files_are_proto3_in_snake_case(described):
    assert_none([file.name for file in described
                 if file.syntax != "proto3" or not SNAKE.match(file.name.rpartition("/")[2].removesuffix(".proto"))])


def test_imports_are_used_and_plain(described):
    for file in described:
        assert not file.public_dependency and not file.weak_dependency, file.name
        used = {field.type_name for field, _, _ in fields(file)}
        for imported in file.dependency:
            other = next(each for each in described if each.name == imported)
            names = {f".{other.package}.{name}" for _, _, name in messages(other)} | {f".{other.package}.{enum.name}" for enum, _ in enums(other)}
            assert names & used, f"{file.name}: {imported} is not used"


def test_names_have_their_case(described):
    offenders = []
    for file in described:
        offenders += [f"{file.name}: message {name}" for message, _, name in messages(file) if not PASCAL.match(message.name)]
        offenders += [f"{file.name}: enum {enum.name}" for enum, _ in enums(file) if not PASCAL.match(enum.name)]
        offenders += [f"{name}" for field, _, name in fields(file) if not SNAKE.match(field.name)]
        offenders += [f"{file.name}: oneof {oneof.name}" for message, _, _ in messages(file) for oneof in message.oneof_decl if not SNAKE.match(oneof.name)]
    assert_none(offenders)


def test_enum_values_have_their_prefix_and_zero(described):
    offenders = []
    for file in described:
        for enum, _ in enums(file):
            prefix = screaming(enum.name) + "_"
            offenders += [f"{file.name}: {value.name}, expected {prefix}…" for value in enum.value if not value.name.startswith(prefix)]
            if enum.value[0].number != 0 or enum.value[0].name != prefix + "UNSPECIFIED":
                offenders.append(f"{file.name}: {enum.value[0].name}, expected {prefix}UNSPECIFIED = 0")
            if enum.options.allow_alias:
                offenders.append(f"{file.name}: {enum.name} has aliases")
    assert_none(offenders)


def test_everything_is_commented(described):
    offenders = []
    for file in described:
        said = comments(file)
        named = [(path, name) for _, path, name in messages(file)]
        named += [((*path, ONEOF, i), f"{name}.{oneof.name}") for message, path, name in messages(file) for i, oneof in enumerate(message.oneof_decl)]
        named += [(path, enum.name) for enum, path in enums(file)]
        named += [((*path, VALUE, i), value.name) for enum, path in enums(file) for i, value in enumerate(enum.value)]
        named += [(path, name) for _, path, name in fields(file)]
        offenders += [f"{file.name}: {name}" for path, name in named if not said.get(path)]
    assert_none(offenders)


def test_texts_bytes_and_lists_name_their_bound(described):
    offenders = []
    for file in described:
        said = comments(file)
        for field, path, name in fields(file):
            sized = field.type in (TYPES.TYPE_STRING, TYPES.TYPE_BYTES) or field.label == TYPES.LABEL_REPEATED
            if sized and not BOUND.search(said.get(path, "")):
                offenders.append(name)
    assert_none(offenders)


def test_numbers_name_their_unit_and_range(described):
    """An instant or a duration is int64 in microseconds and says so in its name."""
    offenders = []
    for file in described:
        said = comments(file)
        for field, path, name in fields(file):
            comment = said.get(path, "")
            if field.type == TYPES.TYPE_INT64 and not (field.name.endswith("_us") and UNIT.search(comment)):
                offenders.append(f"{name}: 64 bits are microseconds here, named …_us")
            if field.type in (TYPES.TYPE_INT32, TYPES.TYPE_SINT32) and not re.search(r"\d|attempt|As in the request", comment):
                offenders.append(f"{name}: no range")
            if field.type == TYPES.TYPE_BOOL and not re.search(r"true|false", comment, re.I):
                offenders.append(f"{name}: what does false mean?")
    assert_none(offenders)


def test_no_optional_and_only_types_that_the_codecs_know(described):
    """protobuf-c 1.4 has no proto3 optional; codec_json.c and codec_wire.c name the types they read."""
    known = {TYPES.TYPE_STRING, TYPES.TYPE_BYTES, TYPES.TYPE_BOOL, TYPES.TYPE_INT32, TYPES.TYPE_SINT32, TYPES.TYPE_INT64,
             TYPES.TYPE_ENUM, TYPES.TYPE_MESSAGE}
    assert_none([name for file in described for field, _, name in fields(file) if field.proto3_optional or field.type not in known])


def test_topics_and_keys_are_stated(described):
    """What travels as a record of its own says on which topic and under which key."""
    travelling = {"TriggerEvent", "RunCommand", "WorkerRequest", "WorkerReply"}
    found = {name: comments(file).get(path, "") for file in described for _, path, name in messages(file) if name in travelling}
    assert set(found) == travelling
    assert_none([name for name, comment in found.items() if "Topic: " not in comment or "Record key: " not in comment])

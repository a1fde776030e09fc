"""Strict YAML: scalars of YAML 1.2, every fault with its place, nothing odd let in."""

from __future__ import annotations

import pytest

from simulation.base.errors import Faults
from simulation.scenario.reader import MOST_BYTES, MOST_LEVELS, MOST_NODES, plain_scalar, read_file, read_text


def faults_of(text: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        read_text(text, "try.yaml")
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("yes", "yes"), ("on", "on"), ("12:30", "12:30"), ("010", 10), ("1_000", "1_000"), ("1e3", 1000.0),
        ("2024-04-31", "2024-04-31"), ("2020-09", "2020-09"), ("true", True), ("False", False), ("null", None), ("~", None),
        ("", None), ("-0", 0), ("+5", 5), ("0x1F", 31), ("0o17", 15), ("-.5", -0.5), ("3.", 3.0), (".", "."), ("1e-3", 0.001),
        ("123456789012345678", 123456789012345678), ("=1+1", "=1+1"), ("٣", "٣"),
    ],
)  # fmt: skip
def test_an_unquoted_word_means_what_yaml_1_2_says(text: str, value: object) -> None:
    found = plain_scalar(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["'12'", '"true"', "'null'", '"1e3"', "'~'"])
def test_a_quoted_word_is_text(text: str) -> None:
    assert read_text(f"a: {text}", "try.yaml").plain() == {"a": text[1:-1]}


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("a: .nan", "1:4", ".nan is not a finite number"),
        ("a: [1, -.inf]", "1:8", "-.inf is not a finite number"),
        ("a: 1e400", "1:4", "1e400 is too large a number"),
        ("a: 1234567890123456789", "1:4", "has more than 18 digits"),
        ("a: 1\nb: 2\na: 3", "3:1", "a: is given twice; the first is on line 1"),
        ("a: {x: 1, x: 2}", "1:11", "x: is given twice; the first is on line 1"),
        ("1: a\n'1': b", "2:1", "1: is given twice; the first is on line 1"),
        ("a: &x 1", "1:4", "anchors"),
        ("a: &x [1]\nb: *x", "2:4", "references"),
        ("a: !!python/object/apply:os.system ['true']", "1:4", "tags"),
        ("a: !local 3", "1:4", "tags"),
        ("a: !!str 3", "1:4", "tags"),
        ("<<: {a: 1}\nb: [", "3:1", "is not YAML"),
        ("a: 1\n---\nb: 2", "2:1", "one document"),
        ("? [1, 2]\n: 3", "1:3", "the name of a setting is a word"),
        ("? {a: 1}\n: 3", "1:3", "the name of a setting is a word"),
        ("~: 3", "1:1", "the name of a setting is a word"),
        ("a: [1, 2", "2:1", "is not YAML"),
        ("a: b: c", "1:5", "is not YAML"),
        ("\tb: 1", "1:1", "Indent with spaces"),
        ("a:\n\tb: 1", "2:1", "Indent with spaces"),
    ],
)
def test_each_fault_has_its_line_and_column(text: str, where: str, message: str) -> None:
    found = faults_of(text)
    assert any(fault.startswith(f"try.yaml:{where}: ") and message in fault for fault in found), found


def test_faults_come_together() -> None:
    assert len(faults_of("a: .nan\nb: &x 1\nc: !t 2\nb: 3")) == 4


def test_a_flood_of_brackets_stops_at_the_twenty_first_level() -> None:
    assert faults_of("a: " + "[" * 900)[0].startswith(f"try.yaml:1:{4 + MOST_LEVELS - 1}: is nested more than")
    assert faults_of("a: " + "[" * 100_000)[0].count("nested more than") == 1  # PyYAML may see it before we do
    assert faults_of("a: " + "{b: " * 50_000)[0].count("nested more than") == 1
    assert read_text("a: " + "[" * (MOST_LEVELS - 1) + "]" * (MOST_LEVELS - 1), "x").value


def test_a_flood_of_values_is_refused() -> None:
    assert "more than 50,000 values" in faults_of("a: [" + "1," * MOST_NODES + "]")[-1]


def test_billion_laughs_never_expand() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
    assert len(faults_of(bomb)) == 7


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a: 1\nb: \xff\xfe", "2:4: is not UTF-8"),
        ("a: 1".encode("utf-16"), "1:1: is not UTF-8"),
        (b"a: \x00", "is not YAML"),
        (b"a: \x07", "is not YAML"),
        (b"", "has none"),
        (b"# only a remark", "has none"),
        (b"- a\n- b", "has none"),
        (b"just words", "has none"),
        (b"a: " + b"x" * MOST_BYTES, "is larger than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(raw: bytes, message: str, tmp_path) -> None:
    path = tmp_path / "try.yaml"
    path.write_bytes(raw)
    with pytest.raises(Faults, match=message):
        read_file(path, "try.yaml")


def test_byte_order_mark_and_windows_lines_are_fine(tmp_path) -> None:
    path = tmp_path / "try.yaml"
    path.write_bytes("\ufeffa: 1\r\nb: [2,\r\n 3]\r\n".encode())
    node = read_file(path, "try.yaml")
    assert node.plain() == {"a": 1, "b": [2, 3]}
    assert str(node.value["b"].place) == "try.yaml:2:1"


def test_an_unreadable_file_is_a_fault(tmp_path) -> None:
    with pytest.raises(Faults, match="cannot be read"):
        read_file(tmp_path, "a folder")


def test_places_point_at_the_setting_and_at_the_item() -> None:
    node = read_text("a:\n  b: {c: 1}\n  d:\n    - 2\n    - {e: 3}\n", "t")
    assert str(node.find(("a", "b", "c")).place) == "t:2:7"
    assert str(node.find(("a", "d", 1)).place) == "t:5:7"
    assert str(node.find(("a", "d", 1, "e", "more")).place) == "t:5:8"
    assert str(node.find(("a", "zzz")).place) == "t:1:1"

"""Files that a person writes: of text, not large, and whatever else is given for one is refused at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from sagemaker_capacity._cli import cli
from sagemaker_capacity._text_file import read_text

RECORDED = Path(__file__).parents[1] / "plans/xgboost/benchmark.csv"
COMMANDS = {
    "fit": ["fit", "FILE", "--load", "users", "--throughput", "rate"],
    "prices": ["prices", "--price", "FILE"],
    "daily profile": ["plan", str(RECORDED), "--instance-type", "ml.c5.large", "--daily-profile", "FILE"],
    "check": ["plan", "--check", "FILE"],
    "compare": ["compare", "FILE", "--slo-latency-ms", "100", "--peak-tps", "1"],
    "report": ["report", "FILE", "--out", "page.html"],
}


def refused(name: str, file: Path) -> str:
    result = CliRunner().invoke(cli, [str(file) if word == "FILE" else word for word in COMMANDS[name]])
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert str(file) in result.stderr
    return result.stderr


@pytest.mark.parametrize("begins", [b"", b"a,b\n1,2\n"])
@pytest.mark.parametrize("name", COMMANDS)
def test_ten_gigabytes_of_something_else_are_not_read(tmp_path: Path, name: str, begins: bytes) -> None:
    file = tmp_path / "something"
    with file.open("wb") as sparse:
        sparse.write(begins)
        sparse.truncate(10 * 2**30)  # it takes no room on the disk, and would take all of the memory
    start = time.process_time()
    refused(name, file)
    assert time.process_time() - start < 3


@pytest.mark.parametrize("content", [b"", b"\n", b"ELF\r\x01" + bytes(300_000), b"\xff\xfea\x00", b"a,b\r1,2\r"])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_no_such_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / "something"
    file.write_bytes(content)
    refused(name, file)


def test_the_ends_of_lines_are_left_and_the_byte_order_mark_is_not(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_bytes(b"\xef\xbb\xbfa\r\nb\r")
    assert read_text(file, "the text") == "a\r\nb\r"

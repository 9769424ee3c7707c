"""The WSGI checklist that `Benchmarks/conformance.py` runs against every server: a test for each line of it."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "Benchmarks"
sys.path.insert(0, str(BENCHMARKS))
from checklist import CHECKS, NotOffered  # noqa: E402


@dataclass
class Address:
    host: str
    port: int


@pytest.fixture(scope="module")
def address(start_for_file):
    server = start_for_file("checklist.app:application", workers=1, threads=4, chdir=BENCHMARKS)
    return Address(*server.address)


@pytest.fixture(scope="module")
def streaming(start_for_file):
    options = ("--request-buffering", "off")
    return Address(*start_for_file("checklist.app:application", *options, threads=4, chdir=BENCHMARKS).address)


# 100 Continue is sent when the body is taken in, as by nginx, and so before it is known whether anybody reads it.
STREAMED = ["expect-continue-only-when-read"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.line}-{check.name}")
def test_checklist(address, streaming, check):
    try:
        check.run(streaming if check.name in STREAMED else address)
    except NotOffered as missing:
        pytest.fail(f"not offered: {missing}")

"""Templates as Jinja2 renders them: both engines on the same templates and data.

`python templates_corpus.py` writes the expectations of the corpus anew."""

import json
import random
import re
import subprocess

import pytest
import templates_corpus
from markupsafe import Markup
from program import ROOT, built
from templates_corpus import Case
from templates_random import Generator

CASES = templates_corpus.cases()


def martlet(cases: list[dict]) -> list[dict]:
    """What Martlet's engine makes of the cases."""
    ran = subprocess.run(
        [built("template-render")], input=json.dumps(cases), capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def results() -> dict[str, dict]:
    return {str(case): result for case, result in zip(CASES, martlet([case.for_martlet() for case in CASES]))}


def test_names_are_unique():
    assert len({str(case) for case in CASES}) == len(CASES) >= 370


@pytest.mark.parametrize("case", CASES, ids=str)
def test_corpus(case: Case, results: dict[str, dict]):
    result = results[str(case)]
    if case.error is not None:
        # What people are told is written for people; that it is an error is Jinja's.
        with pytest.raises(Exception):
            case.with_jinja()
        assert case.error in result.get("error", result)
        return
    assert case.expected == case.with_jinja(), "the expectation is not what Jinja renders"
    assert result == {"output": case.expected}


def listed(row: str) -> list[str]:
    """The names in a row of the guide's table of what there is."""
    text = (ROOT / "docs" / "guides" / "templates.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {row} |")]
    return re.findall(r"`(\w+)`", line.split("|", 2)[2])


@pytest.mark.parametrize(
    ("row", "use"),
    [
        ("Filters", r"(\||\('){}\b"),
        ("Tests", r"(\bis|\bnot|\('|, ') ?{}\b"),
        ("Functions", r"\b{}\("),
        ("Methods of texts", r"\.{}\("),
        ("Methods of lists", r"\.{}\("),
        ("Methods of dictionaries", r"\.{}\("),
        ("`loop`", r"\bloop\.{}\b"),
    ],
)
def test_what_the_guide_lists_is_compared(row: str, use: str):
    templates = "\n".join(text for case in CASES if case.error is None for text in case.templates.values())
    names = listed(row)
    assert len(names) >= 5
    assert [name for name in names if not re.search(use.format(name), templates)] == []


@pytest.mark.parametrize("seed", range(12))
def test_random_templates(seed: int):
    """Templates that nobody thought of. Where Jinja has an error, Martlet has one too."""
    generator = Generator(random.Random(seed))
    cases = [generator.case() for _ in range(25)]
    differences = []
    for case, result in zip(cases, martlet(cases)):
        try:
            expected = {"output": templates_corpus.render(case)}
        except RecursionError:
            continue
        except Exception as error:
            expected = {"error": f"{type(error).__name__}: {error}"}
        if "error" in expected and "error" in result:
            continue
        # What the guide lists: integers have 64 bits, and there are no complex numbers.
        if any(reason in result.get("error", "") for reason in ("64 bits", "longer than", "complex number")):
            continue
        if expected != result:
            differences.append((case["templates"], case["data"], expected, result))
    assert not differences


def test_markup_stays_markup():
    assert isinstance(templates_corpus.value({"$safe": "<b>"}), Markup)

"""Templates as Jinja2 renders them: both engines on the same templates and data.

`python templates_corpus.py` writes the expectations of the corpus anew."""

import json
import random
import subprocess

import pytest
import templates_corpus
from markupsafe import Markup
from program import built
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
    assert len({str(case) for case in CASES}) == len(CASES) >= 350


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


@pytest.mark.parametrize("seed", range(20))
def test_random_templates(seed: int):
    """Templates that nobody thought of. Where Jinja has an error, Martlet has one too."""
    generator = Generator(random.Random(seed))
    cases = [generator.case() for _ in range(100)]
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

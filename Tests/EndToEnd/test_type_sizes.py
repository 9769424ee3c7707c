"""`Scripts/file-sizes` adds up a type over all its extensions, and is not misled by what only looks like Swift's braces."""

import subprocess
import sys

import pytest
from program import ROOT

SCRIPT = ROOT / "Scripts" / "file-sizes"

SPREAD = """
struct Ship: Sendable {
    let name: String
}

extension Ship {
    func sail() {
    }
}
"""

NESTED = """
struct Ship {
    let name: String

    enum Rig {
        case sloop
        case ketch
    }
}

extension Ship.Rig: Sendable {
    class func parse() -> Self { .sloop }
}
"""

MISLEADING = '''
struct Ship {
    // { struct Boat {
    /* { /* enum */ { */
    let brace = "{ \\(name.map { "}" } ?? "{") \\" {"
    let raw = #"{ \\( { "# + ##"}"# {"##
    let text = """
        { " extension Boat {
        """
    class var flag: String { "}" }
    let actor = 1
}
'''


@pytest.fixture
def sizes(tmp_path):
    """The types of a package whose only target has these files."""

    def sizes(*sources: str) -> dict[str, int]:
        folder = tmp_path / "Sources" / "Layer" / "Fleet"
        folder.mkdir(parents=True)
        for number, source in enumerate(sources):
            (folder / f"File{number}.swift").write_text(source)
        command = [sys.executable, str(SCRIPT), "--all"]
        finished = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert not finished.stderr or "is not there any more" in finished.stderr, finished.stderr
        rows = [line.split() for line in finished.stdout.splitlines() if line.startswith(" ")]
        return {name: int(lines) for lines, target, name in rows if target == "Fleet"}

    return sizes


def test_a_type_is_as_long_as_its_extensions_in_all_files_together(sizes):
    assert sizes(SPREAD, "extension Ship {\n    var flag: String {\n        name\n    }\n}\n") == {"Ship": 6}


def test_a_nested_type_counts_by_itself_and_not_to_the_type_around_it(sizes):
    assert sizes(NESTED) == {"Ship": 2, "Ship.Rig": 3}


def test_braces_and_words_in_strings_and_comments_do_not_count(sizes):
    assert sizes(MISLEADING) == {"Ship": 9}


def test_a_type_of_more_than_400_lines_fails(tmp_path):
    folder = tmp_path / "Sources" / "Layer" / "Fleet"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"Ship+{number}.swift").write_text("extension Ship {\n" + "    // a line\n" * 150 + "}\n")
    finished = subprocess.run([sys.executable, str(SCRIPT)], cwd=tmp_path, capture_output=True, text=True)
    assert finished.returncode == 1
    assert "Fleet Ship has 450 lines in all its extensions, more than 400: which part is a type of its own?" in finished.stderr

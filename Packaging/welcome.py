"""The page that is served after the installation, in the look of Martlet's own pages."""

from pathlib import Path

from release import ROOT


def page() -> str:
    frame = (ROOT / "Sources/Base/MartletPages/Page/page.html").read_text()
    content = Path(__file__).with_name("welcome.html").read_text()
    return frame.replace("{title}", "Martlet is serving").replace("{content}", content)

"""What a server tells about itself: its local addresses, and the metrics there, read by Prometheus's own parsers."""

from collections.abc import Callable

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from rawclient import Address, exchange
from server import Server

Metrics = Callable[..., float | None]


def local_address(server: Server, title: str) -> Address:
    """Where the banner says that it tells what it is doing; `title` is `Metrics` or `Status`."""
    (line,) = server.stderr.wait_for(rf"  {title} +(?:http://([\w.]+):(\d+)|unix:(\S+))")
    return line[3] or (line[1], int(line[2]))


def scrape(address: Address, openmetrics: bool = False) -> Metrics:
    """A function that gives the value of a sample by name and labels; None if there is no such sample."""
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5" if openmetrics else "*/*"
    response = exchange(address, "/metrics", headers=[("Accept", accept)], host="127.0.0.1")
    assert response.status == 200
    kind = "application/openmetrics-text; version=1.0.0" if openmetrics else "text/plain; version=0.0.4"
    assert response.header("Content-Type") == f"{kind}; charset=utf-8"
    families = list((read_openmetrics if openmetrics else read_text)(response.body.decode()))
    assert len({family.name for family in families}) == len(families)
    samples = {(sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples}

    def value(name: str, **labels: str) -> float | None:
        return samples.get((name, *sorted(labels.items())))

    value.names = {name for name, *_ in samples}
    return value

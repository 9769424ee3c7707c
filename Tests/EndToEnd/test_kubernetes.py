"""Examples/kubernetes and Examples/compose.yaml: held to the schemas of who reads them, and to what the server itself says."""

import importlib.resources
import json
import re
import subprocess
import tomllib

import jsonschema
import pytest
import yaml
from needs import requires
from program import EXAMPLES, ROOT
from rawclient import exchange
from server import martlet_to_its_end
from sites import Site

BASE = EXAMPLES / "kubernetes" / "base"
VERSION = "1.37"
SHOP = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'shop']\n"


@pytest.fixture(scope="module")
def rendered() -> dict[str, dict]:
    """What `kubectl apply --kustomize base` would send, by kind."""
    requires("kubectl")
    done = subprocess.run(["kubectl", "kustomize", str(BASE)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return {document["kind"]: document for document in yaml.safe_load_all(done.stdout)}


@pytest.fixture(scope="module")
def settings() -> dict:
    return tomllib.loads((BASE / "martlet.toml").read_text())


def container(rendered) -> dict:
    (only,) = rendered["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_every_object_is_valid(rendered):
    import kubernetes_validate

    assert set(rendered) == {"Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ConfigMap"}
    for document in rendered.values():
        kubernetes_validate.validate(document, VERSION, strict=True)


def test_the_schemas_refuse_what_is_misspelled(rendered):
    import kubernetes_validate

    wrong = json.loads(json.dumps(rendered["Deployment"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_it_asks_where_the_server_answers(rendered, settings):
    ports = {port["name"]: port["containerPort"] for port in container(rendered)["ports"]}
    assert ports == {"http": int(settings["bind"].removeprefix(":")), "metrics": int(settings["metrics"].removeprefix(":"))}
    for probe in ("startupProbe", "readinessProbe"):
        assert container(rendered)[probe]["httpGet"]["path"] == settings["health"]
    annotations = rendered["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(ports["metrics"])


def test_the_parts_find_each_other(rendered):
    pod = rendered["Deployment"]["spec"]["template"]
    for selector in (rendered["Service"]["spec"]["selector"], rendered["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]):
        assert selector.items() <= pod["metadata"]["labels"].items()
    assert rendered["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == rendered["Deployment"]["metadata"]["name"]
    names = [volume.get("configMap", {}).get("name") for volume in pod["spec"]["volumes"]]
    assert rendered["ConfigMap"]["metadata"]["name"] in names
    assert rendered["ConfigMap"]["data"]["martlet.toml"] == (BASE / "martlet.toml").read_text()


def test_there_is_time_to_drain(rendered, settings):
    spec = rendered["Deployment"]["spec"]["template"]["spec"]
    wait = container(rendered)["lifecycle"]["preStop"]["sleep"]["seconds"]
    probe = container(rendered)["readinessProbe"]
    assert wait >= probe["periodSeconds"] * probe["failureThreshold"]
    assert spec["terminationGracePeriodSeconds"] >= wait + seconds(settings["grace"]) + 5


def test_the_user_is_that_of_the_image_and_writes_to_tmp_alone(rendered):
    assert f"\nUSER {rendered['Deployment']['spec']['template']['spec']['securityContext']['runAsUser']}\n" in (ROOT / "Dockerfile").read_text()
    assert container(rendered)["securityContext"]["readOnlyRootFilesystem"]
    assert [mount["mountPath"] for mount in container(rendered)["volumeMounts"] if not mount.get("readOnly")] == ["/tmp"]


@pytest.mark.parametrize("file", [BASE / "martlet.toml", EXAMPLES / "container" / "martlet.toml"], ids=["kubernetes", "container"])
def test_the_file_is_served_and_has_the_metric_of_the_autoscaler(file, tmp_path):
    text = file.read_text().replace(":8000", "127.0.0.1:0").replace(":9100", "127.0.0.1:0").replace('"/srv"', f'"{tmp_path}"')
    site = Site(tmp_path)
    site.write("martlet.toml", text)
    site.write("shop.py", SHOP)
    with site.serve(listeners=1) as server:
        assert exchange(server.address, "/healthz").status == 200
        (port,) = re.findall(r"Metrics +http://127\.0\.0\.1:(\d+)", server.stderr.text)
        page = exchange(("127.0.0.1", int(port)), "/metrics", host="127.0.0.1").body.decode()
        for rule in (BASE / "autoscaler.yaml", EXAMPLES / "kubernetes" / "prometheus-adapter.yaml"):
            (metric,) = set(re.findall(r"martlet_\w+", rule.read_text()))
            assert f"\n{metric}{{" in page
        server.stop()


def test_compose_has_the_form_of_its_schema():
    folder = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "compose-spec.json").read_text())
    text = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())
    jsonschema.validate(text, schema)
    service = text["services"]["shop"]
    folder = EXAMPLES / service["build"]
    assert {"Dockerfile", "martlet.toml", "shop.py", "requirements.txt"} <= {path.name for path in folder.iterdir()}
    assert service["read_only"] and seconds(service["stop_grace_period"]) > 30


def test_the_image_of_the_shop_copies_what_is_there():
    for dockerfile in (ROOT / "Dockerfile", EXAMPLES / "container" / "Dockerfile"):
        for line in re.findall(r"^COPY (?!--from)(.*)$", dockerfile.read_text(), re.MULTILINE):
            for name in line.split()[:-1]:
                assert (dockerfile.parent / name).exists(), f"{dockerfile}: {name}"


def test_the_files_of_the_image_are_checked(tmp_path):
    (tmp_path / "shop.py").write_text(SHOP)
    Site(tmp_path).write("martlet.toml", (EXAMPLES / "container" / "martlet.toml").read_text().replace(":8000", ":0").replace(":9100", ":0"))
    done = martlet_to_its_end("check", cwd=tmp_path)
    assert done.code == 0, done.stderr



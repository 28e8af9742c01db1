"""docs/scale.md: what it says to type works over TLS, with a stand-in for SLURM; its manifests fit together."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from autograder.marks import read_standings

DOC = Path(__file__).parents[2] / "docs" / "scale.md"
NAME = "a01_toy"
STAND_IN = {  # one machine, one job, no queue
    "sbatch": 'shift; SLURM_CPUS_PER_TASK=2 setsid bash "$@" & echo $! > "$HOME/job"',
    "srun": 'exec "$@"',
    "scancel": 'kill -- -$(cat "$HOME/job")',
}
REFUSED = """env -u DASK_CONFIG python -c "from distributed import Client; Client('{}', timeout=2)" || echo refused\n"""


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", DOC.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.slow
def test_what_the_page_says_for_slurm_grades_a_class_over_tls(released_toy, hand_in, tmp_path):
    for number in range(6):
        hand_in(released_toy, f"s{number}", total=f"def total(x):\n    return x.sum()  # of somebody {number}")
    home, memory, commands = (tmp_path / name for name in ("home", "memory", "commands"))
    for folder in (home, memory, commands):
        folder.mkdir()
    for name, text in STAND_IN.items():
        (commands / name).write_text(f"#!/bin/bash\n{text}\n")
        (commands / name).chmod(0o755)
    here = {"HOME": str(home), "PATH": f"{commands}:{Path(sys.executable).parent}:{os.environ['PATH']}"}
    secure, run = blocks("sh")
    (workers,) = blocks("bash")
    subprocess.run(["bash", "-ec", secure], env=os.environ | here, check=True, capture_output=True)
    (home / "grading" / "workers.sh").write_text(workers.replace("/dev/shm", str(memory)))
    port = str(free_port())
    run = run.replace("$(hostname)", "127.0.0.1").replace("8786", port).replace("8787", "0")
    run = run.replace("wait_for_workers(8)", "wait_for_workers(1, timeout=60)").replace("a03_optimizers", NAME)
    run = run.replace("scancel", REFUSED.format(f"tcp://127.0.0.1:{port}") + "scancel") + "wait\n"
    done = subprocess.run(
        ["bash", "-mc", run], env=os.environ | here, cwd=released_toy.root, capture_output=True, text=True, timeout=120
    )
    assert {one.student: one.score for one in read_standings(released_toy, NAME)} == {
        f"s{number}": 6 for number in range(6)
    }, done.stderr
    assert "refused" in done.stdout  # who has no key
    assert (home / "grading" / "key.pem").stat().st_mode & 0o077 == 0
    assert not list(memory.iterdir())  # hidden tests go with the job


def test_the_manifests_for_kubernetes_fit_together():
    cluster, policy = (part for text in blocks("yaml") for part in yaml.safe_load_all(text))
    name, namespace = cluster["metadata"]["name"], cluster["metadata"]["namespace"]
    label = {"dask.org/cluster-name": name}
    assert policy["metadata"]["namespace"] == namespace and policy["spec"]["podSelector"] == {"matchLabels": label}
    service = cluster["spec"]["scheduler"]["service"]
    assert service["selector"] == label | {"dask.org/component": "scheduler"}
    for part in ("worker", "scheduler"):
        pod = cluster["spec"][part]["spec"]
        (container,) = pod["containers"]
        assert container["name"] == part == container["args"][1]
        assert pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
        environment = {one["name"]: one["value"] for one in container["env"]}
        assert environment["DASK_SCHEDULER_ADDRESS"] == f"tls://{name}-scheduler.{namespace}.svc.cluster.local:8786"
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert {one["targetPort"]: one["port"] for one in service["ports"]} == ports

"""What a container may do, by its settings and by what the kernel tells of its main process."""

from __future__ import annotations

from pathlib import Path

from movie_assets_tests.deploy.compose import Stack


def assert_locked(stack: Stack, service: str, account: int | None) -> None:
    """Fail unless a service's container is without rights and a root that it can write, and runs as that uid and gid.

    None is for a service that has ended, as it should.
    """
    found = stack.inspect(service)
    host = found["HostConfig"]
    assert host["ReadonlyRootfs"] is True
    assert [one.removeprefix("CAP_") for one in host["CapDrop"]] == ["ALL"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Memory"] > 0
    assert host["NanoCpus"] > 0
    assert host["PidsLimit"] > 0
    assert not any("docker.sock" in mount["Source"] for mount in found["Mounts"])
    if account is None:
        assert (found["State"]["Status"], found["State"]["ExitCode"]) == ("exited", 0)
        return
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    # What is in force, whatever the configuration says.
    status = Path(f"/proc/{found['State']['Pid']}/status").read_text(encoding="utf-8")
    fields = {name: value.split() for name, _, value in (line.partition(":") for line in status.splitlines())}
    assert set(fields["Uid"]) == {str(account)}
    assert set(fields["Gid"]) == {str(account)}
    assert {fields[name][0] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert fields["NoNewPrivs"] == ["1"]

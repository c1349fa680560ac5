"""A source distribution has every file of the checkout: MANIFEST.in names them all."""

import shutil
import subprocess
import sys
import tarfile

import pytest
from equations import PROJECT

BUILD = "from setuptools import build_meta; build_meta.build_sdist('made')"
OF_GIT = {".gitignore"}


def kept():
    """The files that Git keeps of this checkout."""
    if not (PROJECT / ".git").exists() or not shutil.which("git"):
        pytest.skip("no checkout of Git")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, check=True,
                            capture_output=True, text=True).stdout
    return {name for name in listed.split("\0") if name and (PROJECT / name).exists()}


def packed(folder):
    """The files of the distribution that is built in a folder; no network is asked."""
    subprocess.run([sys.executable, "-c", BUILD], cwd=folder, check=True,
                   capture_output=True)
    made, = (folder / "made").glob("*.tar.gz")
    with tarfile.open(made) as archive:
        names = [member.name for member in archive if member.isfile()]
    return {name.partition("/")[2] for name in names}


@pytest.mark.parametrize("line, lacking", [
    ("", "nothing"), ("graft tests", "tests/ledger.py")])
def test_the_distribution_has_what_the_checkout_has(line, lacking, tmp_path):
    pytest.importorskip("setuptools")
    expected = kept()
    for name in expected:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, tmp_path / name)
    manifest = tmp_path / "MANIFEST.in"
    manifest.write_text(manifest.read_text().replace(line, ""))
    lacks = expected - OF_GIT - packed(tmp_path)
    assert lacking in lacks if line else not lacks

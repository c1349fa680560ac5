"""The files of labs: those that are handed out, and a student's own."""

from pathlib import Path

from scratchae.cli.course import LECTURES
from scratchae.cli.outputs import check_folder
from scratchae.files import replacing

STUBS = LECTURES / "labs"
FOLDERS = tuple(map(Path, ("labs", ".", "lectures/labs", "notebooks")))  # of students
PLACES = f"NN_*.py or .ipynb in {', '.join(map(str, FOLDERS))}"


def stub_of(lab):
    """The file that a student fills in, as it is handed out."""
    found = sorted(STUBS.glob(f"{lab.number}_*.py"))
    if not found:
        raise OSError(f"no file of lab {lab.number} in {STUBS}: this installation is "
                      "not complete; install scratchae again")
    return found[0]


def file_of(lab):
    """The student's file of a lab in this folder, or None.

    Of those that have the name of what was handed out, one in which a hole is filled
    goes before all others: whoever writes in the notebook has the script as well.
    """
    stub = stub_of(lab)
    named = []
    for folder in FOLDERS:
        for ending in (".py", ".ipynb"):
            named += sorted(folder.glob(f"{lab.number}_*{ending}"))
    files = [path for path in named if path.is_file()]
    begun = [p for p in files if p.stem == stub.stem and holes(p) < holes(stub)]
    return (begun or files or [None])[0]


def holes(path):
    """How often a file says that something is not written yet."""
    return path.read_bytes().count(NotImplementedError.__name__.encode())


def given_file(lab, named):
    """The file that --file names, or the student's in this folder; it is there."""
    path = named or file_of(lab)
    if path is None:
        raise FileNotFoundError(f"there is no labs/{lab.number}_*.py here; `scratchae "
                                f"lab start {lab.number}` writes it")
    if not path.is_file():
        raise FileNotFoundError(f"--file: {path} is not a file")
    return path


def start(chosen):
    """Write the stubs into ./labs; what is there stays."""
    check_folder(FOLDERS[0], "labs")
    FOLDERS[0].mkdir(exist_ok=True)
    stubs = [stub_of(lab) for lab in chosen]
    paths = [FOLDERS[0] / stub.name for stub in stubs]
    kept = [path for path in paths if path.exists()]
    for stub in (*stubs, STUBS / "conftest.py"):
        path = FOLDERS[0] / stub.name
        if not path.exists():
            with replacing(path) as file:
                file.write(stub.read_bytes())
    say_what_is_there([path for path in paths if path not in kept], kept)
    print(f"\nOpen {paths[0]}, write your lines where it says `raise "
          f"NotImplementedError`,\nthen type scratchae lab {chosen[0].number}, or with "
          "--watch: again at each save")


def say_what_is_there(written, kept):
    """Say which files were written and which were there, in a few lines."""
    if len(written) > 3:
        print(f"{len(written)} files, {written[0]} to {written[-1]}")
    elif written:
        print(*written, sep="\n")
    if len(kept) == 1:
        print(f"{kept[0]} is there already, and stays as it is")
    elif kept:
        print(f"{len(kept)} files are there already, and stay as they are")

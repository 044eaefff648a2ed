"""Export of a challenge as a Codabench scoring program, with the reference data that it scores against."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from harness.atomic import new_file
from harness.errors import DataError
from harness.run import runs
from harness.sources import closure_of
from harness.submission.organiser import METRICS
from harness.submission.scoring_program import write_reference
from harness.task.tasks import task_again

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAM, REFERENCE = "scoring_program.zip", "reference_data.zip"
"""The two files, as Codabench takes them."""

_MODULE = "harness.submission.scoring_program"

_SCORE = f'''"""Score one submission: python3 score.py INPUT OUTPUT."""

from {_MODULE} import main

raise SystemExit(main())
'''

_METADATA = """command: python3 /app/program/score.py /app/input /app/output
description: {description}
"""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Date of every file in a zip, so that equal contents make equal bytes."""


def write_codabench(folder: Path, output: Path) -> list[Path]:
    """Write the scoring program and the reference data of a run's challenge; the folder is made if it is missing.

    The program has the sources of this package that it needs, `score.py`, `metadata.yaml` and `requirements.txt`, whose
    packages the competition's container image must have. The reference data hold the withheld tracks: keep them secret.

    Args:
        folder: run folder.
        output: receives `scoring_program.zip` and `reference_data.zip`.

    Returns:
        Paths of the files written.

    Raises:
        DataError: the withheld tracks are unknown, or the corpus or the challenge of the run is missing or has changed.
    """
    record = runs.read_record(folder)
    task = task_again(record.corpus, record.challenge)
    if task.judged is None:
        raise DataError(f"the withheld tracks of {record.challenge.label} are unknown: export a run that was scored")
    output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        reference = Path(name)
        write_reference(*task.judged, reference)
        files = [(path.name, path.read_bytes()) for path in sorted(reference.iterdir())]
        _zip(files, output / REFERENCE)
    _zip(_program(f"{record.corpus.name}, {record.challenge.label}"), output / PROGRAM)
    return [output / PROGRAM, output / REFERENCE]


def _program(challenge: str) -> list[tuple[str, bytes]]:
    closure = closure_of([_MODULE])
    sources = {f"{module.replace('.', '/')}.py": path.read_bytes() for module, path in closure.modules.items()}
    packages = {parent.as_posix() for source in sources for parent in Path(source).parents if parent.name}
    sources |= {f"{package}/__init__.py": b"" for package in packages}
    metrics = ", ".join(f"{metric.name} ({metric.definition})" for metric in METRICS)
    requirements = "".join(f"{name}=={version}\n" for name, version in closure.versions.items())
    texts = {
        "score.py": _SCORE,
        "metadata.yaml": _METADATA.format(description=json.dumps(f"{challenge}: {metrics}")),
        "requirements.txt": requirements,
    }
    return sorted(({name: text.encode() for name, text in texts.items()} | sources).items())


def _zip(files: Iterable[tuple[str, bytes]], path: Path) -> None:
    with new_file(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)

"""Write the report's files, each whole or not at all, and read a report back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from uprez.errors import MediaError, PlanError
from uprez.report.page import page
from uprez.report.pictures import MOST, pictures
from uprez.report.table import table
from uprez.report.values import Report

NAME = "report"
Progress = Callable[[int, int], None]


def write_report(
    report: Report, folder: Path, *, most: int = MOST, progress: Progress = lambda done, total: None
) -> Path:
    """Write report.json, .csv and .html into the workspace, over older ones; return the page's path.

    At most `most` shots get pictures; `progress` hears how many have theirs. Raises MediaError.
    """
    for ending in (".json", ".csv", ".html"):
        _write(folder / f"{NAME}{ending}", _rendered(report, ending, most, progress))
    return folder / f"{NAME}.html"


def write_one(report: Report, path: Path, *, force: bool = False, most: int = MOST) -> Path:
    """Write the report as the ending of `path` says, .html, .csv or .json; return the path.

    Raises PlanError for another ending or a file that exists, MediaError where it can't be written.
    """
    ending = path.suffix.lower()
    if ending not in (".html", ".csv", ".json"):
        raise PlanError(f"{path}: a report is .html, .csv or .json; give -o one of these endings")
    if path.exists() and not force:
        raise PlanError(f"{path} exists already; choose another name with -o, or give --force")
    return _write(path, _rendered(report, ending, most, lambda done, total: None))


def read_report(folder: Path) -> Report:
    """Read the report of a workspace back, also where the workspace was moved since.

    Raises PlanError where there is none, or none that can be read.
    """
    try:
        report = Report.model_validate_json((folder / f"{NAME}.json").read_bytes())
    except (OSError, ValidationError):
        raise PlanError(f"{folder}: no report to read there; name a workspace in which a run ended") from None
    home = folder.absolute()
    return report if report.workspace == home else _moved(report, home)


def _rendered(report: Report, ending: str, most: int, progress: Progress) -> str:
    if ending == ".json":
        return report.model_dump_json(indent=1)
    if ending == ".csv":
        return table(report)
    return page(report, pictures(report, most=most, progress=progress))


def _write(path: Path, content: str) -> Path:
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(content, encoding="utf-8", errors="replace", newline="")
        part.replace(path)
    except OSError as broken:
        part.unlink(missing_ok=True)
        raise MediaError(
            f"{path}: the report can't be written there ({broken.strerror}); "
            "free space or write it elsewhere with `uprez report -o`"
        ) from None
    return path


def _moved(report: Report, folder: Path) -> Report:
    def inward(path: Path | None) -> Path | None:
        inside = path is not None and path.is_relative_to(report.workspace)
        return folder / path.relative_to(report.workspace) if path is not None and inside else path

    rows = (
        row.model_copy(update={"render": inward(row.render), "plate": inward(row.plate)})
        for row in report.rows
    )
    changed = {"rows": tuple(rows), "workspace": folder, "receipt": inward(report.receipt)}
    return report.model_copy(update=changed)

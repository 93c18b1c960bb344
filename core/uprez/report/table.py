"""The report as a table: a line for every clip of the timeline, the ones left out included."""

from __future__ import annotations

import csv
import io
from fractions import Fraction

from uprez.model import LeftOut
from uprez.report.values import Report, Row

COLUMNS = (
    "state", "name", "track", "shot", "why", "verdict", "findings", "warnings", "narrowed", "notes",
    "record_start", "record_frames", "record_in", "record_out", "record_rate",
    "source_start", "source_frames", "source_in", "source_out", "source_rate", "speed", "media",
    "handles_head", "handles_tail", "handles_asked",
    "width_before", "height_before", "width_after", "height_after",
    "provider", "model", "generative", "pull", "pull_start", "pull_frames", "pull_shots",
    "pull_cost", "cost_unit", "cost_basis", "order", "render", "plate",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(report: Report) -> str:
    """Write the report as CSV: costs of whole pulls, half-open ranges, several sentences a line each."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_line(report.rate, row) for row in report.rows)
    writer.writerows(_left(left) for left in report.left_out)
    return out.getvalue()


def _line(rate: Fraction, row: Row) -> dict[str, object]:
    record, source = row.record, row.source
    return {
        **_said(row),
        "record_start": record.frames.start,
        "record_frames": record.frames.count,
        "record_in": record.first,
        "record_out": record.end,
        "record_rate": rate,
        "source_start": source.frames.start,
        "source_frames": source.frames.count,
        "source_in": source.first,
        "source_out": source.end,
        "source_rate": row.rate,
        "speed": row.speed,
        "handles_head": row.handles.head,
        "handles_tail": row.handles.tail,
        "handles_asked": row.handles.asked,
        "width_before": row.before[0],
        "height_before": row.before[1],
        "width_after": row.after[0],
        "height_after": row.after[1],
        "generative": "yes" if row.generative else "no",
        "pull_start": row.pull_frames.start,
        "pull_frames": row.pull_frames.count,
        "pull_shots": row.cost.shots,
        "pull_cost": "" if row.cost.amount is None else f"{row.cost.amount:f}",
    }


def _said(row: Row) -> dict[str, object]:
    said = {
        "state": row.state,
        "name": row.name,
        "track": row.track,
        "shot": row.shot,
        "why": row.why or "",
        "verdict": row.verdict.value if row.verdict else "",
        "findings": "\n".join(row.findings),
        "warnings": "\n".join(row.warnings),
        "narrowed": "\n".join(row.narrowed),
        "notes": "\n".join(row.notes),
        "media": str(row.media),
        "provider": row.provider,
        "model": row.model,
        "pull": row.pull,
        "cost_unit": row.cost.unit,
        "cost_basis": row.cost.basis,
        "order": row.order or "",
        "render": str(row.render or ""),
        "plate": str(row.plate or ""),
    }
    return {column: _plain(value) for column, value in said.items()}


def _left(left: LeftOut) -> dict[str, object]:
    return {
        "state": "left out",
        "name": _plain(left.name),
        "track": _plain(left.track),
        "why": _plain(left.reason),
    }


def _plain(value: str) -> str:
    """Keep a spreadsheet from running a clip's name as a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value

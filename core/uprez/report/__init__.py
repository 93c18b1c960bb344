"""The report of a run: what was done with every clip, as a page to look at and as tables to compute with."""

from uprez.report.build import build
from uprez.report.files import read_report, write_one, write_report
from uprez.report.values import Report, Row

__all__ = ["Report", "Row", "build", "read_report", "write_one", "write_report"]

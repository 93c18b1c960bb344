"""Resolve itself and its project manager."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from typing import Any

from uprez.testing.fake_resolve.api.face import Face, Ref, timeline_ref
from uprez.testing.fake_resolve.app import PAGES, UNTITLED

DATABASE = {"DbType": "Disk", "DbName": "Local Database"}


class ResolveFace(Face[None]):
    """The application."""

    def GetProductName(self) -> str:
        return "DaVinci Resolve Studio" if self.IsStudio() else "DaVinci Resolve"

    def GetVersion(self) -> list[Any]:
        return [*self.app.profile.version, ""]

    def GetVersionString(self) -> str:
        return ".".join(map(str, self.app.profile.version))

    def IsStudio(self) -> bool:
        return self.app.profile.edition == "studio"

    def GetProjectManager(self) -> Ref:
        return Ref("ProjectManager", "manager")

    def GetCurrentProject(self) -> Ref:
        return Ref("Project", self.project.uid)

    def GetCurrentTimeline(self) -> Ref | None:
        return timeline_ref(self.app.current)

    def GetMediaPool(self) -> Ref:
        return Ref("MediaPool", self.project.pool)

    def GetCurrentPage(self) -> str | None:
        return self.app.page

    def OpenPage(self, page: str) -> bool:
        known = (*PAGES, "photo") if self.app.profile.version >= (21, 0) else PAGES
        if str(page).lower() not in known or self.app.page is None:
            return False
        self.app.page = str(page).lower()
        if self.app.page == "deliver" and self.knobs.deliver_moves_marks and self.app.current:
            end = max((item.end for *_, item in self.app.current.placed()), default=self.app.current.start)
            last = max(0, end - self.app.current.start - 1)
            self.app.current.marks = {kind: {"in": 0, "out": last} for kind in ("video", "audio")}
        return True

    def Quit(self) -> None:
        self.app.close()


class ManagerFace(Face[None]):
    """The project manager."""

    def GetCurrentProject(self) -> Ref:
        return Ref("Project", self.project.uid)

    def GetCurrentDatabase(self) -> dict[str, str] | None:
        return dict(DATABASE) if self.app.database else None

    def GetDatabaseList(self) -> list[dict[str, str]]:
        return [dict(DATABASE)]

    def GetProjectListInCurrentFolder(self) -> list[str]:
        return [self.project.name]

    def SaveProject(self) -> bool | None:
        if not self.app.database:
            return None
        if self.project.name == UNTITLED:
            return False
        self.app.save()
        return True

    def CreateProject(self, name: str, media: str | None = None) -> Ref | None:
        if not self.app.database or name == self.project.name:
            return None
        self.app.open_project(name)
        return Ref("Project", self.project.uid)

    def LoadProject(self, name: str) -> Ref | None:
        if name != self.project.name or not self.app.database:
            return None
        self.app.start()
        return Ref("Project", self.project.uid)

    def CloseProject(self, project: Any) -> bool:
        self.app.open_project(UNTITLED)
        return True

    def DeleteProject(self, name: str) -> bool:
        return False

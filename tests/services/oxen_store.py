"""The file half of Oxen as its open source shows it: repositories, uploads in pieces, workspaces."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xxhash
from aiohttp import web
from services.common import Server

PIECE = 10 << 20


@dataclass
class Repository:
    """Hold a repository's one branch; `head` is its last commit, "" for an empty one."""

    public: bool
    files: dict[str, Path] = field(default_factory=dict)
    head: str = ""
    commits: list[dict[str, str]] = field(default_factory=list)

    def commit(self, signed: dict[str, str]) -> dict[str, Any]:
        self.head = uuid.uuid4().hex
        self.commits.append(signed)
        return {"id": self.head, "parent_ids": [], "timestamp": "2026-08-01T00:00:00Z", **signed}


@dataclass
class Workspace:
    """Hold what is staged on top of a commit."""

    repository: Repository
    head: str
    staged: dict[str, Path] = field(default_factory=dict)


class Store(Server):
    """Serve `/api/repos`; the switches below turn on what documents and source leave open."""

    def __init__(self, folder: Path, key: str) -> None:
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.versions: dict[str, Path] = {}
        self.pieces: dict[str, dict[int, Path]] = {}
        self.workspaces: dict[str, Workspace] = {}
        self.put_limit = 50 << 20
        self.file_reply = False  # an upload is answered with the file, else with the commit
        self.documented_route = False  # workspaces are made at …/get_or_create alone
        self.namespaces = {"editor"}
        super().__init__(folder, key)

    def routes(self) -> None:
        repo = "/api/repos/{namespace}/{name}"
        add = self.app.router.add_route
        add("POST", "/api/repos", self._create)
        add("PUT", repo + "/file/{branch}/{path:.+}", self._put)
        add("GET", repo + "/file/{branch}/{path:.+}", self._get)  # and HEAD
        add("DELETE", repo + "/file/{branch}/{path:.+}", self._delete)
        add("POST", repo + "/versions/{hash}/create", self._announce)
        add("PUT", repo + "/versions/{hash}/chunks", self._piece)
        add("POST", repo + "/versions/{hash}/complete", self._complete)
        add("PUT", repo + "/workspaces", self._workspace)
        add("PUT", repo + "/workspaces/get_or_create", self._workspace)
        add("POST", repo + "/workspaces/{id}/merge/{branch}", self._merge)
        add("DELETE", repo + "/workspaces/{id}", self._drop_workspace)

    def may(self, request: web.Request) -> bool:
        """Tell whether a request has the key."""
        return request.headers.get("Authorization") == f"Bearer {self.key}"

    def lent(self) -> list[str]:
        """Return the names of all files that lie on branches."""
        return [name for one in self.repositories.values() for name in one.files]

    def _found(self, request: web.Request) -> Repository:
        if not self.may(request):
            raise unauthenticated()
        return self._named(request)

    def _named(self, request: web.Request) -> Repository:
        where = request.match_info
        found = self.repositories.get((where["namespace"], where["name"]))
        if found is None or where.get("branch", "main") != "main":
            raise not_found()
        return found

    async def _create(self, request: web.Request) -> web.Response:
        if not self.may(request):
            raise unauthenticated()
        wanted = await request.json()
        where = wanted["namespace"], wanted["name"]
        if where[0] not in self.namespaces:
            return web.json_response({"error": {"message": "unknown namespace"}}, status=400)
        if where in self.repositories:
            return web.json_response({"status": "error", "status_message": "conflict"}, status=409)
        self.repositories[where] = Repository(public=bool(wanted.get("is_public")))
        return created(repository={"namespace": where[0], "name": where[1]})

    async def _put(self, request: web.Request) -> web.Response:
        repository = self._found(request)
        if (request.content_length or 0) > self.put_limit:
            return web.Response(status=413, text="Payload reached size limit")
        form = await request.post()
        if "file" in form and "files[]" in form:
            return web.Response(status=400, text="Ambiguous multipart payload")
        part: Any = form.get("file")
        if part is None or isinstance(part, str):
            return web.Response(status=400, text="No file in the payload")
        content = part.file.read()
        path = self._stored(content)
        repository.files[request.match_info["path"]] = path
        commit = repository.commit({key: str(form.get(key, "")) for key in ("message", "name", "email")})
        if self.file_reply:
            about = {"path": request.match_info["path"], "size": len(content), "hash": digest(content)}
            return web.json_response({"file": about})
        return created(commit=commit)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        repository = self._named(request)
        if not repository.public and not self.may(request):
            raise unauthenticated()
        path = repository.files.get(request.match_info["path"])
        if path is None:
            raise not_found()
        return web.FileResponse(path, headers={"oxen-revision-id": repository.head})

    async def _delete(self, request: web.Request) -> web.Response:
        repository = self._found(request)
        if not request.content_type.startswith("multipart/"):
            return web.Response(status=400, text="Could not find Content-Type header for multipart")
        await request.post()
        if repository.files.pop(request.match_info["path"], None) is None:
            raise not_found()
        return created(commit=repository.commit({"message": "removed"}))

    async def _announce(self, request: web.Request) -> web.Response:
        self._found(request)
        name = request.match_info["hash"]
        if name.strip("0123456789abcdef") or name.startswith("0"):
            return web.Response(status=400, text="Invalid integer: invalid digit found in string")
        if name in self.versions:
            return web.json_response({"status": "error", "status_message": "conflict"}, status=409)
        return web.json_response({"status": "success", "status_message": "resource_found"})

    async def _piece(self, request: web.Request) -> web.Response:
        self._found(request)
        content = await request.read()
        if len(content) > PIECE:
            return web.Response(status=413, text="the piece is too large")
        path = self.folder / f"piece-{uuid.uuid4()}"
        path.write_bytes(content)
        pieces = self.pieces.setdefault(request.match_info["hash"], {})
        pieces[int(request.query.get("offset", 0))] = path
        return created()

    async def _complete(self, request: web.Request) -> web.Response:
        self._found(request)
        name, asked = request.match_info["hash"], await request.json()
        (file,) = asked["files"]
        if name not in self.versions:
            pieces = self.pieces.get(name, {})
            if len(pieces) != file["num_chunks"]:
                return _refused(f"Number of chunks does not match: {len(pieces)} != {file['num_chunks']}")
            content = b"".join(pieces[offset].read_bytes() for offset in sorted(pieces))
            if digest(content) != name:
                return _refused(f"Hash mismatch writing {name}")
            self._stored(content)
        workspace = self.workspaces.get(asked.get("workspace_id", ""))
        if workspace is None:
            raise not_found()
        workspace.staged[f"{file['dst_dir']}/{file['file_name']}"] = self.versions[name]
        return web.json_response({"status": "success", "status_message": "resource_found"})

    async def _workspace(self, request: web.Request) -> web.Response:
        repository = self._found(request)
        if self.documented_route and not request.path.endswith("get_or_create"):
            return web.Response(status=405)
        asked = await request.json()
        if asked["branch_name"] != "main":
            return _refused(f"Branch not found: {asked['branch_name']}")
        repository.head = repository.head or uuid.uuid4().hex
        self.workspaces.setdefault(asked["workspace_id"], Workspace(repository, repository.head))
        return created(workspace={"id": asked["workspace_id"]})

    async def _merge(self, request: web.Request) -> web.Response:
        repository = self._found(request)
        workspace = self.workspaces.get(request.match_info["id"])
        if workspace is None:
            raise not_found()
        if workspace.head != repository.head:
            return web.json_response({"status": "error", "status_message": "conflict"}, status=409)
        asked = await request.json()
        signed = {key: asked[key] for key in ("author", "email", "message")}
        repository.files |= workspace.staged
        return created(commit=repository.commit(signed))

    async def _drop_workspace(self, request: web.Request) -> web.Response:
        self._found(request)
        if self.workspaces.pop(request.match_info["id"], None) is None:
            raise not_found()
        return created()

    def _stored(self, content: bytes) -> Path:
        name = digest(content)
        path = self.folder / f"version-{name}"
        path.write_bytes(content)
        self.versions[name] = path
        return path


def digest(content: bytes) -> str:
    return xxhash.xxh3_128(content).hexdigest().lstrip("0")


def created(**more: Any) -> web.Response:
    said = {"status": "success", "status_message": "resource_created", "oxen_version": "0.52.4"}
    return web.json_response({**said, **more})


def unauthenticated() -> web.HTTPException:
    body = '{"status": "error", "status_message": "unauthenticated"}'
    return web.HTTPUnauthorized(text=body, content_type="application/json")


def not_found() -> web.HTTPException:
    body = (
        '{"error": {"type": "resource_not_found", "title": "The requested resource could not be found"}, '
        '"status": "error", "status_message": "resource_not_found"}'
    )
    return web.HTTPNotFound(text=body, content_type="application/json")


def _refused(why: str) -> web.Response:
    return web.json_response({"status": "error", "status_message": why}, status=400)

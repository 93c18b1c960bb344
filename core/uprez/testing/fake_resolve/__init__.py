"""A DaVinci Resolve that any script can be tested against, without Resolve.

The page docs/test-a-resolve-script.md goes through it.

    from uprez.testing.fake_resolve import FakeResolve, differences

    def test_my_script_changes_only_what_it_must(tmp_path):
        with FakeResolve("studio_20_3_2", overlap="slide") as fake:           # a profile, and knobs turned
            fake.user.timeline("Reel 1")                                      # a scene, made by its user
            shot = fake.user.place(fake.user.media(tmp_path / "a.mov"), (12, 36), linked=True)
            before = fake.snapshot()
            fake.meanwhile("AppendToTimeline", "delete", shot)                # the user's hands
            fake.lie("SelectTakeByIndex")                                     # says yes, does nothing
            my_script(fake.scriptapp("Resolve"))                              # or install, menu.click
            assert differences(before, fake.snapshot()) == [...]              # what changed, by path
            assert [call.method for call in fake.journal()][-1] == "ProjectManager.SaveProject"

The project lives in a process of its own, so a script holds nothing but handles: fresh from every call,
equal to no other, dead after a delete, a reload or a restart. Which methods exist is data with versions
(methods.csv), so what a profile's version lacks is None and can't be called. Running this package with
`python -m` prints the profiles and every knob with one line on it. Calls that destroy what is the user's
(FinalizeTake, DeleteAllRenderJobs, StartRendering without a list of jobs, …) raise ForbiddenCall unless
`fake.allow` names them, and again at the end of the `with`.

Not modelled: galleries, colour groups, MediaStorage, Fusion objects, node editing, subtitles, AI calls,
exports other than OTIO, and what a file's pictures look like after a grade.
"""

from uprez.testing.fake_resolve.client import FakeHang, ForbiddenCall
from uprez.testing.fake_resolve.comparing import differences
from uprez.testing.fake_resolve.fake import Call, FakeResolve
from uprez.testing.fake_resolve.knobs import Knobs
from uprez.testing.fake_resolve.profiles import PROFILES, Profile
from uprez.testing.fake_resolve.user import User

__all__ = [
    "PROFILES",
    "Call",
    "FakeHang",
    "FakeResolve",
    "ForbiddenCall",
    "Knobs",
    "Profile",
    "User",
    "differences",
]

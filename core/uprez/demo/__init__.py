"""The main job on real footage, with no key and no network, so that a newcomer sees it whole in a minute."""

from uprez.demo.run import run_demo

__all__ = ["run_demo"]

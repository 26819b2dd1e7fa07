"""Find the networks and blocks that ship with the package."""

import os


def configs_folder() -> str:
    """The folder of shipped networks and blocks: beside the package in a checkout, else in it."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "configs")
    if os.path.isdir(installed):
        return installed
    return os.path.join(os.path.dirname(package), "configs")


LIBRARY = os.path.join(configs_folder(), "blocks.yaml")

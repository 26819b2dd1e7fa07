"""Where what ships with the package is."""

import os


def configs_folder() -> str:
    """Where the shipped networks and blocks are: beside the package in a checkout, else in it."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "configs")
    if os.path.isdir(installed):
        return installed
    return os.path.join(os.path.dirname(package), "configs")


LIBRARY = os.path.join(configs_folder(), "blocks.yaml")

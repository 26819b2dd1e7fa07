"""Find the networks and blocks that ship with the package."""

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def configs_folder() -> str:
    """The folder of shipped networks and blocks: beside the package in a checkout, else in it."""
    installed = os.path.join(_PACKAGE, "configs")
    if os.path.isdir(installed):
        return installed
    return os.path.join(os.path.dirname(_PACKAGE), "configs")


LIBRARY = os.path.join(configs_folder(), "blocks.yaml")

SHIPPED = " (shipped)"


def package_file(*parts: str) -> str:
    """The path of a file that the package ships."""
    return os.path.join(_PACKAGE, *parts)


MODULES = package_file("importers", "ultralytics", "ultralytics.yaml")
DARKNET = package_file("importers", "darknet", "darknet.yaml")
LIBRARIES = (LIBRARY, MODULES, DARKNET)
"""The shipped files of blocks."""
SPACES = os.path.join(configs_folder(), "spaces")
"""The folder of the shipped spaces of networks."""
_FOLDERS = (*map(os.path.dirname, LIBRARIES), SPACES, package_file("accounting", "data"))


def is_library(path: str) -> bool:
    """Whether a path is of a shipped file of blocks."""
    return path in LIBRARIES


def shown_path(path: str) -> str:
    """A path for people: a shipped file's is short and the same on every machine."""
    folder, name = os.path.split(path)
    return f"{name}{SHIPPED}" if folder in _FOLDERS else path

"""How reports name the runtime that memory is counted on: text, JSON and CSV alike."""

from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile


def runtime_text(file: NetworkFile | None, setting: Setting) -> str | None:
    """Write the runtime that memory is asked for, if it is; a .tflite file has its own tensors."""
    return None if setting.runtime is None else deployed_text(file, setting)


def deployed_text(file: NetworkFile | None, setting: Setting) -> str:
    """Write the runtime that it is deployed on; a .tflite file has its own tensors."""
    from costcalc.memory.tflite import own_model

    return setting.deployed.text(of_file=own_model(file, setting) is not None)

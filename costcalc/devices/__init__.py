"""Devices as data: what they hold, how fast they run each kind of layer, and where that is from."""

"""The language server: what an editor shows while a network is typed."""

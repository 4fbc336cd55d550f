"""Kwork in the sandbox.

`market` is what the service knows, `feed`, `talk`, `orders`, `wants` and `news` what happens in it by itself, `door`
who may come in. The same state is shown on two wires: `documented` in the shapes of the client's documentation, `app`
in those of the live service. `wire` decides which of them a request speaks.
"""

"""eTXT in the sandbox."""

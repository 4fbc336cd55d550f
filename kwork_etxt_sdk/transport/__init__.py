"""One safe, rate-limited HTTP call: everything between an endpoint method and the network."""

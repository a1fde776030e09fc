"""Experiments: replications on the same luck, engines that survive, comparison, precision, ensembles and sweeps."""

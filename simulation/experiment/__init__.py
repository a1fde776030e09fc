"""Experiments: replications on common random numbers, engines that survive, comparison, precision, ensembles and sweeps."""

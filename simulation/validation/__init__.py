"""The model's examination: facts of the sector, counterfactuals, levers and drift over the priors."""

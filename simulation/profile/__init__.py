"""An authority's scenario from published figures or its own return: what is expected of it, and its fit."""

"""The sector's published figures: tables as people have them, neighbours, what may be borrowed."""

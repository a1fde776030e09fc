"""What the interactive page (``simulation/app.py``) shows, in plain Python: nothing here needs the page's extra."""

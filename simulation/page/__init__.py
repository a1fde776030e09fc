"""What the interactive page (``simulation/page/app.py``) shows, in plain Python: nothing here needs the page's extra."""

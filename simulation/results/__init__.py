"""The files that measures become: tables, financial years, summaries, the workbook and the data dictionary.

``tables`` names every column; ``files`` reads and writes safely; ``periods`` adds weeks up into years and forms
ratios; ``summary`` makes bands and intervals; ``folder`` is a results folder as a reader sees it.
"""

"""What everything stands on: time, dice, columns, codes, measures, counts, fitting, errors and wording."""

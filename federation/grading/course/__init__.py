"""A graded run: founding a federation, scenario after scenario on it, one score.

outcome    what came of it all, for reports
"""

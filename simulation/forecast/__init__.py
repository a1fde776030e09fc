"""Forecasts and their evaluation: backtest, scoring, correction and calibration."""

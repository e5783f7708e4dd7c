"""Dashboards, alarms and where they are told."""

"""Alerts: what is heard, told to those who wish to know, even after a power cut.

event -> rules -> outbox (SQLite) -> courier -> sink: stdout, command, webhook, MQTT, GPIO, chime
"""

from edge.alerts.desk import AlertDesk, make_desk

__all__ = ["AlertDesk", "make_desk"]

"""Saved searches: kept, shared within an organisation, and alerting on what newly matches."""

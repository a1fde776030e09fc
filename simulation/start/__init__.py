"""The starting day: people, places, children and cases, part-way through their lives."""

"""The Fairness Indicators widget and the offline HTML report."""
